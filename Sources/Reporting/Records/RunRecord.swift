public import CollapseCore
import NeuralCollapse

/// One training, or one set of features from elsewhere, with everything measured on it.
public struct RunRecord: Sendable, Hashable {
  /// How far the run has come.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    case waiting, running, interrupted, failed, finished
  }

  /// Unique in its study.
  public var name: String
  /// What the training was.
  public var facts: RunFacts
  public var state: State
  /// By ascending epoch.
  public var history: [EpochRecord]
  /// In any order.
  public var measurements: [MeasurementRecord]
  /// The last layer's features in the plane of three class means.
  public var projection: FeatureProjection?
  /// Second derivatives of the training loss, by ascending epoch; they have a file of their own.
  public var curvature: [CurvatureRecord] = []
  /// Where the run keeps its files, for the reader who looks for them.
  public var paths: [String]

  public init(
    name: String, facts: RunFacts = RunFacts(), state: State = .finished,
    history: [EpochRecord] = [], measurements: [MeasurementRecord] = [],
    projection: FeatureProjection? = nil, paths: [String] = []
  ) {
    self.name = name
    self.facts = facts
    self.state = state
    self.history = history
    self.measurements = measurements
    self.projection = projection
    self.paths = paths
  }
}

extension RunRecord {
  /// The first epoch with zero training error; later epochs may err again. Where training kept no
  /// history it is what the feature files state: the samples measured may be a part of those trained
  /// on.
  public var zeroErrorEpoch: Int? {
    if !history.isEmpty { return history.first { $0.trainingAccuracy >= 1 }?.epoch }
    return trajectory(split: "train").first { ($0.trainingAccuracy ?? 0) >= 1 }?.epoch
  }

  /// The training loss by epoch: that of training's history, else what the feature files state.
  var trainingLosses: [(epoch: Int, loss: Double)] {
    if !history.isEmpty { return history.map { ($0.epoch, $0.trainingLoss) } }
    guard let split = mainSplit else { return [] }
    return trajectory(split: split).compactMap { record in
      record.epoch.flatMap { epoch in record.trainingLoss.map { (epoch, $0) } }
    }
  }

  /// The record of the last epoch measured, in the last layer, on `split`.
  public func lastMeasurement(split: String) -> MeasurementRecord? {
    trajectory(split: split).last
  }

  /// The records of the last layer on `split`, by ascending epoch.
  public func trajectory(split: String) -> [MeasurementRecord] {
    let records = measurements.filter { $0.split == split }
    guard let last = records.map(\.layerIndex).max() else { return [] }
    return records.filter { $0.layerIndex == last }.sorted { ($0.epoch ?? -1) < ($1.epoch ?? -1) }
  }

  /// The records of the last epoch measured on `split`, from the first layer to the last.
  public func depthProfile(split: String) -> [MeasurementRecord] {
    let records = measurements.filter { $0.split == split }
    guard let last = records.max(by: { ($0.epoch ?? -1) < ($1.epoch ?? -1) }) else { return [] }
    return records.filter { $0.epoch == last.epoch }.sorted { $0.layerIndex < $1.layerIndex }
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

  /// Share of training samples classified right at the end: as training found it, as the feature
  /// files state it, or of those measured.
  public var trainingAccuracy: Double? {
    history.last?.trainingAccuracy ?? headline?.trainingAccuracy
      ?? lastMeasurement(split: "train")?.value(.accuracy)
  }

  /// What was last found on the named test set `name`.
  public func lastTest(on name: String) -> TestSetRecord? {
    history.reversed().lazy.compactMap { $0.testSets?.first { $0.name == name } }.first
  }

  /// Share of test samples classified right at the end.
  public var testAccuracy: Double? {
    history.last { $0.testAccuracy != nil }?.testAccuracy
      ?? lastMeasurement(split: "test")?.value(.accuracy)
  }
}
