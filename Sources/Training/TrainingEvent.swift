public import CollapseCore

/// What a training run reports while it goes on.
public enum TrainingEvent: Sendable {
  /// A step is done.
  case step(StepProgress)
  /// An epoch is done and, where it was due, evaluated.
  case epochFinished(EpochMetrics)
  /// The state to be written to a file now.
  case checkpointDue(NamedTensors)
  /// Something to be told that changes no result.
  case note(String)
}

/// How far an epoch has come.
public struct StepProgress: Sendable, Hashable {
  /// The epoch, counted from 1.
  public let epoch: Int
  /// Epochs in all.
  public let epochs: Int
  /// Steps done in this epoch.
  public let step: Int
  /// Steps per epoch.
  public let steps: Int
  /// Mean loss over the samples of this epoch so far, in training mode.
  public let runningLoss: Double
  /// Share of them classified rightly.
  public let runningAccuracy: Double
  /// Samples per second in this epoch since it began or was resumed.
  public let samplesPerSecond: Double
}

/// What is known after an epoch.
public struct EpochMetrics: Sendable, Hashable, Codable {
  /// Counted from 1.
  public var epoch: Int
  /// The rate of the epoch's last step.
  public var learningRate: Double
  /// Mean loss over the epoch's batches as they were trained on, in training mode; no loss here
  /// counts a penalty.
  public var runningLoss: Double
  /// Share of training samples classified rightly as they were trained on.
  public var runningAccuracy: Double
  /// In inference mode on all training samples; absent in epochs without evaluation.
  public var trainLoss: Double?
  /// Share of all training samples classified rightly, in inference mode; absent with `trainLoss`.
  public var trainAccuracy: Double?
  /// All that the run minimizes: `trainLoss` + λ/2 mean ‖z‖² of spectral decoupling + λ_H/2 mean
  /// ‖h‖² of feature decay + ½ Σ λ ‖θ‖² of weight decay.
  public var regularizedLoss: Double?
  /// In inference mode on all test samples, if there are any.
  public var testLoss: Double?
  /// Share of all test samples classified rightly, in inference mode; absent with `testLoss`.
  public var testAccuracy: Double?
  /// What was found on each named test set, if there are any; absent with `trainLoss`.
  public var testSets: [TestSetMetrics]?
  /// Of all that the run minimizes, over all training samples; absent where no stop condition asks
  /// for it or `balance`.
  public var gradientNorm: Double?
  /// max_g |λ_g‖θ_g‖²/T − 1| over matrices and kernels, T = −⟨∂ℓ/∂W, W⟩ of the classifier: 0 at every
  /// stationary point of a chain without biases. Absent where no stop condition asks for it, and where
  /// T is zero.
  public var balance: Double?
  /// Wall-clock time of the epoch's steps, evaluation not counted.
  public var seconds: Double
  /// Training samples per second of `seconds`.
  public var samplesPerSecond: Double

  /// Metrics of an epoch; those of evaluation are left out where there was none.
  public init(
    epoch: Int, learningRate: Double, runningLoss: Double, runningAccuracy: Double,
    trainLoss: Double? = nil, trainAccuracy: Double? = nil, regularizedLoss: Double? = nil,
    testLoss: Double? = nil, testAccuracy: Double? = nil,
    testSets: [TestSetMetrics]? = nil, gradientNorm: Double? = nil, balance: Double? = nil,
    seconds: Double, samplesPerSecond: Double
  ) {
    self.epoch = epoch
    self.learningRate = learningRate
    self.runningLoss = runningLoss
    self.runningAccuracy = runningAccuracy
    self.trainLoss = trainLoss
    self.trainAccuracy = trainAccuracy
    self.regularizedLoss = regularizedLoss
    self.testLoss = testLoss
    self.testAccuracy = testAccuracy
    self.testSets = testSets
    self.gradientNorm = gradientNorm
    self.balance = balance
    self.seconds = seconds
    self.samplesPerSecond = samplesPerSecond
  }
}

/// Why and in what state a run ended.
public struct TrainingOutcome: Sendable {
  /// What ended a run.
  public enum Reason: String, Sendable, Hashable, Codable {
    /// All epochs are done.
    case epochs
    /// The training error reached `StopConditions.trainingError`.
    case trainingError
    /// The training loss reached `StopConditions.trainingLoss`.
    case trainingLoss
    /// The gradient's norm reached `StopConditions.gradientNorm`.
    case gradientNorm
    /// The balance of penalties reached `StopConditions.balance`.
    case balance
    /// `Interruption.request()` was called.
    case interruption
  }

  /// What ended the run.
  public let reason: Reason
  /// The state at the end; training can be resumed from it.
  public let checkpoint: NamedTensors
}
