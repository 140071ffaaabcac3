/// One measure of neural collapse: what is computed, under which key, and what it means.
///
/// Each is declared once, as a constant that is named like its key: ``nc1Pinv`` is `nc1_pinv`. Those
/// of several kinds of vectors are members of that kind: ``nc2Means``, ``nc2Weights``, ``cosines``,
/// ``uncentredCosines``. A report has its value under the constant, so that a name that is none does
/// not compile.
public struct Measure: Sendable, Hashable {
  /// The sections of the catalogue.
  public enum Group: String, Sendable, Hashable, Codable, CaseIterable {
    /// How far samples are from the mean of their class.
    case variability = "Variability (NC1)"
    /// Norms and angles of the class means: those of a simplex under collapse.
    case meansGeometry = "Geometry of the class means (NC2)"
    /// Norms and angles of the rows of W: those of a simplex under collapse.
    case weightsGeometry = "Geometry of the classifier (NC2)"
    /// How far rows of W are from the class means they belong to.
    case duality = "Duality (NC3)"
    /// Whether the classifier decides as the nearest class mean does.
    case decision = "Decision (NC4)"
    /// How samples of no class stand to those of the classes.
    case outOfDistribution = "Out-of-distribution orthogonality (NC5)"
    /// Cosines of samples within and between classes, about the global mean.
    case cosines = "Cosine similarities about the global mean"
    /// Cosines of samples within and between classes, about the origin.
    case uncentredCosines = "Cosine similarities about the origin"
    /// Ranks and singular values.
    case spectrum = "Spectrum"
    /// What the classifier makes of the samples: loss, accuracy, margins.
    case loss = "Loss and margins"
    /// How far the loss is from the least it could be.
    case nearOptimality = "Near-optimality"
    /// How features and weights of a linear regression collapse.
    case regression = "Regression (NRC)"
  }

  /// Which way a measure moves as a network collapses.
  public enum Direction: String, Sendable, Hashable, Codable {
    /// It falls.
    case lower
    /// It rises.
    case higher
    /// A descriptive number; neither way is nearer to collapse.
    case none
  }

  /// What a measure needs besides features and labels.
  public enum Requirement: String, Sendable, Hashable, Codable {
    /// W, and b where the layer has one.
    case classifier
    /// The d×d scatter, computed on request.
    case spectrum
    /// All rows of a class at once, on request.
    case classSpectra = "class-spectrum"
    /// A number of rows per class to learn from, on request.
    case fewShot = "few-shot"
    /// A number of rows per class to compare, on request.
    case localElasticity = "local-elasticity"
    /// The λ the network was trained with.
    case weightDecay = "weight-decay"
    /// Numbers to predict in the place of labels.
    case targets
    /// The mean of an out-of-distribution set.
    case outOfDistribution = "out-of-distribution"
  }

  /// The key in JSON and CSV.
  public let key: String
  /// The section of the catalogue it is in.
  public let group: Group
  /// The formula in plain text: `tr(Σ_W Σ_B⁺)/C`.
  public let formula: String
  /// One sentence: what the number says.
  public let definition: String
  /// The value under perfect collapse, in plain text (`0`, `−1/(C−1)`), or `nil` for a
  /// descriptive number.
  public let underCollapse: String?
  /// Who published it: `Papyan, Han & Donoho 2020`.
  public let citation: String?
  /// Which way it moves as a network collapses.
  public let direction: Direction
  /// What it needs besides features and labels; `nil` for nothing.
  public let requirement: Requirement?
  /// Whether it is one of classes, rather than of all rows alike.
  public let needsLabels: Bool
  /// Whether the value under collapse is that of a simplex, which C > d + 1 classes cannot form.
  public let needsSimplex: Bool

  /// What the keys of measures about the means of a training set end with.
  public static let aboutTrainingSuffix = "_about_training"

  /// The value under perfect collapse of so many classes and features, or `nil` where none can be
  /// reached or the number is descriptive.
  public func underCollapse(classes: Int, dimension: Int) -> String? {
    needsSimplex && classes > dimension + 1 ? nil : underCollapse
  }

  /// Whether the measure needs W (and b).
  public var needsClassifier: Bool { requirement == .classifier || requirement == .weightDecay }

  init(
    _ key: String, _ group: Group, _ formula: String, _ definition: String,
    underCollapse: String? = nil, _ direction: Direction = .none, citation: String? = nil,
    needs requirement: Requirement? = nil, needsLabels: Bool = true, needsSimplex: Bool = false
  ) {
    self.key = key
    self.group = group
    self.formula = formula
    self.definition = definition
    self.underCollapse = underCollapse
    self.direction = direction
    self.citation = citation
    self.requirement = requirement
    self.needsLabels = needsLabels
    self.needsSimplex = needsSimplex
  }

  /// Every measure, in the order of reports and tables.
  public static let catalogue: [Measure] = MeasureFamily.all.flatMap(\.measures)

  /// The measure called `key`, or `nil`.
  public static func named(_ key: String) -> Measure? {
    catalogue.first { $0.key == key }
  }
}
