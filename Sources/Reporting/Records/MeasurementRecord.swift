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
  public var report: CollapseReport

  public init(
    epoch: Int?, layer: String, layerIndex: Int, split: String, file: String? = nil,
    report: CollapseReport
  ) {
    self.epoch = epoch
    self.layer = layer
    self.layerIndex = layerIndex
    self.split = split
    self.file = file
    self.report = report
  }

  /// The value of the measure `key`; `nil` where it is undefined, not finite or was not asked for.
  public func value(_ key: String) -> Double? {
    report[key]?.value.flatMap { $0.isFinite ? $0 : nil }
  }

  enum CodingKeys: String, CodingKey {
    case epoch, layer, split, file, report
    case layerIndex = "layer_index"
  }
}
