public import CollapseCore

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
  /// Whether to measure the effective rank of each class's scatter, which takes all rows at once.
  public var classSpectra = false
  /// Rows per class that the few-shot error learns from; `nil` where it is not measured.
  public var fewShotCount: Int? = nil
  /// Rows per class whose local elasticity is measured; `nil` where it is not.
  public var elasticityRows: Int? = nil
  /// Whether the classifier has a bias, which a gradient step changes too.
  package var elasticityHasBias = true
  /// Where rows go that are too many for memory; `nil` for the system's folder of temporary files.
  package var spoolFolder: String? = nil
  /// Bytes the analysis may take before it is refused, or `nil` for the machine's memory.
  public var memoryLimit: Int? = nil
  /// The λ of λ/2‖·‖² the network was trained with, for the regularized optimum.
  public var weightDecay: Double? = nil
  /// Leaves out rows with NaN or infinite features, with a warning, where they would be an error.
  public var droppingNonFinite = false
  /// The class means for the nearest-class-mean decisions, those of the training split when a
  /// test split is measured; `nil` for the means of the rows themselves.
  public var meansFrom: ClassStatistics? = nil
  /// What `meansFrom` is, as reports name it: the path of a file.
  public var meansSource: String? = nil
  /// Whether NC1 and the cosines are also measured about `meansFrom` (Hui, Belkin & Nakkiran
  /// 2022): keys with the suffix `_about_training`. Takes another pass over the rows.
  public var measuresAboutTraining = false
  /// Which rows count, by their labels.
  public var labels = LabelSelection()
  /// Whether everything is measured on h/‖h‖.
  public var unitNorm = false
  /// Which tables of values per pair of classes the report holds.
  public var pairs = PairTables.automatic
  /// Whether the products of many classes are in float32 where that is certain; `nil` where it pays.
  package var decidesInFloat32: Bool? = nil
  /// Ends the analysis when it is requested.
  public var interruption = Interruption()
  /// The mean feature of an out-of-distribution set, of length d.
  public var outOfDistributionMean: [Double]? = nil
  /// Sets of samples of no class, told from the rows by NECO and NCI.
  public var outOfDistributionSets: [OutOfDistributionSet] = []
  /// The features whose principal directions NECO projects on, those of the training split when a
  /// test split is measured; `nil` for the rows themselves.
  public var principalFeatures: [any RowBlocks]? = nil
  /// How many of them; `nil` for one less than there are classes.
  public var principalDirections: Int? = nil
  /// α of NCI's ‖h‖₁.
  public var magnitudeShare = 0.0
  /// Names by label, `names[label]`; names of labels that do not occur are absent classes.
  public var classNames: [String] = []
  /// The row of W (and b) of each label. `nil`: labels are rows of W, or, when W has as many rows
  /// as there are classes, its rows are the classes by ascending label.
  public var classifierRows: [Int64: Int]? = nil

  /// The standard convention and what costs least: no spectrum, and class means of the rows.
  public init() {}
}

/// Which rows count, by their labels; the others are left out, and counted.
public struct LabelSelection: Sendable, Hashable, Codable {
  /// Labels that are none, such as −100.
  public var ignored: Set<Int64> = []
  /// The only classes that count; `nil` for all.
  public var classes: Set<Int64>? = nil

  /// All labels.
  public init() {}

  /// Whether rows of this label count.
  public func contains(_ label: Int64) -> Bool {
    !ignored.contains(label) && classes?.contains(label) ?? true
  }
}

/// Which tables of values per pair of classes a report holds.
public enum PairTables: String, Sendable, Hashable, Codable, CaseIterable {
  /// All pairs up to 100 classes, none above.
  case automatic
  /// All pairs, however many: C² values for each table.
  case all
  /// The 100 largest and the 100 smallest values.
  case extremes
  /// No pairs.
  case none

  static let fewClasses = 100
  static let extremeCount = 100
}
