import COneDNN
import CollapseCore
import Networks

/// What layers compile themselves into: steps forward, steps backward, and the memory between.
package final class PlanBuilder {
  /// Samples per step.
  let batch: Int
  let isTraining: Bool
  /// Whether batch normalization divides by the moments of the batch, as it always does in training.
  let normalizesByBatch: Bool
  /// What the layers before the classifier compute in.
  private let precision: Precision
  let store: ParameterStore
  let stream: Stream
  let team: ThreadTeam
  let workspace = Workspace()
  /// The step counter and seed that random layers derive their numbers from.
  let clock: StepClock
  let algorithms: AlgorithmChooser

  /// Layers whose outputs someone reads.
  let observed: Set<String>
  /// The layer being compiled.
  private(set) var layer = ""
  /// What the layer being compiled may do in place of those behind it.
  private(set) var epilogue = Epilogue()
  private let classifier: String

  private(set) var forward: [Step] = []
  private var backwardGroups: [[Step]] = []
  private(set) var outputs: [LayerOutput] = []
  /// What is read of observed layers after a run.
  private(set) var observations: [String: Memory] = [:]
  private var gradients = GradientArena()
  private var activations = ActivationArena()
  /// What blocks around the layer being compiled still read.
  private var held: [Memory] = []
  /// Made before a run, where parameters have changed.
  private(set) var preparedArrays: [PreparedArray] = []
  private let memory: InferenceMemory

  init(
    batch: Int, isTraining: Bool, normalizesByBatch: Bool, precision: Precision,
    store: ParameterStore,
    team: ThreadTeam, clock: StepClock, algorithms: AlgorithmChooser, observed: Set<String>,
    classifier: String, memory: InferenceMemory
  ) throws {
    self.batch = batch
    self.isTraining = isTraining
    self.normalizesByBatch = isTraining || normalizesByBatch
    self.precision = precision
    self.store = store
    self.team = team
    self.clock = clock
    self.algorithms = algorithms
    self.observed = observed
    self.classifier = classifier
    self.memory = memory
    stream = try Stream()
  }

  /// Adds the steps of layers one after another; layers call it for layers inside them.
  ///
  /// - Parameter end: what the last of them may do of what follows them.
  func lower(
    _ layers: some RandomAccessCollection<PlacedLayer>, _ input: Activation,
    end: Epilogue = Epilogue()
  ) throws -> Activation {
    let outer = (layer, epilogue)
    defer { (layer, epilogue) = outer }
    var current = input
    let layers = Array(layers)
    for index in layers.indices {
      current = try lower(layers[index], before: layers[(index + 1)...], current, end: end)
    }
    return current
  }

  private func lower(
    _ place: PlacedLayer, before following: ArraySlice<PlacedLayer>, _ input: Activation,
    end: Epilogue
  ) throws -> Activation {
    guard let lowerable = place.description.layer as? any Lowerable else {
      throw TrainingError(
        kind: .usage, operation: "compile layer '\(place.name)'",
        reason: "the engine has no way to compute a layer of kind '\(place.kind)'")
    }
    func steps(_ epilogue: Epilogue) throws -> Activation {
      (layer, self.epilogue) = (place.name, epilogue)
      let declared = activations.count
      do {
        let output = try lowerable.lower(input, at: place, in: self)
        reads(output.value)
        // A layer with others inside says itself what its own steps use.
        if place.branches.isEmpty {
          reads(input.value)
          activations.use(from: declared, at: lastStep)
        }
        return output
      } catch let error as TrainingError where error.kind == .internalFailure {
        throw TrainingError(
          kind: error.kind, operation: "compile layer '\(place.name)'",
          reason: "\(error.operation): \(error.reason)")
      }
    }

    let whole = epilogue(of: place, taking: input, before: following, end: end)
    // What is observed inside of what one layer does has a computation of its own, so that no bit behind
    // depends on what is observed.
    if whole.normalization != nil || whole.summand != nil, observed.contains(place.name) {
      try observe(steps(Epilogue()), as: place.name)
    }
    if let normalization = whole.normalization, whole.summand != nil,
      observed.contains(normalization.name)
    {
      try observe(steps(Epilogue(normalization: normalization)), as: normalization.name)
    }
    let output = try steps(whole)
    outputs.append(LayerOutput(name: place.name, activation: output, steps: forward.count))
    if observed.contains(place.name), observations[place.name] == nil {
      try observe(output, as: place.name)
    }
    return output
  }

  /// What `place` may do of the layers behind it, and at the end of a block, of what that does then.
  private func epilogue(
    of place: PlacedLayer, taking input: Activation, before following: ArraySlice<PlacedLayer>,
    end: Epilogue
  ) -> Epilogue {
    var result = Epilogue()
    var last = place
    var following = following
    if !normalizesByBatch, place.description.layer is any TakesNormalization,
      following.first?.description.layer is BatchNormalization
    {
      last = following.removeFirst()
      result.normalization = last
    }
    if following.isEmpty {
      if let summand = end.summand, place.description.layer is Convolution,
        place.output[0].isMultiple(of: 16), !summand.value.includes(input.value),
        !input.value.includes(summand.value)
      {
        result.summand = summand
      }
      result.rectifies = result.summand != nil && end.rectifies
    } else {
      result.rectifies =
        following.first?.description.layer is ReLU && !observed.contains(last.name)
    }
    return result
  }

  /// Keeps what a layer gives for whoever reads it after a run, samples one after another.
  private func observe(_ activation: Activation, as name: String) throws {
    let plain = try Layout.plain(dimensions(activation.shape))
    var values = activation.value
    if !values.layout.isSame(as: plain) {
      values = try array(plain)
      addForward(
        try Reorder.primitive(from: activation.value, to: values, scratchpad: scratchpad))
      reads(activation.value)
    }
    keep(values)
    observations[name] = values
  }

  // MARK: What layers ask for

  /// What the layer being compiled multiplies and adds in: float32 in the classifier.
  var elementType: dnnl_data_type_t {
    layer == classifier ? dnnl_f32 : precision.elementType
  }

  /// The dimensions of a batch of samples.
  func dimensions(_ shape: Shape) -> [Int] { [batch] + shape.dimensions }

  /// The output of the layer being compiled, with a gradient where one is needed.
  func activation(_ shape: Shape, _ layout: Layout) throws -> Activation {
    Activation(
      shape: shape, value: try array(layout),
      gradient: isTraining ? try gradient(layout) : nil)
  }

  /// An array for what a layer gives: in a plan for training with bytes of its own, and else with
  /// bytes that later layers have when the steps that use it have run.
  func array(_ layout: Layout) throws -> Memory {
    if isTraining { return try Memory(layout) }
    let memory = try Memory(unbound: layout)
    activations.declare(memory, at: forward.count)
    return memory
  }

  private var lastStep: Int { forward.count - 1 }

  /// Says that steps forward added so far read or write what `value` holds. Of the input and the output
  /// of a layer that is known.
  func reads(_ value: Memory) { activations.use(value, at: lastStep) }

  /// Says that what `value` holds is read after a run.
  func keep(_ value: Memory) { activations.keep(value) }

  /// Whether a layer may write over what `value` holds, as nobody else reads it any more; never in a plan
  /// for training.
  func mayOverwrite(_ value: Memory) -> Bool {
    activations.isPassing(value) && !held.contains { $0.includes(value) || value.includes($0) }
  }

  /// Keeps layers inside of a block from writing over what the block itself still reads.
  func holding<Result>(_ values: [Memory], _ body: () throws -> Result) rethrows -> Result {
    held += values
    defer { held.removeLast(values.count) }
    return try body()
  }

  /// An array made of parameters when these have changed, one for all plans that want the same.
  ///
  /// - Parameter make: writes it.
  func prepared(
    _ purpose: String, from source: Memory, _ layout: Layout,
    _ make: @escaping (Memory) throws -> Void
  ) throws -> Memory {
    let array = try memory.prepared(purpose, from: source, layout, make)
    if !preparedArrays.contains(where: { $0 === array }) { preparedArrays.append(array) }
    return array.memory
  }

  /// How many groups of steps backward there are: what those of the layer being compiled will be
  /// known by. They run from the last to the first.
  var backwardCount: Int { backwardGroups.count }

  /// A gradient that lives from the steps of the layers that use it to those of this one, or of an
  /// earlier one.
  func gradient(_ layout: Layout, until producer: Int? = nil) throws -> Memory {
    let memory = try Memory(unbound: layout)
    gradients.declare(memory, producer: producer ?? backwardCount, consumer: backwardCount)
    return memory
  }

  /// Says that the steps backward of the layer being compiled use `gradient`.
  func use(_ gradient: Memory) { gradients.use(gradient, at: backwardCount) }

  /// Says that `gradient` is needed until the group `producer` has run.
  func keep(_ gradient: Memory, until producer: Int) { gradients.keep(gradient, until: producer) }

  /// The parameter `description.name` of the layer being compiled, in the layout `choose` gives
  /// unless a plan before this one settled it.
  ///
  /// - Parameter layer: another layer that it belongs to.
  func parameter(
    _ description: LayerParameter, of layer: String? = nil, _ choose: () throws -> Layout
  ) throws -> Parameter {
    let layer = layer ?? self.layer
    let name = "\(layer)/\(description.name)"
    return try store.existing(name)
      ?? store.declare(name, description, isClassifier: layer == classifier, layout: choose())
  }

  /// What the layer being compiled computes with where it takes a normalization over.
  func folded(_ weight: Parameter, _ bias: Parameter?) throws -> FoldedNormalization? {
    guard let place = epilogue.normalization,
      let layer = place.description.layer as? BatchNormalization
    else { return nil }
    return try FoldedNormalization(place, layer, behind: weight, bias, in: self)
  }

  func existingParameter(_ description: LayerParameter) -> Parameter? {
    store.existing("\(layer)/\(description.name)")
  }

  func statistic(_ description: LayerStatistic, of layer: String? = nil) throws -> Memory {
    try store.statistic("\(layer ?? self.layer)/\(description.name)", description)
  }

  /// An activation in the plan's precision: as it is, or vectors plain and maps as layers keep
  /// them.
  func inPrecision(_ input: Activation) throws -> Activation {
    let type = elementType
    if input.value.layout.type == type { return input }
    let dimensions = dimensions(input.shape)
    return try converted(
      input,
      to: input.shape.rank == 1
        ? .plain(dimensions, type: type) : .maps(dimensions, type: type))
  }

  /// The same activation in another layout, with the reorders that takes.
  func converted(_ input: Activation, to layout: Layout) throws -> Activation {
    if input.value.layout.isSame(as: layout) { return input }
    let output = Activation(
      shape: input.shape, value: try array(layout),
      gradient: input.gradient == nil ? nil : try gradient(layout))
    addForward(
      try Reorder.primitive(from: input.value, to: output.value, scratchpad: scratchpad))
    reads(input.value)
    guard isTraining else { return output }
    var steps: [(Step.Phase, () throws -> Void)] = []
    if let gradient = output.gradient, let inputGradient = input.gradient {
      use(inputGradient)
      let copy = try Reorder.primitive(
        from: gradient, to: inputGradient, scratchpad: scratchpad)
      steps.append((.backwardData, execution(of: copy)))
    }
    setBackward(steps)
    return output
  }

  // MARK: Steps

  var scratchpad: Scratchpad { workspace.scratchpad }

  func addForward(_ run: @escaping () throws -> Void) {
    forward.append(Step(layer: layer, phase: .forward, run: run))
  }

  func addForward(_ primitive: Primitive) {
    addForward { [stream] in try primitive.execute(on: stream) }
  }

  /// The steps backward that undo the steps forward added since the last call, in the order
  /// they run. In a plan for training every layer calls it at least once.
  func setBackward(_ steps: [(Step.Phase, () throws -> Void)]) {
    backwardGroups.append(steps.map { Step(layer: layer, phase: $0.0, run: $0.1) })
  }

  func execution(of primitive: Primitive) -> () throws -> Void {
    { [stream] in try primitive.execute(on: stream) }
  }

  /// Places outputs, gradients and scratch memory, and returns the steps backward, last layer first.
  func finish() throws -> [Step] {
    try gradients.settle()
    if isTraining {
      try workspace.settle()
    } else {
      try activations.settle(in: memory)
      try workspace.settle { memory.buffer(.pad($0), $1) }
    }
    return backwardGroups.reversed().flatMap { $0 }
  }
}

/// Which step is being run, for what must differ from step to step and yet be repeatable.
final class StepClock {
  let seed: UInt64
  var step = 0

  init(seed: UInt64) { self.seed = seed }
}
