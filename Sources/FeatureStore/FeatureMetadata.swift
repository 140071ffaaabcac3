public import CollapseCore

/// Where features come from: the attributes of a feature file, all optional.
///
/// In the file each is a root attribute named as its coding key: `weight_decay`, `class_names`.
public struct FeatureMetadata: Sendable, Hashable {
  /// What the training was. A file of ours holds all of it in the attribute `run`, and of it the
  /// attributes that other programs state one by one: `dataset`, `network`, `seed`,
  /// `weight_decay`, `learning_rate`, `batch_norm`, `last_layer_batch_norm` and `loss`.
  public var facts = RunFacts()
  /// The program that wrote the file: "collapse 0.1".
  public var createdBy: String?
  /// The part of it: "train", "test".
  public var split: String?
  /// The name of each class; its position is the class's label.
  public var classNames: [String]?
  /// Epochs of training done when the features were taken.
  public var epoch: Int?
  /// The value of that loss over the training data.
  public var trainLoss: Double?
  /// Fraction of the training data classified right, in 0...1.
  public var trainAccuracy: Double?
  /// SHA-256 of the data set, in hexadecimal.
  public var datasetSHA256: String?
  /// The description of the network, as JSON.
  public var description: String?
  /// How samples were prepared for the network, as JSON: sizes, channels, and means and deviations
  /// of bytes / 255. `nil` where nobody says, or it was as in a training of ours.
  public var preprocessing: String?
  /// By which moments batch normalization divided, in words: `batches of 128`. `nil` for the running ones.
  public var statistics: String?
  /// What speaks against the network being the one that it is taken for, where it was trusted all
  /// the same.
  public var doubt: String?

  /// Nothing known.
  public init() {}

  /// What readers of measures are to know of these features.
  package var statisticsNotes: [String] {
    statistics.map { ["batch normalization divided by the moments of \($0), not the running ones"] }
      ?? []
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case createdBy = "created_by"
    case run, dataset, split
    case classNames = "class_names"
    case network, epoch, seed
    case weightDecay = "weight_decay"
    case learningRate = "learning_rate"
    case batchNormalization = "batch_norm"
    case lastLayerBatchNormalization = "last_layer_batch_norm"
    case loss
    case trainLoss = "train_loss"
    case trainAccuracy = "train_accuracy"
    case datasetSHA256 = "dataset_sha256"
    case description, preprocessing, statistics, doubt
  }
}
