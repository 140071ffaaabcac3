import CollapseCore

/// How a network is trained. Every field has a default; unknown fields are refused.
public struct TrainingOptions: Sendable, Hashable {
  /// Passes over the training data.
  public var epochs = 10
  /// Samples per step; the last step of an epoch takes what is left.
  public var batchSize = 128
  /// Decides the initial parameters, the order of the samples and all else that is random.
  public var seed: UInt64 = 0
  public var loss = LossFunction.crossEntropy()
  /// λ of the penalty λ/2 · mean ‖z‖² on the logits z, beside any loss (Pezeshki et al., "Gradient
  /// Starvation", 2021); absent: none. With a supervised contrastive loss it acts on the
  /// classifier alone, like all that comes from logits.
  public var spectralDecoupling: Double?
  /// λ_H of the penalty λ_H/2 · mean ‖h‖² on the features h, the classifier's input; absent: none.
  ///
  /// With weight decay on the classifier alone it makes the objective that of the unconstrained
  /// features model, CE + λ_W/2 ‖W‖² + λ_b/2 ‖b‖² + λ_H/2 ‖H‖² (Zhu et al., 2021): there ‖H‖² is
  /// the sum over all N samples, so their λ_H is this one divided by N.
  public var featureDecay: Double?
  public var optimizer = OptimizerDescription.sgd(momentum: 0.9, nesterov: false)
  public var learningRate = LearningRate()
  public var weightDecay = WeightDecay()
  /// The largest Euclidean norm the whole gradient may have; longer ones are shortened to it.
  public var gradientClipping: Double?
  public var augmentation = Augmentation()
  /// Which algorithms convolutions may take.
  public var algorithms = AlgorithmPolicy.fast
  /// What training steps are computed in; evaluation and features are always float32.
  public var precision = Precision.float32
  public var stop = StopConditions()
  public var evaluation = EvaluationOptions()
  public var checkpoints = CheckpointSchedule()
  /// Threads to compute with; absent: one per core.
  public var threads: Int?

  public init() {}

  /// The same training with what follows from its fields written in them.
  package var resolved: TrainingOptions {
    var options = self
    if case .adamW = optimizer { options.weightDecay.mode = .decoupled }
    return options
  }

  /// What is minimized by logits and features.
  package var objective: Objective {
    Objective(
      loss, spectralDecoupling: spectralDecoupling ?? 0, featureDecay: featureDecay ?? 0)
  }
}

extension TrainingOptions: Codable {
  fileprivate enum CodingKeys: String, CodingKey, CaseIterable {
    case epochs, batchSize, seed, loss, spectralDecoupling, featureDecay, optimizer, learningRate
    case weightDecay, gradientClipping, augmentation, algorithms, precision, stop, evaluation
    case checkpoints, threads
  }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseFields(except: CodingKeys.allCases)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let standard = TrainingOptions()
    epochs = try container.value(.epochs, default: standard.epochs)
    batchSize = try container.value(.batchSize, default: standard.batchSize)
    seed = try container.value(.seed, default: standard.seed)
    loss = try container.value(.loss, default: standard.loss)
    spectralDecoupling = try container.decodeIfPresent(Double.self, forKey: .spectralDecoupling)
    featureDecay = try container.decodeIfPresent(Double.self, forKey: .featureDecay)
    optimizer = try container.value(.optimizer, default: standard.optimizer)
    learningRate = try container.value(.learningRate, default: standard.learningRate)
    weightDecay = try container.value(.weightDecay, default: standard.weightDecay)
    if case .adamW = optimizer {
      if container.statesDecayMode(.coupled) {
        throw DecodingError.dataCorruptedError(
          forKey: .weightDecay, in: container,
          debugDescription: "adamw decouples it; 'mode: coupled' is for adam")
      }
      self = resolved
    }
    gradientClipping = try container.decodeIfPresent(Double.self, forKey: .gradientClipping)
    augmentation = try container.value(.augmentation, default: standard.augmentation)
    algorithms = try container.value(.algorithms, default: standard.algorithms)
    precision = try container.value(.precision, default: standard.precision)
    stop = try container.value(.stop, default: standard.stop)
    evaluation = try container.value(.evaluation, default: standard.evaluation)
    checkpoints = try container.value(.checkpoints, default: standard.checkpoints)
    threads = try container.decodeIfPresent(Int.self, forKey: .threads)
    try container.require(.epochs, epochs, "a positive number") { $0 > 0 }
    try container.require(.batchSize, batchSize, "a positive number") { $0 > 0 }
    for (key, lambda) in [
      (CodingKeys.spectralDecoupling, spectralDecoupling), (.featureDecay, featureDecay),
    ] {
      try container.require(key, lambda, "no negative number") { $0 >= 0 && $0.isFinite }
    }
    try container.require(.gradientClipping, gradientClipping, "a positive number") { $0 > 0 }
    try container.require(.threads, threads, "1 to 1024") { (1...1024).contains($0) }
  }
}

private struct StatedDecay: Decodable { let mode: WeightDecay.Mode? }

extension KeyedDecodingContainer<TrainingOptions.CodingKeys> {
  /// Whether `weightDecay` is written with this mode, and not only has it by default.
  fileprivate func statesDecayMode(_ mode: WeightDecay.Mode) -> Bool {
    (try? decodeIfPresent(StatedDecay.self, forKey: .weightDecay))??.mode == mode
  }
}

/// When training ends before its last epoch; looked at when an epoch's evaluation is done.
///
/// By default never: neural collapse happens after the training error has reached zero.
public struct StopConditions: Sendable, Hashable {
  /// Ends when the share of training samples misclassified is at most this; 0 is allowed.
  public var trainingError: Double?
  /// Ends when the training loss, without weight decay, is at most this.
  public var trainingLoss: Double?

  public init(trainingError: Double? = nil, trainingLoss: Double? = nil) {
    self.trainingError = trainingError
    self.trainingLoss = trainingLoss
  }
}

extension StopConditions: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case trainingError, trainingLoss }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseFields(except: CodingKeys.allCases)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    trainingError = try container.decodeIfPresent(Double.self, forKey: .trainingError)
    trainingLoss = try container.decodeIfPresent(Double.self, forKey: .trainingLoss)
    try container.require(.trainingError, trainingError, "a number in [0, 1]") {
      (0...1).contains($0)
    }
    try container.require(.trainingLoss, trainingLoss, "no negative number") { $0 >= 0 }
  }
}

/// How often loss and accuracy are measured with the network in inference mode.
public struct EvaluationOptions: Sendable, Hashable {
  /// Epochs from one evaluation to the next; epochs with a checkpoint, the last among them, are
  /// always evaluated.
  public var everyEpochs = 1
  /// Samples per step of an evaluation; no influence on its result beyond rounding.
  public var batchSize = 256

  public init() {}
}

extension EvaluationOptions: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case everyEpochs, batchSize }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseFields(except: CodingKeys.allCases)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    everyEpochs = try container.value(.everyEpochs, default: 1)
    batchSize = try container.value(.batchSize, default: 256)
    try container.require(.everyEpochs, everyEpochs, "a positive number") { $0 > 0 }
    try container.require(.batchSize, batchSize, "a positive number") { $0 > 0 }
  }
}

/// After which epochs a checkpoint is due. One after the last epoch always is.
public struct CheckpointSchedule: Sendable, Hashable {
  /// Every so many epochs; absent: only where another rule says.
  public var everyEpochs: Int?
  /// So many checkpoints spread evenly over the logarithm of the epoch, from the first to the
  /// last: what a study of the terminal phase plots.
  public var logarithmic: Int?

  public init(everyEpochs: Int? = nil, logarithmic: Int? = nil) {
    self.everyEpochs = everyEpochs
    self.logarithmic = logarithmic
  }
}

extension CheckpointSchedule: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case everyEpochs, logarithmic }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseFields(except: CodingKeys.allCases)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    everyEpochs = try container.decodeIfPresent(Int.self, forKey: .everyEpochs)
    logarithmic = try container.decodeIfPresent(Int.self, forKey: .logarithmic)
    try container.require(.everyEpochs, everyEpochs, "a positive number") { $0 > 0 }
    try container.require(.logarithmic, logarithmic, "a positive number") { $0 > 0 }
  }
}
