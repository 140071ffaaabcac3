/// Everything measured on one set of features: what `measures.json` holds for one file, layer
/// and split.
public struct CollapseReport: Sendable, Hashable {
  /// One class that is present.
  public struct Class: Sendable, Hashable, Codable {
    /// The label as the file has it.
    public var label: Int64
    /// The name of the class, where the file gives one.
    public var name: String?
    /// Number of samples, n_c.
    public var count: Int

    /// A class with n_c = `count` samples.
    public init(label: Int64, name: String?, count: Int) {
      self.label = label
      self.name = name
      self.count = count
    }
  }

  /// The choices on which published definitions differ.
  public var convention: Convention
  /// Number of samples, N.
  public var sampleCount: Int
  /// Number of features, d.
  public var dimension: Int
  /// Where the class means come from that decide (NC4): the path of a file; `nil` for the rows' own.
  public var meansSource: String?
  /// The classes present, by ascending label.
  public var classes: [Class]
  /// The measures by key, in the order of the catalogue.
  public var measures: [(key: String, measurement: Measurement)] {
    get { zip(keys, measurements).map { ($0, $1) } }
    set {
      keys = newValue.map(\.key)
      measurements = newValue.map(\.measurement)
    }
  }
  /// Values per class by key (`cos_intra`, …), each as long as ``classes``; `nil` where undefined.
  public var perClass: [String: [Double?]] = [:]
  /// Values per pair of classes by key, classes × classes, `nil` where undefined: `cos_inter`,
  /// symmetric and `nil` on the diagonal, and `nc3_cosine`, a row per centred class mean, a column
  /// per row of the classifier.
  public var perPair: [String: [[Double?]]] = [:]
  /// The largest values per pair and then the smallest, where they were asked for in place of all
  /// pairs.
  public var extremePairs: [String: [PairValue]] = [:]
  /// Longer lists by key: `spectrum_singular_values`, `margin_quantiles` (at the probabilities
  /// in `margin_quantile_probabilities`), `between_singular_values` with `between_tolerance`.
  public var series: [String: [Double]] = [:]
  /// What a reader should know: absent classes, zero vectors, rows left out.
  public var warnings: [String] = []
  /// How the numbers came about, where that is to be known: what decided, in which precision.
  public var notes: [String] = []

  private var keys: [String] = []
  private var measurements: [Measurement] = []

  /// A report with nothing measured yet, on N = `sampleCount` rows of d = `dimension` numbers.
  public init(
    convention: Convention, sampleCount: Int, dimension: Int, classes: [Class]
  ) {
    self.convention = convention
    self.sampleCount = sampleCount
    self.dimension = dimension
    self.classes = classes
  }

  /// The measurement of a measure, or `nil` when it was not asked for.
  public subscript(measure: Measure) -> Measurement? { self[measure.key] }

  /// The measurement of `key`, which may be of none of the catalogue: `ood_noise_neco_auroc`.
  public subscript(key: String) -> Measurement? {
    keys.firstIndex(of: key).map { measurements[$0] }
  }
}
