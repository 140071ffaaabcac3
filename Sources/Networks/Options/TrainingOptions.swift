public import CollapseCore

/// How a network is trained. Every field has a default; unknown fields are refused.
public struct TrainingOptions: Sendable, Hashable {
  /// Passes over the training data.
  public var epochs = 10
  /// Samples per step; the last step of an epoch takes what is left.
  public var batchSize = 128
  /// Batches that stay what they are; absent: drawn anew in every epoch.
  public var batches: BatchPartition?
  /// Decides the initial parameters, the order of the samples and all else that is random.
  public var seed: UInt64 = 0
  /// A file of arrays to begin with, by their names in checkpoints; arrays it lacks are drawn. Absent:
  /// all are.
  public var initialParameters: String?
  /// What training minimizes, averaged over the samples.
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
  /// How a gradient becomes a step.
  public var optimizer = OptimizerDescription.sgd(momentum: 0.9, nesterov: false)
  /// The rate over the course of training.
  public var learningRate = LearningRate()
  /// λ of the penalty λ/2 ‖θ‖², and where it acts.
  public var weightDecay = WeightDecay()
  /// The largest Euclidean norm the whole gradient may have; longer ones are shortened to it.
  public var gradientClipping: Double?
  /// Random changes to the training images.
  public var augmentation = Augmentation()
  /// Which algorithms convolutions may take.
  public var algorithms = AlgorithmPolicy.fast
  /// What training steps are computed in; evaluation and features are always float32.
  public var precision = Precision.float32
  /// When training ends before its last epoch.
  public var stop = StopConditions()
  /// How often loss and accuracy are measured.
  public var evaluation = EvaluationOptions()
  /// After which epochs a checkpoint is due, beside the last.
  public var checkpoints = CheckpointSchedule()
  /// Threads to compute with; absent: one per core.
  public var threads: Int?

  /// Ten epochs of cross-entropy by gradient descent with momentum, and no decay.
  public init() {}

  /// The same training with what follows from its fields written in them.
  package var resolved: TrainingOptions {
    var options = self
    if optimizer.decouples { options.weightDecay.mode = .decoupled }
    return options
  }

  /// What is minimized by logits and features.
  package var objective: Objective {
    Objective(
      loss, spectralDecoupling: spectralDecoupling ?? 0, featureDecay: featureDecay ?? 0)
  }
}

extension TrainingOptions: Configurable {
  public static var standard: TrainingOptions { TrainingOptions() }

  public static var fields: [Field<TrainingOptions>] {
    [
      Field(
        "epochs", \.epochs, "Passes over the training data.", range: .positive,
        flag: CommandLineFlag("epochs", valueName: "n")),
      Field(
        "batchSize", \.batchSize, "Samples per step; the last of an epoch takes what is left.",
        range: .positive, flag: CommandLineFlag("batch-size", valueName: "n"),
        isFixedOnceBegun: true),
      Field(
        "batches", \.batches, "Batches that stay what they are.", isFixedOnceBegun: true,
        absence: "drawn anew in every epoch"),
      Field(
        "seed", \.seed,
        "Decides the initial parameters, the order of the samples and all else that is random.",
        flag: CommandLineFlag("seed", valueName: "n"), isFixedOnceBegun: true),
      Field(
        "initialParameters", \.initialParameters,
        "A file of arrays to begin with, named as in checkpoints; those it lacks are drawn.",
        flag: CommandLineFlag("initial-parameters", valueName: "file"), isFixedOnceBegun: true,
        absence: "all are drawn"),
      Field(
        "loss", \.loss, "What training minimizes, averaged over the samples.",
        flag: CommandLineFlag("loss", valueName: "kind"), isFixedOnceBegun: true),
      Field(
        "spectralDecoupling", \.spectralDecoupling, "λ of the penalty λ/2 · mean ‖logits‖².",
        range: .notNegative, flag: CommandLineFlag("spectral-decoupling", valueName: "λ"),
        isFixedOnceBegun: true, standard: 0),
      Field(
        "featureDecay", \.featureDecay, "λ of the penalty λ/2 · mean ‖features‖².",
        range: .notNegative, flag: CommandLineFlag("feature-decay", valueName: "λ"),
        isFixedOnceBegun: true, standard: 0),
      Field(
        "optimizer", \.optimizer, "How a gradient becomes a step.",
        flag: CommandLineFlag("optimizer", valueName: "kind"), isFixedOnceBegun: true),
      Field(
        "learningRate", \.learningRate, "The first rate, or the rate over the course of training."),
      Field(
        "weightDecay", \.weightDecay, "λ of the penalty λ/2 ‖parameters‖², or where it acts."),
      Field(
        "gradientClipping", \.gradientClipping,
        "The largest Euclidean norm the whole gradient may have.", range: .positive,
        flag: CommandLineFlag("clip-gradient", valueName: "norm"), absence: "no limit"),
      Field("augmentation", \.augmentation, "Random changes to the training images."),
      Field(
        "algorithms", \.algorithms,
        "Whether convolutions may take Winograd's algorithm, or only sums of the definition.",
        flag: CommandLineFlag("algorithms", valueName: "policy"), isFixedOnceBegun: true),
      Field(
        "precision", \.precision, "What training steps are computed in.",
        flag: CommandLineFlag("precision", valueName: "type"), isFixedOnceBegun: true),
      Field("stop", \.stop, "When training ends before its last epoch."),
      Field("evaluation", \.evaluation, "How often loss and accuracy are measured."),
      Field(
        "checkpoints", \.checkpoints,
        "After which epochs, steps and minutes a checkpoint is kept, beside the last."),
      Field(
        "threads", \.threads, "Threads to compute with: the bits of a result hang on it.",
        range: .closed(1...1024), absence: "one for each of several runs, else all processors"),
    ]
  }

  public mutating func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    if optimizer.decouples, stated.text("weightDecay", "mode") == WeightDecay.Mode.coupled.rawValue
    {
      throw stated.fault(
        "weightDecay", "\(optimizer.kind) decouples it; 'mode: coupled' is for adam")
    }
    self = resolved
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
  /// Ends when the Euclidean norm of the gradient of all that is minimized, weight decay included and
  /// over all training samples, is at most this.
  public var gradientNorm: Double?
  /// Ends when max_g |λ_g‖θ_g‖²/T − 1| over matrices and kernels is at most this, with
  /// T = −⟨∂ℓ/∂W, W⟩ of the classifier: zero at every stationary point of a chain of linear maps and
  /// ReLUs without biases, whatever its geometry.
  public var balance: Double?

  /// Ends at whichever condition is met first; never without one.
  public init(
    trainingError: Double? = nil, trainingLoss: Double? = nil, gradientNorm: Double? = nil,
    balance: Double? = nil
  ) {
    self.trainingError = trainingError
    self.trainingLoss = trainingLoss
    self.gradientNorm = gradientNorm
    self.balance = balance
  }
}

extension StopConditions: Configurable {
  public static var standard: StopConditions { StopConditions() }

  public static var fields: [Field<StopConditions>] {
    [
      Field(
        "trainingError", \.trainingError, "Ends at this share of wrong training samples.",
        range: .closed(0...1), flag: CommandLineFlag("stop-error", valueName: "share"),
        absence: "never"),
      Field(
        "trainingLoss", \.trainingLoss, "Ends at this training loss, without penalties.",
        range: .notNegative, flag: CommandLineFlag("stop-loss", valueName: "loss"),
        absence: "never"),
      Field(
        "gradientNorm", \.gradientNorm,
        "Ends at this norm of the gradient of all that is minimized, over all training samples.",
        range: .notNegative, flag: CommandLineFlag("stop-gradient", valueName: "norm"),
        absence: "never"),
      Field(
        "balance", \.balance,
        "Ends where λ‖θ‖² of all layers differ by at most this share: chains without biases only.",
        range: .notNegative, flag: CommandLineFlag("stop-balance", valueName: "share"),
        absence: "never"),
    ]
  }
}

/// How often loss and accuracy are measured with the network in inference mode.
public struct EvaluationOptions: Sendable, Hashable {
  /// Epochs from one evaluation to the next; epochs with a checkpoint, the last among them, are
  /// always evaluated.
  public var everyEpochs = 1
  /// Samples per step of an evaluation; no influence on its result beyond rounding.
  public var batchSize = 256

  /// An evaluation after every epoch.
  public init() {}
}

extension EvaluationOptions: Configurable {
  public static var standard: EvaluationOptions { EvaluationOptions() }

  public static var fields: [Field<EvaluationOptions>] {
    [
      Field(
        "everyEpochs", \.everyEpochs, "Epochs from one evaluation to the next.", range: .positive,
        flag: CommandLineFlag("evaluate-every", valueName: "epochs")),
      Field(
        "batchSize", \.batchSize, "Samples per step of an evaluation.", range: .positive),
    ]
  }
}
