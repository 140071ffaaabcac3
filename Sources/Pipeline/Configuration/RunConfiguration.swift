import CollapseCore
public import Networks
import NeuralCollapse
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
public struct RunConfiguration: Sendable, Hashable, Codable {
  public var dataset: DatasetConfiguration
  public var network: NetworkDescription
  public var training: TrainingOptions
  public var features: FeatureConfiguration
  public var measures: MeasureConfiguration

  private enum CodingKeys: CodingKey { case dataset, network, training, features, measures }

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

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    dataset = try container.decode(DatasetConfiguration.self, forKey: .dataset)
    network = try container.decode(NetworkDescription.self, forKey: .network)
    training =
      try container.decodeIfPresent(TrainingOptions.self, forKey: .training) ?? TrainingOptions()
    features =
      try container.decodeIfPresent(FeatureConfiguration.self, forKey: .features)
      ?? FeatureConfiguration()
    measures =
      try container.decodeIfPresent(MeasureConfiguration.self, forKey: .measures)
      ?? MeasureConfiguration()
    try WordList.require(
      network.kind, among: NetworkCatalog.entries.map(\.name),
      at: container.codingPath + [CodingKeys.network, AnyCodingKey(stringValue: "kind")])
  }
}

/// Which features are written to files.
public struct FeatureConfiguration: Sendable, Hashable, Codable {
  /// After which epochs.
  public enum Epochs: String, Sendable, Hashable, Codable, CaseIterable {
    /// After every epoch with a checkpoint (`training.checkpoints`).
    case checkpoints
    /// After the last epoch only.
    case last
  }

  /// Of which layers.
  public enum Layers: String, Sendable, Hashable, Codable, CaseIterable {
    /// The input of the classifier.
    case last
    /// The output of every hidden block, whatever its kind, the input of the classifier included.
    case all
  }

  public var epochs = Epochs.checkpoints
  public var layers = Layers.last
  /// What becomes of blocks that give maps: the mean of each channel, or every pixel.
  public var pooling = FeaturePooling.mean
  /// Of which splits: `train`, `test`.
  public var splits = ["train", "test"]

  private enum CodingKeys: CodingKey { case epochs, layers, pooling, splits }

  public init() {}

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    epochs = try container.decodeIfPresent(Epochs.self, forKey: .epochs) ?? .checkpoints
    layers = try container.decodeIfPresent(Layers.self, forKey: .layers) ?? .last
    pooling = try container.decodeIfPresent(FeaturePooling.self, forKey: .pooling) ?? .mean
    splits = try container.decodeIfPresent([String].self, forKey: .splits) ?? splits
    for split in splits {
      try WordList.require(
        split, among: ["train", "test"], at: container.codingPath + [CodingKeys.splits])
    }
  }
}

/// What is measured on the features, and when.
///
/// ```yaml
/// measures: { convention: standard, spectrum: true }
/// measures: during-training
/// measures: { when: during-training, epochs: { logarithmic: 20 } }
/// ```
public struct MeasureConfiguration: Sendable, Hashable, Codable {
  /// Where the features come from.
  public enum When: String, Sendable, Hashable, Codable, CaseIterable {
    /// From the feature files of the epochs with a checkpoint.
    case afterTraining = "after-training"
    /// From the network while it trains: no feature files are written, and checkpoints only as
    /// `training.checkpoints` says, so that a trajectory costs no disk.
    case duringTraining = "during-training"
  }

  public var when = When.afterTraining
  /// After which epochs measures are taken during training.
  public var epochs = CheckpointSchedule(logarithmic: 12)
  /// One of ``Convention/named``.
  public var convention = Convention.standard.name
  /// Whether the singular values of the features are computed: it takes a d × d matrix.
  public var spectrum = false

  private enum CodingKeys: CodingKey { case when, epochs, convention, spectrum }

  public init() {}

  /// A bare word is `when`, with all else at its default.
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      when = try WordList.value(word, in: decoder)
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    when = try container.decodeIfPresent(When.self, forKey: .when) ?? .afterTraining
    let given = try container.decodeIfPresent(CheckpointSchedule.self, forKey: .epochs)
    epochs = given ?? epochs
    convention = try container.decodeIfPresent(String.self, forKey: .convention) ?? convention
    spectrum = try container.decodeIfPresent(Bool.self, forKey: .spectrum) ?? false
    guard given == nil || when == .duringTraining else {
      throw DecodingError.dataCorruptedError(
        forKey: .epochs, in: container,
        debugDescription: "goes with 'when: during-training'; after training the epochs are those "
          + "of 'features.epochs'")
    }
    try WordList.require(
      convention, among: Convention.named.map(\.name),
      at: container.codingPath + [CodingKeys.convention])
  }

  /// Without the epochs where they play no part.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(when, forKey: .when)
    if when == .duringTraining { try container.encode(epochs, forKey: .epochs) }
    try container.encode(convention, forKey: .convention)
    try container.encode(spectrum, forKey: .spectrum)
  }
}
