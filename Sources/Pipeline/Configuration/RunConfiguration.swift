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
  }
}

/// Which features are written to files.
public struct FeatureConfiguration: Sendable, Hashable, Codable {
  /// After which epochs.
  public enum Epochs: String, Sendable, Hashable, Codable {
    /// After every epoch with a checkpoint (`training.checkpoints`).
    case checkpoints
    /// After the last epoch only.
    case last
  }

  /// Of which layers.
  public enum Layers: String, Sendable, Hashable, Codable {
    /// The input of the classifier.
    case last
    /// The output of every hidden block, the input of the classifier included.
    case all
  }

  public var epochs = Epochs.checkpoints
  public var layers = Layers.last
  /// Of which splits: `train`, `test`.
  public var splits = ["train", "test"]

  private enum CodingKeys: CodingKey { case epochs, layers, splits }

  public init() {}

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    epochs = try container.decodeIfPresent(Epochs.self, forKey: .epochs) ?? .checkpoints
    layers = try container.decodeIfPresent(Layers.self, forKey: .layers) ?? .last
    splits = try container.decodeIfPresent([String].self, forKey: .splits) ?? splits
    if let unknown = splits.first(where: { !["train", "test"].contains($0) }) {
      throw DecodingError.dataCorruptedError(
        forKey: .splits, in: container,
        debugDescription: "expected train or test, found '\(unknown)'")
    }
  }
}

/// What is measured on the features.
public struct MeasureConfiguration: Sendable, Hashable, Codable {
  /// One of ``Convention/named``.
  public var convention = Convention.standard.name
  /// Whether the singular values of the features are computed: it takes a d × d matrix.
  public var spectrum = false

  private enum CodingKeys: CodingKey { case convention, spectrum }

  public init() {}

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    convention = try container.decodeIfPresent(String.self, forKey: .convention) ?? convention
    spectrum = try container.decodeIfPresent(Bool.self, forKey: .spectrum) ?? false
    guard Convention.named(convention) != nil else {
      throw DecodingError.dataCorruptedError(
        forKey: .convention, in: container,
        debugDescription:
          "expected one of \(Convention.named.map(\.name).joined(separator: ", ")), "
          + "found '\(convention)'")
    }
  }
}
