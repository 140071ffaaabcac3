public import CollapseCore
import Datasets
import NeuralCollapse
public import Networks
public import Training

/// Everything one run does: the data, the network, its training, and what is measured.
///
/// ```yaml
/// dataset: { name: mnist }
/// network: { kind: mlp, widths: [512, 512, 512], batchNormalization: all }
/// training: { epochs: 200, weightDecay: 5e-4, checkpoints: { logarithmic: 12 } }
/// features: { epochs: checkpoints, layers: [last] }
/// measures: { convention: standard }
/// ```
public struct RunConfiguration: Sendable, Hashable {
  public var dataset: DatasetConfiguration
  public var network: NetworkDescription
  public var training: TrainingOptions
  public var features: FeatureConfiguration
  public var measures: MeasureConfiguration
  /// What is asked of second derivatives; absent: nothing.
  public var curvature: CurvatureOptions?

  public init(
    dataset: DatasetConfiguration, network: NetworkDescription,
    training: TrainingOptions = TrainingOptions(),
    features: FeatureConfiguration = FeatureConfiguration(),
    measures: MeasureConfiguration = MeasureConfiguration()
  ) {
    self.dataset = dataset
    self.network = network
    self.training = training
    self.features = features
    self.measures = measures
  }
}

extension RunConfiguration: Configurable {
  public static var standard: RunConfiguration {
    RunConfiguration(dataset: .standard, network: .standard)
  }

  public static var fields: [Field<RunConfiguration>] {
    [
      Field(
        "dataset", \.dataset, "The samples: one source of both splits, or 'train' and 'test'.",
        isRequired: true),
      Field("network", \.network, "The network.", isRequired: true),
      Field("training", \.training, "How it is trained."),
      Field("features", \.features, "Which features are written to files."),
      Field("measures", \.measures, "What is measured on the features, and when."),
      Field(
        "curvature", \.curvature, "What is asked of the second derivatives of the training loss.",
        absence: "they are not taken"),
    ]
  }

  public func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    let known = dataset.splitNames
    guard let unknown = features.splits.first(where: { !known.contains($0) }) else { return }
    let nearest = Spelling.nearest(to: unknown, among: known).map { "; did you mean '\($0)'?" }
    throw stated.fault(
      "features",
      "splits: expected some of \(known.joined(separator: ", ")), found '\(unknown)'"
        + (nearest ?? ""))
  }
}

/// Which features are written to files.
public struct FeatureConfiguration: Sendable, Hashable {
  /// After which epochs.
  public enum Epochs: String, FieldValue, CaseIterable {
    /// After every epoch with a checkpoint (`training.checkpoints`).
    case checkpoints
    /// After the last epoch only.
    case last
  }

  /// Of which layers.
  public enum Layers: String, FieldValue, CaseIterable {
    /// The input of the classifier.
    case last
    /// The output of every hidden block, whatever its kind, the input of the classifier included.
    case all
  }

  public var epochs = Epochs.checkpoints
  public var layers = Layers.last
  /// What becomes of blocks that give maps: the mean of each channel, or every pixel.
  public var pooling = FeaturePooling.mean
  /// By which moments batch normalization divides: with `batch` features are those of training.
  public var statistics = NormalizationStatistics.running
  /// Of which splits: `train`, `test`, and named test sets; those that the data lacks are left out.
  public var splits = ["train", "test"]

  public init() {}
}

extension FeatureConfiguration: Configurable {
  public static var standard: FeatureConfiguration { FeatureConfiguration() }

  public static var fields: [Field<FeatureConfiguration>] {
    [
      Field(
        "epochs", \.epochs,
        "After which epochs features are written: all with a checkpoint, or the last."),
      Field(
        "layers", \.layers,
        "Of which layers: the classifier's input, or the output of every hidden block."),
      Field(
        "pooling", \.pooling,
        "Of blocks that give maps: the mean of each channel over its map, or every pixel."),
      Field(
        "statistics", \.statistics,
        "The moments that batch normalization divides by: the running ones, or those of batches as in "
          + "training.", absence: NormalizationStatistics.running.rawValue,
        isWritten: { $0.statistics == .batch }),
      Field("splits", \.splits, "Of which splits: train, test, and those of test sets."),
    ]
  }
}

/// What is measured on the features, and when.
///
/// ```yaml
/// measures: { convention: standard, spectrum: true }
/// measures: during-training
/// measures: { when: during-training, epochs: { logarithmic: 20 } }
/// ```
public struct MeasureConfiguration: Sendable, Hashable {
  /// Where the features come from.
  public enum When: String, FieldValue, CaseIterable {
    /// From the feature files of the epochs with a checkpoint.
    case afterTraining = "after-training"
    /// From the network while it trains: no feature files are written, and checkpoints only as
    /// `training.checkpoints` says, so that a trajectory costs no disk.
    case duringTraining = "during-training"
  }

  public var when = When.afterTraining
  /// After which epochs measures are taken during training.
  public var epochs = EpochSchedule(logarithmic: 12)
  /// One of ``Convention/named``.
  public var convention = Convention.standard.name
  /// Whether the singular values of the features are computed: it takes a d × d matrix.
  public var spectrum = false

  public init() {}
}

extension MeasureConfiguration: Configurable {
  public static var standard: MeasureConfiguration { MeasureConfiguration() }
  public static var bareField: String? { "when" }

  public static var fields: [Field<MeasureConfiguration>] {
    [
      Field(
        "when", \.when,
        "On feature files after training, or during training without writing any."),
      Field(
        "epochs", \.epochs, "After which epochs measures are taken during training.",
        // After training they play no part.
        isWritten: { $0.when == .duringTraining }),
      Field(
        "convention", \.convention,
        "The published convention, where definitions of the measures differ.",
        words: Convention.named.map(\.name)),
      Field(
        "spectrum", \.spectrum,
        "Whether the singular values of the features are computed: it takes a d × d matrix."),
    ]
  }

  public func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard !stated.contains("epochs") || when == .duringTraining else {
      throw stated.fault(
        "epochs",
        "goes with 'when: during-training'; after training the epochs are those of "
          + "'features.epochs'")
    }
  }
}
