/// Where features come from: the attributes of a feature file, all optional.
///
/// In the file each is a root attribute named as its coding key: `weight_decay`, `class_names`.
public struct FeatureMetadata: Sendable, Hashable, Codable {
  /// The program that wrote the file: "collapse 0.1".
  public var createdBy: String?
  /// The data set: "mnist".
  public var dataset: String?
  /// The part of it: "train", "test".
  public var split: String?
  /// The name of each class; its position is the class's label.
  public var classNames: [String]?
  /// The network by name: "mlp-512-512-512".
  public var network: String?
  /// Epochs of training done when the features were taken.
  public var epoch: Int?
  /// The seed of the training.
  public var seed: UInt64?
  /// λ, where the training objective has the term λ/2 ‖parameters‖².
  public var weightDecay: Double?
  /// The step size in the first epoch.
  public var learningRate: Double?
  /// Whether the network has batch normalization.
  public var batchNormalization: Bool?
  /// Whether batch normalization stands directly before the classifier.
  public var lastLayerBatchNormalization: Bool?
  /// The loss the network was trained with: "cross_entropy".
  public var loss: String?
  /// The value of that loss over the training data.
  public var trainLoss: Double?
  /// Fraction of the training data classified right, in 0...1.
  public var trainAccuracy: Double?
  /// SHA-256 of the data set, in hexadecimal.
  public var datasetSHA256: String?
  /// The description of the network, as JSON.
  public var description: String?

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case createdBy = "created_by"
    case dataset, split
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
    case description
  }
}
