import COneDNN
import CollapseCore
import Networks

/// What layers compile themselves into: steps forward, steps backward, and the memory between.
package final class PlanBuilder {
  /// Samples per step.
  let batch: Int
  let isTraining: Bool
  /// What the layers before the classifier compute in.
  private let precision: Precision
  let store: ParameterStore
  let stream: Stream
  let team: ThreadTeam
  let workspace = Workspace()
  /// The step counter and seed that random layers derive their numbers from.
  let clock: StepClock
  let algorithms: AlgorithmChooser

  /// Layers whose outputs someone reads: nothing may be fused into them.
  let observed: Set<String>
  /// The layer being compiled.
  private(set) var layer = ""
  /// Whether the layer being compiled may rectify its own output, as a ReLU follows.
  var mayRectify = false
  private let classifier: String

  private(set) var forward: [Step] = []
  private var backwardGroups: [[Step]] = []
  private(set) var outputs: [(name: String, activation: Activation)] = []
  private var gradients = GradientArena()

  init(
    batch: Int, isTraining: Bool, precision: Precision, store: ParameterStore,
    team: ThreadTeam, clock: StepClock, algorithms: AlgorithmChooser, observed: Set<String>,
    classifier: String
  ) throws {
    self.batch = batch
    self.isTraining = isTraining
    self.precision = precision
    self.store = store
    self.team = team
    self.clock = clock
    self.algorithms = algorithms
    self.observed = observed
    self.classifier = classifier
    stream = try Stream()
  }

  /// Adds the steps of layers one after another; layers call it for layers inside them.
  func lower(
    _ layers: some RandomAccessCollection<PlacedLayer>, _ input: Activation
  ) throws -> Activation {
    let (outer, outerMayRectify) = (layer, mayRectify)
    defer { (layer, mayRectify) = (outer, outerMayRectify) }
    var current = input
    let following = layers.dropFirst().map(\.description.layer) + [nil]
    for (place, next) in zip(layers, following) {
      layer = place.name
      mayRectify = next is ReLU && !observed.contains(place.name)
      do {
        guard let lowerable = place.description.layer as? any Lowerable else {
          throw TrainingError(
            kind: .usage, operation: "compile layer '\(place.name)'",
            reason: "the engine has no way to compute a layer of kind '\(place.kind)'")
        }
        current = try lowerable.lower(current, at: place, in: self)
      } catch let error as TrainingError where error.kind == .internalFailure {
        throw TrainingError(
          kind: error.kind, operation: "compile layer '\(place.name)'",
          reason: "\(error.operation): \(error.reason)")
      }
      layer = place.name
      outputs.append((place.name, current))
    }
    return current
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
      shape: shape, value: try Memory(layout),
      gradient: isTraining ? try gradient(layout) : nil)
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
  func parameter(
    _ description: LayerParameter, _ choose: () throws -> Layout
  ) throws -> Parameter {
    let name = "\(layer)/\(description.name)"
    return try store.existing(name)
      ?? store.declare(name, description, isClassifier: layer == classifier, layout: choose())
  }

  func existingParameter(_ description: LayerParameter) -> Parameter? {
    store.existing("\(layer)/\(description.name)")
  }

  func statistic(_ description: LayerStatistic) throws -> Memory {
    try store.statistic("\(layer)/\(description.name)", description)
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
      shape: input.shape, value: try Memory(layout),
      gradient: input.gradient == nil ? nil : try gradient(layout))
    addForward(
      try Reorder.primitive(from: input.value, to: output.value, scratchpad: scratchpad))
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

  /// Places gradients and scratch memory, and returns the steps backward, last layer first.
  func finish() throws -> [Step] {
    try gradients.settle()
    try workspace.settle()
    return backwardGroups.reversed().flatMap { $0 }
  }
}

/// Which step is being run, for what must differ from step to step and yet be repeatable.
final class StepClock {
  let seed: UInt64
  var step = 0

  init(seed: UInt64) { self.seed = seed }
}
