/// One training, or one set of features from elsewhere, with everything measured on it.
public struct RunRecord: Sendable, Hashable, Codable {
  /// How far the run has come.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    case waiting, running, interrupted, failed, finished
  }

  /// Unique in its study.
  public var name: String
  public var dataset: String?
  /// The name of the network: `mlp-512-512-512`, `vgg11`.
  public var network: String?
  /// Where the network normalizes batches: `all`, `last` (before the classifier only) or `none`.
  public var batchNormalization: String?
  /// λ of the classifier.
  public var weightDecay: Double?
  /// The first step size of the schedule.
  public var learningRate: Double?
  public var seed: UInt64?
  public var state: State
  /// By ascending epoch.
  public var history: [EpochRecord]
  /// In any order.
  public var measurements: [MeasurementRecord]
  /// The last layer's features in the plane of three class means.
  public var projection: FeatureProjection?
  /// Where the run keeps its files, for the reader who looks for them.
  public var paths: [String]

  public init(
    name: String, dataset: String? = nil, network: String? = nil,
    batchNormalization: String? = nil, weightDecay: Double? = nil, learningRate: Double? = nil,
    seed: UInt64? = nil, state: State = .finished, history: [EpochRecord] = [],
    measurements: [MeasurementRecord] = [], projection: FeatureProjection? = nil,
    paths: [String] = []
  ) {
    self.name = name
    self.dataset = dataset
    self.network = network
    self.batchNormalization = batchNormalization
    self.weightDecay = weightDecay
    self.learningRate = learningRate
    self.seed = seed
    self.state = state
    self.history = history
    self.measurements = measurements
    self.projection = projection
    self.paths = paths
  }

  enum CodingKeys: String, CodingKey {
    case name, dataset, network, seed, state, history, measurements, projection, paths
    case batchNormalization = "batch_normalization"
    case weightDecay = "weight_decay"
    case learningRate = "learning_rate"
  }
}

extension RunRecord {
  /// The first epoch with zero training error; later epochs may err again.
  public var zeroErrorEpoch: Int? {
    history.first { $0.trainingAccuracy >= 1 }?.epoch
  }

  /// The record of the last epoch measured, in the last layer, on `split`.
  public func lastMeasurement(split: String) -> MeasurementRecord? {
    trajectory(split: split).last
  }

  /// The records of the last layer on `split`, by ascending epoch.
  public func trajectory(split: String) -> [MeasurementRecord] {
    let records = measurements.filter { $0.split == split }
    guard let last = records.map(\.layerIndex).max() else { return [] }
    return records.filter { $0.layerIndex == last }.sorted { $0.epoch < $1.epoch }
  }

  /// The records of the last epoch measured on `split`, from the first layer to the last.
  public func depthProfile(split: String) -> [MeasurementRecord] {
    let records = measurements.filter { $0.split == split }
    guard let last = records.map(\.epoch).max() else { return [] }
    return records.filter { $0.epoch == last }.sorted { $0.layerIndex < $1.layerIndex }
  }

  /// The split whose measures stand for the run: `train` where there is one.
  public var mainSplit: String? {
    let splits = Set(measurements.map(\.split))
    return splits.contains("train") ? "train" : splits.sorted().first
  }

  /// The record that stands for the run: last epoch, last layer, main split.
  public var headline: MeasurementRecord? {
    mainSplit.flatMap { lastMeasurement(split: $0) }
  }

  /// Share of training samples classified right at the end.
  public var trainingAccuracy: Double? {
    history.last?.trainingAccuracy ?? lastMeasurement(split: "train")?.value("accuracy")
  }

  /// Share of test samples classified right at the end.
  public var testAccuracy: Double? {
    history.last { $0.testAccuracy != nil }?.testAccuracy
      ?? lastMeasurement(split: "test")?.value("accuracy")
  }
}
