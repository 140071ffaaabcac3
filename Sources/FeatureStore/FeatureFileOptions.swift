public import Arrays

/// What a feature file of another producer needs said: where its numbers are and how to read them.
///
/// A file in our own layout needs nothing.
public struct FeatureFileOptions: Sendable, Hashable, Codable {
  /// What to do with features of more than two axes, N × …
  public enum Reduction: String, Sendable, Hashable, Codable, CaseIterable {
    /// Refuse them.
    case none
    /// Take all numbers of a sample as its features, in the order they are stored.
    case flatten
    /// Take the mean over all axes behind the second: [N, channels, height, width] gives
    /// [N, channels], as global average pooling does.
    case pool
  }

  /// The paths of the features in the file, first layer first; where empty, our layout is looked
  /// for: the datasets of `/layers`, and `/features`.
  public var features: [String] = []
  /// The path of the labels; `/labels` by default.
  public var labels: String?
  /// The path of W; `/classifier/weight` by default, where it is there.
  public var weights: String?
  /// The path of b; `/classifier/bias` by default, where it is there.
  public var bias: String?
  /// Whether W is stored as [d, C], as JAX and Keras do, instead of [C, d].
  public var weightsAreTransposed = false
  /// What to do with features of more than two axes: refused unless told otherwise.
  public var reduction = Reduction.none
  /// A dataset with the attribute `dtype` = `bfloat16` needs nothing said.
  public var uint16Meaning: UInt16Meaning?
  /// Another file that holds the labels, for one that is an array of features and nothing else.
  public var labelsFile: String?
  /// Another file that holds W and b, such as a saved model.
  public var classifierFile: String?
  /// Labels that stand for none, such as −100: read as they are, however negative.
  public var ignoredLabels: Set<Int64> = []
  /// Whether a file without labels is refused; else all its rows have label 0, as suits
  /// out-of-distribution samples.
  public var requiresLabels = true

  /// Nothing said: the file is in our own layout, and has labels.
  public init() {}
}
