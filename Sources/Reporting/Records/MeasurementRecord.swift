public import NeuralCollapse

/// The measures of one layer on one split after one epoch.
public struct MeasurementRecord: Sendable, Hashable, Codable {
  /// Number of epochs done, 0 for the network before training; `nil` where it is not stated.
  public var epoch: Int?
  /// The name of the layer, as the feature file has it.
  public var layer: String
  /// The place of the layer in the network, from 0; the largest is the last before the classifier.
  public var layerIndex: Int
  /// `train`, `test`, or another name.
  public var split: String
  /// The file that was measured; `nil` for features that never were in one.
  public var file: String?
  /// Of the network that the features are of, where their file states it: the mean loss on its
  /// training data, and the share of them classified right, 0…1.
  public var trainingLoss: Double?
  public var trainingAccuracy: Double?
  public var report: CollapseReport

  public init(
    epoch: Int?, layer: String, layerIndex: Int, split: String, file: String? = nil,
    trainingLoss: Double? = nil, trainingAccuracy: Double? = nil, report: CollapseReport
  ) {
    self.epoch = epoch
    self.layer = layer
    self.layerIndex = layerIndex
    self.split = split
    self.file = file
    self.trainingLoss = trainingLoss
    self.trainingAccuracy = trainingAccuracy
    self.report = report
  }

  /// The value of a measure; `nil` where it is undefined, not finite or was not asked for.
  public func value(_ measure: Measure) -> Double? { value(named: measure.key) }

  /// The same of the measure called `key`, which may be of none of the catalogue.
  public func value(named key: String) -> Double? {
    report[key]?.value.flatMap { $0.isFinite ? $0 : nil }
  }

  enum CodingKeys: String, CodingKey {
    case epoch, layer, split, file, report
    case layerIndex = "layer_index"
    case trainingLoss = "train_loss"
    case trainingAccuracy = "train_accuracy"
  }
}
