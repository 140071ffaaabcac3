/// What is known of a training: written as one value into checkpoints, feature files and records
/// of measures, so that none says less than another.
///
/// Files of other programs state a part of it, or nothing.
public struct RunFacts: Sendable, Hashable, Codable {
  /// The name of the data set that was trained on.
  public var dataset: String?
  /// The name of the network: `mlp-512-512-512`, `vgg11`.
  public var network: String?
  /// Where the network normalizes batches; `nil` where that is not stated.
  public var normalization: Normalization?
  /// λ of the classifier, where the objective has the term λ/2 ‖W‖².
  public var weightDecay: Double?
  /// The step size of the first epoch.
  public var learningRate: Double?
  /// The loss by name: `cross_entropy`.
  public var loss: String?
  /// The seed of initial weights and order of samples.
  public var seed: UInt64?
  /// Every other option by its path: `training.epochs`, `network.widthMultiplier`.
  public var options: Condition

  /// Facts of a training; what is left out is not known.
  public init(
    dataset: String? = nil, network: String? = nil, normalization: Normalization? = nil,
    weightDecay: Double? = nil, learningRate: Double? = nil, loss: String? = nil,
    seed: UInt64? = nil, options: Condition = Condition()
  ) {
    self.dataset = dataset
    self.network = network
    self.normalization = normalization
    self.weightDecay = weightDecay
    self.learningRate = learningRate
    self.loss = loss
    self.seed = seed
    self.options = options
  }

  /// All of it but the seed, as axes.
  public var condition: Condition {
    var condition = options
    condition[.dataset] = dataset
    condition[.network] = network
    condition[.normalization] = normalization?.placement
    condition[.weightDecay] = weightDecay
    condition[.learningRate] = learningRate
    condition[.loss] = loss
    return condition
  }

  private enum CodingKeys: String, CodingKey {
    case dataset, network, normalization
    case weightDecay = "weight_decay"
    case learningRate = "learning_rate"
    case loss, seed, options
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      dataset: try container.decodeIfPresent(String.self, forKey: .dataset),
      network: try container.decodeIfPresent(String.self, forKey: .network),
      normalization: try container.decodeIfPresent(Normalization.self, forKey: .normalization),
      weightDecay: try container.decodeIfPresent(Double.self, forKey: .weightDecay),
      learningRate: try container.decodeIfPresent(Double.self, forKey: .learningRate),
      loss: try container.decodeIfPresent(String.self, forKey: .loss),
      seed: try Self.seed(container),
      options: try container.decodeIfPresent(Condition.self, forKey: .options) ?? Condition())
  }

  /// A number, or the text of one that is beyond signed integers.
  private static func seed(_ container: KeyedDecodingContainer<CodingKeys>) throws -> UInt64? {
    if let text = try? container.decode(String.self, forKey: .seed) {
      guard let seed = UInt64(text) else {
        throw DecodingError.dataCorruptedError(
          forKey: .seed, in: container, debugDescription: "expected a seed, found '\(text)'")
      }
      return seed
    }
    return try container.decodeIfPresent(UInt64.self, forKey: .seed)
  }
}
