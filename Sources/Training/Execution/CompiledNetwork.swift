package import CollapseCore
package import Networks

/// A network with its parameters, and the plans that run it.
package final class CompiledNetwork {
  package let architecture: Architecture
  /// Of training; inference is always in float32.
  private let precision: Precision
  let store = ParameterStore()
  let team: ThreadTeam
  let clock: StepClock
  let algorithms: AlgorithmChooser
  private let featureGradient: FeatureGradient
  private let normalizesByBatch: Bool
  private let observed: Set<String>
  private var trainingPlans: [Int: Plan] = [:]
  private var inferencePlans: [Int: Plan] = [:]
  private let inferenceMemory: InferenceMemory

  /// Compiles nothing yet but the first plan, which settles the layouts of the parameters.
  ///
  /// - Parameters:
  ///   - trainable: whether gradients will be needed.
  ///   - precision: of training; inference is always in float32.
  ///   - featureGradient: what the objective to come says of the features.
  ///   - normalizesByBatch: whether batch normalization divides by the moments of the batch in
  ///     inference too.
  ///   - observed: names of layers whose outputs will be read, in inference.
  ///   - sharesMemory: whether outputs lie in the same bytes where they may, in inference; tests compare
  ///     with a network of which each has its own.
  package init(
    _ architecture: Architecture, firstBatch: Int, trainable: Bool, precision: Precision = .float32,
    threads: Int?, seed: UInt64,
    policy: AlgorithmPolicy = .exact, known: AlgorithmChoices = AlgorithmChoices(),
    featureGradient: FeatureGradient = .ofClassifier, normalizesByBatch: Bool = false,
    observed: Set<String> = [],
    sharesMemory: Bool = true
  ) throws {
    self.architecture = architecture
    self.precision = precision
    self.featureGradient = featureGradient
    self.normalizesByBatch = normalizesByBatch
    self.observed = observed
    inferenceMemory = InferenceMemory(isShared: sharesMemory)
    team = ThreadTeam(threads: threads)
    clock = StepClock(seed: seed)
    algorithms = AlgorithmChooser(policy: policy, known: known)
    _ = trainable ? try trainingPlan(batch: firstBatch) : try inferencePlan(batch: firstBatch)
  }

  /// The plan for training with `batch` samples, compiled on first use.
  func trainingPlan(batch: Int) throws -> Plan {
    if let plan = trainingPlans[batch] { return plan }
    let plan = try Plan(
      architecture, batch: batch, training: true, precision: precision, store: store, team: team,
      clock: clock, algorithms: algorithms,
      featureGradient: featureGradient, memory: inferenceMemory)
    trainingPlans[batch] = plan
    return plan
  }

  /// The plan for inference with `batch` samples, compiled on first use.
  func inferencePlan(batch: Int) throws -> Plan {
    if let plan = inferencePlans[batch] { return plan }
    let plan = try Plan(
      architecture, batch: batch, training: false, precision: .float32, store: store, team: team,
      clock: clock, algorithms: algorithms,
      featureGradient: featureGradient, normalizesByBatch: normalizesByBatch, observed: observed,
      memory: inferenceMemory)
    inferencePlans[batch] = plan
    return plan
  }

  /// Gives every parameter its first value.
  package func initialize(_ initialization: Initialization, seed: UInt64) throws {
    for parameter in architecture.parameters {
      try set(
        parameter.name,
        to: initialization.values(
          for: parameter.parameter, named: parameter.name, seed: seed))
    }
  }
}

// MARK: One step by hand, as tests take it

extension CompiledNetwork {
  /// The parameters by name, `features.0/weight`, as plain arrays.
  package func parameters() throws -> [(name: String, tensor: Tensor)] {
    try store.parameters.map { ($0.name, try store.tensor($0, in: store.values)) }
  }

  /// The gradients of the last step, like ``parameters()``.
  package func gradients() throws -> [(name: String, tensor: Tensor)] {
    try store.parameters.map { ($0.name, try store.tensor($0, in: store.gradients)) }
  }

  /// The running moments by name, `features.1/running_mean`.
  package func statistics() -> [(name: String, tensor: Tensor)] {
    store.statistics.map { name, memory in
      let count = memory.layout.dimensions[0]
      return (name, Tensor(shape: [count], values: Array(memory.floats.prefix(count))))
    }
  }

  /// - Throws: when there is no such parameter, or its shape is another.
  package func set(_ name: String, to tensor: Tensor) throws {
    guard let parameter = store.existing(name) else {
      throw TrainingError(
        kind: .badInput, operation: "load '\(name)'", reason: "the network has no such parameter")
    }
    try store.set(parameter, to: tensor, in: store.values)
  }

  /// The logits of a batch, samples one after another.
  package func logits(_ batch: [Float], training: Bool) throws -> [Float] {
    let count = batch.count / architecture.input.elementCount
    let plan = training ? try trainingPlan(batch: count) : try inferencePlan(batch: count)
    try feed(batch, to: plan)
    try team.flushingSubnormals { try plan.runForward() }
    return Array(plan.logits.floats.prefix(count * architecture.output.elementCount))
  }

  /// The algorithms its plans have taken so far.
  package var algorithmChoices: AlgorithmChoices { algorithms.choices }

  /// What the observed layers give for a batch, samples one after another, in inference mode.
  package func observations(_ batch: [Float]) throws -> [String: [Float]] {
    let plan = try inferencePlan(batch: batch.count / architecture.input.elementCount)
    try feed(batch, to: plan)
    try team.flushingSubnormals { try plan.runForward() }
    return Dictionary(uniqueKeysWithValues: observed.map { ($0, Array(plan.observe($0))) })
  }

  /// Bytes of what layers give that plans for inference have taken so far.
  package var inferenceByteCount: Int { inferenceMemory.activationByteCount }

  /// The mean loss of a batch in training mode; leaves the gradients in place.
  package func step(_ batch: [Float], labels: [Int32], loss: LossFunction) throws -> Double {
    try step(batch, labels: labels, objective: Objective(loss))
  }

  /// The mean of loss and penalties of a batch in training mode; leaves the gradients in place.
  ///
  /// - Precondition: the network was compiled for the objective's `featureGradient`.
  package func step(_ batch: [Float], labels: [Int32], objective: Objective) throws -> Double {
    let plan = try trainingPlan(batch: labels.count)
    try feed(batch, to: plan)
    return try team.flushingSubnormals {
      try plan.runForward()
      var labels = labels
      let sum = labels.withUnsafeMutableBufferPointer {
        objective.evaluate(plan.outputs(labels: $0), gradients: plan.gradients)
      }
      try plan.runBackward()
      return (sum.loss + sum.penalty) / Double(labels.count)
    }
  }

  private func feed(_ batch: [Float], to plan: Plan) throws {
    let buffer = AlignedBuffer(byteCount: plan.input.layout.byteCount)
    _ = buffer.floats.update(fromContentsOf: batch)
    try plan.input.bind(to: buffer)
  }
}
