import CollapseCore
import Networks

/// How near a network is to a stationary point of all that is minimized: looked at where a stop
/// condition asks, at the parameters an evaluation sees.
///
/// The gradient is summed over all training samples, as they are without augmentation, in double
/// precision over batches, and the decay's part added. Where each layer is positively homogeneous and
/// adds no bias, ⟨∂ℓ/∂θ_g, θ_g⟩ = ⟨∂ℓ/∂z, z⟩ for every group g of parameters; so at a stationary point
/// λ_g‖θ_g‖² is one number T = −⟨∂ℓ/∂W, W⟩ for all, which the classifier's W gives.
final class ObjectiveGradient {
  /// What is found.
  struct State {
    /// The Euclidean norm of the gradient of loss, penalties and weight decay.
    var norm: Double
    /// max_g |λ_g‖θ_g‖²/T − 1|; `nil` where it was not asked for, or where T is zero.
    var balance: Double?
  }

  private let network: CompiledNetwork
  private let optimizer: Optimizer
  private let objective: Objective
  private let batches: [ArraySlice<Int>]
  private let feeder: BatchFeeder
  private let takesBalance: Bool

  /// - Returns: `nil` where no stop condition asks for it.
  /// - Throws: ``TrainingError`` of kind `usage` where what a condition asks for has no meaning.
  init?(
    _ network: CompiledNetwork, _ options: TrainingOptions, objective: Objective,
    optimizer: Optimizer, samples: any LabeledSamples, normalization: ChannelNormalization?,
    batches: EpochBatches
  ) throws {
    guard options.stop.gradientNorm != nil || options.stop.balance != nil else { return nil }
    takesBalance = options.stop.balance != nil
    try Self.check(options, network.architecture, batchCount: batches.count)
    self.network = network
    self.optimizer = optimizer
    self.objective = objective
    self.batches = batches.inOrder
    feeder = BatchFeeder(samples, normalization: normalization, batchSize: batches.sizes[0])
  }

  private static func check(
    _ options: TrainingOptions, _ architecture: Architecture, batchCount: Int
  ) throws {
    func refuse(_ condition: String, _ reason: String) -> TrainingError {
      TrainingError(kind: .usage, operation: "stop training by '\(condition)'", reason: reason)
    }
    let condition = options.stop.gradientNorm == nil ? "balance" : "gradientNorm"
    for layer in architecture.allLayers
    where layer.description.layer is BatchNormalization || layer.description.layer is Dropout {
      throw refuse(
        condition,
        "while training '\(layer.name)' (\(layer.description.kind)) is another function in "
          + "every batch, and there is no one objective")
    }
    if options.objective.comparesSamples, batchCount > 1, options.batches == nil {
      throw refuse(
        condition,
        "the loss compares the samples of a batch, and batches are drawn anew in every "
          + "epoch: say 'batches', or take all samples in one")
    }
    if options.optimizer.decouples(options.weightDecay), options.weightDecay.isAnywhere {
      throw refuse(
        condition, "the decay is decoupled from the gradient, and no part of an objective")
    }
    guard options.stop.balance != nil else { return }
    guard options.spectralDecoupling ?? 0 == 0, options.featureDecay ?? 0 == 0,
      options.objective.loss.loss.featureLoss == nil
    else {
      throw refuse(
        "balance", "penalties on logits or features take part of it, or the loss has none")
    }
    for layer in architecture.allLayers {
      let parameters = layer.parameters
      let isLast = layer.name == architecture.layers.last?.name
      switch layer.description.layer {
      case is Dense, is Convolution, is Embedding:
        guard isLast || !parameters.contains(where: { $0.role == .bias }) else {
          throw refuse("balance", "'\(layer.name)' adds a bias: it holds without, but for the last")
        }
        let decay = options.weightDecay.coefficient(
          role: .weight, layer: layer.name, isClassifier: isLast)
        guard decay > 0 else { throw refuse("balance", "'\(layer.name)' has no weight decay") }
      case is ReLU, is Flatten, is MaxPooling, is AveragePooling, is GlobalAveragePooling: continue
      default:
        throw refuse(
          "balance",
          "'\(layer.name)' is of kind '\(layer.description.kind)': it holds for chains of "
            + "linear maps, ReLUs and pooling")
      }
    }
  }

  /// Looks at the network as it is; its gradients are not those of a step afterwards.
  ///
  /// - Returns: `nil` when interrupted between two batches.
  func state(_ interruption: Interruption) throws -> State? {
    let store = network.store
    var sum = [Double](repeating: 0, count: store.flatCount)
    let share = 1 / Double(batches.reduce(0) { $0 + $1.count })
    var isComplete = true
    try feeder.forEach(of: batches) { _, batch in
      if interruption.isRequested {
        isComplete = false
        return false
      }
      let plan = try network.trainingPlan(batch: batch.count)
      try plan.input.bind(to: batch.samples)
      try plan.runForward()
      _ = objective.evaluate(plan.outputs(labels: batch.usedLabels), gradients: plan.gradients)
      try plan.runBackward()
      let weight = share * Double(batch.count)
      let gradients = store.gradients.floats
      for index in sum.indices { sum[index] += weight * Double(gradients[index]) }
      return true
    }
    guard isComplete else { return nil }
    return State(
      norm: optimizer.objectiveNorm(gradient: sum),
      balance: takesBalance ? balance(gradient: sum) : nil)
  }

  private func balance(gradient: [Double]) -> Double? {
    let values = network.store.values.floats
    let penalties = optimizer.weightPenalties()
    guard let classifier = network.store.parameters.first(where: \.isClassifierWeight) else {
      return nil
    }
    let expected = -classifier.range.reduce(0) { $0 + gradient[$1] * Double(values[$1]) }
    guard expected != 0 else { return nil }
    return penalties.reduce(0) { max($0, abs($1.penalty / expected - 1)) }
  }
}

extension Optimizer {
  /// The Euclidean norm of a gradient with the part of weight decay added.
  fileprivate func objectiveNorm(gradient: [Double]) -> Double {
    let values = store.values.floats
    return segments.reduce(0.0) { sum, segment in
      segment.range.reduce(sum) { sum, index in
        let element = gradient[index] + Double(segment.decay) * Double(values[index])
        return sum + element * element
      }
    }.squareRoot()
  }

  /// λ‖θ‖² of every matrix and kernel, by its name.
  func weightPenalties() -> [(name: String, penalty: Double)] {
    let values = store.values.floats
    return store.parameters.filter { $0.description.role == .weight }.map { parameter in
      let square = parameter.range.reduce(0.0) { $0 + Double(values[$1]) * Double(values[$1]) }
      return (parameter.name, decay.coefficient(of: parameter) * square)
    }
  }
}

extension Parameter {
  fileprivate var isClassifierWeight: Bool { isClassifier && description.role == .weight }
}
