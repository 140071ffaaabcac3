import COneDNN
import CollapseCore
import Networks

/// A network compiled for one batch size: every buffer allocated, every primitive built. Running
/// it allocates nothing. Plans of a network for inference share their buffers: what is read after
/// a run is there until another of them runs.
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
  private let layerOutputs: [LayerOutput]
  /// Whether layers write over what those before them gave.
  private let sharesMemory: Bool
  private let observations: [String: Memory]
  private let preparedArrays: [PreparedArray]
  private let store: ParameterStore

  /// - Parameters:
  ///   - featureGradient: what the objective says of the features.
  ///   - normalizesByBatch: whether batch normalization divides by the moments of the batch in
  ///     inference too.
  ///   - observed: names of layers whose outputs ``observe(_:)`` may be asked for.
  ///   - memory: what plans of the network for inference run in.
  init(
    _ architecture: Architecture, batch: Int, training: Bool, precision: Precision,
    store: ParameterStore, team: ThreadTeam, clock: StepClock,
    algorithms: AlgorithmChooser, featureGradient: FeatureGradient = .ofClassifier,
    normalizesByBatch: Bool = false, observed: Set<String> = [], memory: InferenceMemory
  ) throws {
    self.batch = batch
    team.adopt()
    let builder = try PlanBuilder(
      batch: batch, isTraining: training, normalizesByBatch: normalizesByBatch,
      precision: precision,
      store: store, team: team, clock: clock, algorithms: algorithms, observed: observed,
      classifier: architecture.layers.last?.name ?? "", memory: memory)
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
    sharesMemory = !training
    observations = builder.observations
    preparedArrays = builder.preparedArrays
    self.store = store
    builder.keep(logits)
    try store.settle(trainable: training)
    backward = try builder.finish()
    forward = builder.forward
    algorithms.finishTiming()
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
    for array in preparedArrays { try array.prepare(store) }
    for step in forward { try step.run() }
  }

  func runBackward() throws {
    for step in backward { try step.run() }
  }

  /// The output of an observed layer after the last run forward, samples one after another.
  func observe(_ name: String) -> UnsafeMutableBufferPointer<Float> {
    guard let values = observations[name] else {
      preconditionFailure("layer \(name) is not observed")
    }
    return values.floats
  }

  /// The first layer, in order of execution, that a number in its output or its parameters
  /// makes not finite. Both are looked at, as a ReLU turns what is not a number into zero.
  ///
  /// In inference the batch is run once more, as outputs do not outlast the layers after them.
  func firstNonFiniteLayer() throws -> String? {
    var next = 0
    return try layerOutputs.first { output in
      while sharesMemory, next < output.steps {
        try forward[next].run()
        next += 1
      }
      return !output.activation.value.isFinite
        || store.parameters.contains {
          $0.name.hasPrefix(output.name + "/") && !$0.values.isFinite
        }
    }?.name
  }
}
