import CollapseCore

/// What to measure and how.
public struct AnalysisOptions: Sendable {
  /// The choices on which published definitions differ.
  public var convention: Convention = .standard
  /// Threads to use; the result has the same bits for any number.
  public var threads: Int = Processors.count
  /// Rows handled together, or `nil` for a number that suits d and C.
  public var blockRows: Int? = nil
  /// Whether to measure the spectrum and `nc1_vci`, which need a d×d matrix.
  public var spectrum = false
  /// Bytes the spectrum may take before it is refused, or `nil` for the machine's memory.
  public var memoryLimit: Int? = nil
  /// The λ of λ/2‖·‖² the network was trained with, for the regularized optimum.
  public var weightDecay: Double? = nil
  /// Leaves out rows with NaN or infinite features, with a warning, where they would be an error.
  public var droppingNonFinite = false
  /// The class means for the nearest-class-mean decisions, those of the training split when a
  /// test split is measured; `nil` for the means of the rows themselves.
  public var meansFrom: ClassStatistics? = nil
  /// The mean feature of an out-of-distribution set, of length d.
  public var outOfDistributionMean: [Double]? = nil
  /// Names by label, `names[label]`; names of labels that do not occur are absent classes.
  public var classNames: [String] = []
  /// The row of W (and b) of each label. `nil`: labels are rows of W, or, when W has as many rows
  /// as there are classes, its rows are the classes by ascending label.
  public var classifierRows: [Int64: Int]? = nil

  public init() {}
}
