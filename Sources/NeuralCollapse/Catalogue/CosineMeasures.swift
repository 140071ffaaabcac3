/// Cosine similarities of samples within and between classes: the same about the global mean and about
/// the origin, under keys with another infix.
public struct CosineMeasures: Sendable {
  /// `cos_intra_mean`, or `cos_intra_uncentred_mean`.
  public let intraMean: Measure
  /// `cos_intra_min`, or `cos_intra_uncentred_min`.
  public let intraMin: Measure
  /// `cos_intra_deficit_max`, or `cos_intra_uncentred_deficit_max`.
  public let intraDeficitMax: Measure
  /// `cos_intra_unbiased_min`, or `cos_intra_uncentred_unbiased_min`.
  public let intraUnbiasedMin: Measure
  /// `cos_inter_mean`, or `cos_inter_uncentred_mean`.
  public let interMean: Measure
  /// `cos_inter_max`, or `cos_inter_uncentred_max`.
  public let interMax: Measure
  /// `cos_inter_excess_max`, or `cos_inter_uncentred_excess_max`.
  public let interExcessMax: Measure
  /// Per class, `cos_intra` or `cos_intra_uncentred`.
  public let intra: TableKey
  /// Per class, `cos_intra_deficit` or `cos_intra_uncentred_deficit`.
  public let intraDeficit: TableKey
  /// Per class, `cos_intra_unbiased` or `cos_intra_uncentred_unbiased`.
  public let intraUnbiased: TableKey
  /// Per pair of classes, `cos_inter` or `cos_inter_uncentred`.
  public let inter: TableKey
  /// What stands behind `cos_intra` and `cos_inter` in the keys: nothing, or `_uncentred`.
  let infix: String

  fileprivate init(_ infix: String, unit: String, _ group: Measure.Group) {
    self.infix = infix
    func measure(
      _ start: String, _ end: String, _ formula: String, _ definition: String,
      underCollapse: String?, _ direction: Measure.Direction
    ) -> Measure {
      // Uncentred cosines between classes depend on the global mean: nothing is promised.
      let isBetween = start == "cos_inter"
      let promised = infix.isEmpty || !isBetween
      return Measure(
        start + infix + end, group, formula, "\(definition), over \(unit).",
        underCollapse: promised ? underCollapse : nil, promised ? direction : .none,
        citation: "Pan & Cao 2023", needsSimplex: isBetween)
    }
    intraMean = measure(
      "cos_intra", "_mean", "mean_c n_c⁻² Σ_ij u_i·u_j",
      "Mean over classes of the mean cosine within a class", underCollapse: "1", .higher)
    intraMin = measure(
      "cos_intra", "_min", "min_c n_c⁻² Σ_ij u_i·u_j", "Least mean cosine within a class",
      underCollapse: "1", .higher)
    intraDeficitMax = measure(
      "cos_intra", "_deficit_max", "1 − min_c n_c⁻² Σ_ij u_i·u_j",
      "What the least mean cosine within a class lacks of 1, accumulated as a spread",
      underCollapse: "0", .lower)
    intraUnbiasedMin = measure(
      "cos_intra", "_unbiased_min", "min_c Σ_{i≠j} u_i·u_j /(n_c(n_c−1))",
      "Least mean cosine within a class, self-pairs left out", underCollapse: "1", .higher)
    interMean = measure(
      "cos_inter", "_mean", "mean over pairs of ū_c·ū_c'",
      "Mean cosine between samples of two classes", underCollapse: "−1/(C−1)", .lower)
    interMax = measure(
      "cos_inter", "_max", "max over pairs of ū_c·ū_c'",
      "Largest mean cosine between samples of two classes", underCollapse: "−1/(C−1)", .lower)
    interExcessMax = measure(
      "cos_inter", "_excess_max", "max over pairs of ū_c·ū_c' + 1/(C−1)",
      "Excess of the largest mean cosine between two classes over a simplex ETF's",
      underCollapse: "0", .lower)
    intra = TableKey(
      "cos_intra" + infix, .perClass, group, "n_c⁻² Σ_ij u_i·u_j",
      "Mean cosine within a class, over \(unit).", underCollapse: "1")
    intraDeficit = TableKey(
      "cos_intra\(infix)_deficit", .perClass, group, "1 − n_c⁻² Σ_ij u_i·u_j",
      "What it lacks of 1, accumulated as a spread, over \(unit).", underCollapse: "0")
    intraUnbiased = TableKey(
      "cos_intra\(infix)_unbiased", .perClass, group, "Σ_{i≠j} u_i·u_j /(n_c(n_c−1))",
      "Mean cosine within a class, self-pairs left out, over \(unit).", underCollapse: "1")
    inter = TableKey(
      "cos_inter" + infix, .perPair, group, "ū_c·ū_c'",
      "Mean cosine between samples of two classes, over \(unit).",
      underCollapse: infix.isEmpty ? "−1/(C−1)" : nil)
  }

  /// The tables, in the order of the catalogue.
  var tables: [TableKey] { [intra, intraDeficit, intraUnbiased, inter] }

  /// All, in the order of the catalogue.
  var all: [Measure] {
    [
      intraMean, intraMin, intraDeficitMax, intraUnbiasedMin, interMean,
      interMax, interExcessMax,
    ]
  }
}

extension Measure {
  /// Cosines about the global mean, of u = (h−μ_G)/‖h−μ_G‖: `cos_intra_…`, `cos_inter_…`.
  public static let cosines = CosineMeasures("", unit: "u = (h−μ_G)/‖h−μ_G‖", .cosines)

  /// Cosines about the origin, of u = h/‖h‖: `cos_intra_uncentred_…`, `cos_inter_uncentred_…`.
  public static let uncentredCosines = CosineMeasures(
    "_uncentred", unit: "u = h/‖h‖", .uncentredCosines)
}
