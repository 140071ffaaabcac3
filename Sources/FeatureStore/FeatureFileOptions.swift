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
    /// Take the mean over all axes but that of the features: of [N, channels, height, width] as
    /// global average pooling does, of [N, tokens, d] over the tokens of each sequence.
    case pool
    /// Take the first token of each sequence, or the last one.
    case first, last
    /// Make every token a row; labels are [N, tokens].
    case tokens
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
  /// The axis that features lie along where there are more than two, the samples' being 0; negative
  /// from the end. Which one it is cannot be told from the numbers.
  public var featureAxis: Int?
  /// The path of what tells tokens from padding: how many each sequence has, [N], or a mask
  /// [N, tokens]. Padding is in no mean, and no row.
  public var lengths: String?
  /// A dataset with the attribute `dtype` = `bfloat16` needs nothing said.
  public var uint16Meaning: UInt16Meaning?
  /// Another file that holds the labels, for one that is an array of features and nothing else.
  public var labelsFile: String?
  /// Another file that holds W and b, such as a saved model.
  public var classifierFile: String?
  /// The path of targets [N, t] or [N], numbers to predict in the place of labels; the path of
  /// another file where the features are a file of their own.
  public var targets: String?
  /// Labels that stand for none, such as −100: read as they are, however negative.
  public var ignoredLabels: Set<Int64> = []
  /// Whether a file without labels is refused; else all its rows have label 0, as suits
  /// out-of-distribution samples.
  public var requiresLabels = true

  /// Nothing said: the file is in our own layout, and has labels.
  public init() {}
}
