/// The key of what a report holds more than one number of: a value per class or per pair of classes,
/// or a list.
///
/// Each is declared once, as a constant that is named like its key: ``withinVariance`` is
/// `within_variance`. Those of several kinds of vectors are members of that kind, as measures are:
/// ``FrameMeasures/norm``, ``CosineMeasures/intra``. A report has its values under the constant:
/// `report[perClass: .withinVariance]`.
public struct TableKey: Sendable, Hashable {
  /// What there is a number for.
  public enum Shape: String, Sendable, Hashable, Codable {
    /// One number for each class: ``CollapseReport/perClass``.
    case perClass = "per class"
    /// One number for each pair of classes: ``CollapseReport/perPair``.
    case perPair = "per pair of classes"
    /// A list of its own length: ``CollapseReport/series``.
    case list = "list"
  }

  /// The key in JSON and CSV.
  public let key: String
  /// What there is a number for.
  public let shape: Shape
  /// The section of the catalogue it is in.
  public let group: Measure.Group
  /// The formula of one of the numbers in plain text.
  public let formula: String
  /// One sentence: what the numbers say.
  public let definition: String
  /// The value of each under perfect collapse, in plain text, or `nil` for descriptive numbers.
  public let underCollapse: String?
  /// What is needed besides features and labels.
  public let requirement: Measure.Requirement?

  init(
    _ key: String, _ shape: Shape, _ group: Measure.Group, _ formula: String,
    _ definition: String, underCollapse: String? = nil,
    needs requirement: Measure.Requirement? = nil
  ) {
    self.key = key
    self.shape = shape
    self.group = group
    self.formula = formula
    self.definition = definition
    self.underCollapse = underCollapse
    self.requirement = requirement
  }

  /// Every key there is, in the order of the sections, but for those that are named after the sets and
  /// classes of an analysis (`ood_<set>_<score>_…`, ``classSpectrum(_:)``): a new table is registered
  /// here.
  public static let catalogue: [TableKey] =
    [
      .withinVariance, .betweenSingularValues, .betweenTolerance, Measure.nc2Means.norm,
      Measure.nc2Weights.norm, .nc3Cosine, .nc3CosineGap, .accuracy, .nearestMeanAccuracy,
    ] + Measure.cosines.tables + Measure.uncentredCosines.tables + [
      .spectrumSingularValues, .classEffectiveRank, .classSpectrumLeast, .classSpectrumMedian,
      .classSpectrumGreatest, .marginQuantileProbabilities, .marginQuantiles,
      .cosineMarginQuantiles, .targetSingularValues,
    ]
}

extension CollapseReport {
  /// The values of a table per class, as many as ``classes``, or `nil` where it was not measured.
  public subscript(perClass table: TableKey) -> [Double?]? { perClass[table.key] }

  /// The values of a table per pair of classes, classes × classes, or `nil` where it was not measured
  /// or not asked for.
  public subscript(perPair table: TableKey) -> [[Double?]]? { perPair[table.key] }

  /// The numbers of a list, or `nil` where it was not measured.
  public subscript(list table: TableKey) -> [Double]? { series[table.key] }
}

extension Findings {
  /// The values per class that were found.
  subscript(perClass table: TableKey) -> [Double?]? {
    get { perClass[table.key] }
    set { perClass[table.key] = newValue }
  }

  /// The list that was found.
  subscript(list table: TableKey) -> [Double]? {
    get { series[table.key] }
    set { series[table.key] = newValue }
  }
}
