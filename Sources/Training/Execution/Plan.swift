import COneDNN
import CollapseCore
import Networks

/// A network compiled for one batch size: every buffer allocated, every primitive built. Running
/// it allocates nothing.
final class Plan {
  let batch: Int
  /// Where a batch goes: plain, samples one after another. Place a buffer before running.
  let input: Memory
  /// The network's output, plain.
  let logits: Memory
  /// The loss's gradient by the logits; `nil` in a plan for inference.
  let logitGradient: Memory?
  /// The classifier's input, where the objective looks at it.
  let features: FeatureAccess?
  let forward: [Step]
  let backward: [Step]
  /// Every layer's output in order of execution.
  let layerOutputs: [(name: String, activation: Activation)]
  private let observations: [String: (copy: Primitive, values: Memory)]
  private let stream: Stream

  /// - Parameters:
  ///   - featureGradient: what the objective says of the features.
  ///   - observed: names of layers whose outputs ``observe(_:)`` may be asked for.
  init(
    _ architecture: Architecture, batch: Int, training: Bool, precision: Precision,
    store: ParameterStore, team: ThreadTeam, clock: StepClock,
    algorithms: AlgorithmChooser, featureGradient: FeatureGradient = .ofClassifier,
    observed: Set<String> = []
  ) throws {
    self.batch = batch
    team.adopt()
    let builder = try PlanBuilder(
      batch: batch, isTraining: training, precision: precision, store: store, team: team,
      clock: clock, algorithms: algorithms, observed: observed,
      classifier: architecture.layers.last?.name ?? "")
    input = try Memory(unbound: .plain(builder.dimensions(architecture.input)))
    let last = try builder.lower(
      architecture.layers.dropLast(),
      Activation(shape: architecture.input, value: input, gradient: nil))
    features =
      featureGradient == .ofClassifier
      ? nil : try FeatureAccess(last, featureGradient, in: builder)
    let output = try builder.lower(architecture.layers.suffix(1), last)
    guard output.shape.rank == 1 else {
      throw TrainingError(
        kind: .usage, operation: "compile the network",
        reason: "its output has shape \(output.shape), expected one number per class")
    }
    logits = output.value
    logitGradient = output.gradient
    if let logitGradient { builder.use(logitGradient) }
    layerOutputs = builder.outputs
    var observations: [String: (Primitive, Memory)] = [:]
    for (name, activation) in builder.outputs where observed.contains(name) {
      let values = try Memory(.plain(builder.dimensions(activation.shape)))
      observations[name] = (
        try Reorder.primitive(
          from: activation.value, to: values, scratchpad: builder.scratchpad), values
      )
    }
    self.observations = observations
    try store.settle(trainable: training)
    backward = try builder.finish()
    forward = builder.forward
    algorithms.finishTiming()
    stream = builder.stream
  }

  /// What an objective reads after a run forward.
  func outputs(labels: UnsafeMutableBufferPointer<Int32>) -> BatchOutputs {
    BatchOutputs(logits: logits.floats, features: features?.values.floats, labels: labels)
  }

  /// Where an objective writes before a run backward; `nil` in a plan for inference.
  var gradients: BatchGradients? {
    logitGradient.map {
      BatchGradients(logits: $0.floats, features: features?.gradient?.floats)
    }
  }

  func runForward() throws {
    for step in forward { try step.run() }
  }

  func runBackward() throws {
    for step in backward { try step.run() }
  }

  /// The output of an observed layer after the last run forward, samples one after another.
  func observe(_ name: String) throws -> UnsafeMutableBufferPointer<Float> {
    guard let (copy, values) = observations[name] else {
      preconditionFailure("layer \(name) is not observed")
    }
    try copy.execute(on: stream)
    return values.floats
  }

  /// The first layer, in order of execution, that a number in its output or its parameters
  /// makes not finite. Both are looked at, as a ReLU turns what is not a number into zero.
  func firstNonFiniteLayer(_ store: ParameterStore) -> String? {
    layerOutputs.first { name, activation in
      !activation.value.isFinite
        || store.parameters.contains {
          $0.name.hasPrefix(name + "/") && !$0.values.isFinite
        }
    }?.name
  }
}
