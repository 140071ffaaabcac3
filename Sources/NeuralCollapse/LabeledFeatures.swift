public import CollapseCore

/// Rows of features with the label of each: a whole set, or one shard of it.
public struct LabeledFeatures: Sendable {
  public let features: any RowBlocks
  public let labels: any LabelBlocks

  public init(features: any RowBlocks, labels: any LabelBlocks) {
    self.features = features
    self.labels = labels
  }
}
