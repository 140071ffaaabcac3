public import CollapseCore

/// The features of one layer.
///
/// Only ``FeatureSet`` joins a classifier to a layer, and to none but the last: W acts on the
/// features that the network classifies, and on no layer before.
public struct FeatureLayer: Sendable {
  /// The layer's name: "fc2".
  public let name: String
  /// N × d.
  public let rows: any RowBlocks
  /// W and b, where this is the layer they act on and they are known.
  public internal(set) var classifier: LinearClassifier?

  /// A layer whose features no known classifier acts on.
  public init(name: String, rows: any RowBlocks) {
    self.name = name
    self.rows = rows
  }
}
