/// The last layer of a classifier: logits z = W h + b.
public struct LinearClassifier: Sendable, Hashable {
  /// W, classes × features.
  public let weights: Matrix
  /// b, one per class; `nil` where the layer has none.
  public let bias: [Double]?

  /// - Precondition: `bias`, when there is one, has an element per row of `weights`.
  public init(weights: Matrix, bias: [Double]?) {
    precondition(bias.map { $0.count == weights.rows } ?? true)
    self.weights = weights
    self.bias = bias
  }

  /// Number of classes, C: the rows of W.
  public var classCount: Int { weights.rows }
  /// Number of features, d: the columns of W.
  public var dimension: Int { weights.columns }
}
