public import CollapseCore

/// Rows of features with the label of each: a whole set, or one shard of it.
public struct LabeledFeatures: Sendable {
  /// N rows of d numbers.
  public let features: any RowBlocks
  /// N labels, those of the rows in their order.
  public let labels: any LabelBlocks

  /// Rows with their labels; an analysis refuses other numbers of one than of the other.
  public init(features: any RowBlocks, labels: any LabelBlocks) {
    self.features = features
    self.labels = labels
  }
}
