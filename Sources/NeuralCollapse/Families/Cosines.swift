import CollapseCore
import LinearAlgebra

extension MeasureFamily {
  static let cosines = MeasureFamily(
    measures: cosineMeasures(suffix: "", unit: "u = (h−μ_G)/‖h−μ_G‖", .cosines),
    evaluate: { summary, findings in
      try recordCosines(
        of: summary.scatter.centredDirections, suffix: "", sampleCounts: summary.counts,
        summary, &findings)
    })

  static let uncentredCosines = MeasureFamily(
    measures: cosineMeasures(suffix: "_uncentred", unit: "u = h/‖h‖", .uncentredCosines) + [
      Measure(
        "condensation", .uncentredCosines, "‖mean of h/‖h‖‖²",
        "Mean cosine over all pairs of samples: 1 when all features share one direction.",
        citation: "Unified batch normalization 2023"),
      Measure(
        "condensation_unbiased", .uncentredCosines, "(nq − 1)/(n − 1), q = ‖mean of h/‖h‖‖²",
        "Mean cosine over pairs of different samples.",
        citation: "Unified batch normalization 2023"),
    ],
    evaluate: { summary, findings in
      let directions = summary.scatter.uncentredDirections
      try recordCosines(
        of: directions, suffix: "_uncentred", sampleCounts: summary.counts, summary, &findings)
      let total = directions.counts.reduce(0, +)
      guard total > 0 else {
        return findings.undefined(
          ["condensation", "condensation_unbiased"], "every feature vector is zero")
      }
      var mean = [Double](repeating: 0, count: summary.dimension)
      for (index, count) in directions.counts.enumerated() where count > 0 {
        let share = Double(count) / Double(total)
        for (column, value) in directions.meanDirections.row(index).enumerated() {
          mean[column] += share * value
        }
      }
      let condensation = mean.reduce(0) { $0 + $1 * $1 }
      findings["condensation"] = condensation
      if total > 1 {
        findings["condensation_unbiased"] =
          (Double(total) * condensation - 1) / Double(total - 1)
      } else {
        findings.undefined(["condensation_unbiased"], "one sample")
      }
    })

  private static func cosineMeasures(
    suffix: String, unit: String, _ group: Measure.Group
  ) -> [Measure] {
    func measure(
      _ key: String, _ formula: String, _ definition: String, underCollapse: String?,
      _ direction: Measure.Direction
    ) -> Measure {
      // Uncentred cosines between classes depend on the global mean: nothing is promised.
      let promised = suffix.isEmpty || !key.hasPrefix("cos_inter")
      return Measure(
        key.replacingInfix(with: suffix), group, formula, "\(definition), over \(unit).",
        underCollapse: promised ? underCollapse : nil, promised ? direction : .none,
        citation: "Pan & Cao 2023", needsSimplex: key.hasPrefix("cos_inter"))
    }
    return [
      measure(
        "cos_intra_mean", "mean_c n_c⁻² Σ_ij u_i·u_j",
        "Mean over classes of the mean cosine within a class", underCollapse: "1", .higher),
      measure(
        "cos_intra_min", "min_c n_c⁻² Σ_ij u_i·u_j", "Least mean cosine within a class",
        underCollapse: "1", .higher),
      measure(
        "cos_intra_deficit_max", "1 − min_c n_c⁻² Σ_ij u_i·u_j",
        "What the least mean cosine within a class lacks of 1, accumulated as a spread",
        underCollapse: "0", .lower),
      measure(
        "cos_intra_unbiased_min", "min_c Σ_{i≠j} u_i·u_j /(n_c(n_c−1))",
        "Least mean cosine within a class, self-pairs left out", underCollapse: "1", .higher),
      measure(
        "cos_inter_mean", "mean over pairs of ū_c·ū_c'",
        "Mean cosine between samples of two classes", underCollapse: "−1/(C−1)", .lower),
      measure(
        "cos_inter_max", "max over pairs of ū_c·ū_c'",
        "Largest mean cosine between samples of two classes", underCollapse: "−1/(C−1)", .lower),
      measure(
        "cos_inter_excess_max", "max over pairs of ū_c·ū_c' + 1/(C−1)",
        "Excess of the largest mean cosine between two classes over a simplex ETF's",
        underCollapse: "0", .lower),
    ]
  }

  private static func recordCosines(
    of directions: DirectionStatistics, suffix: String, sampleCounts: [Int],
    _ summary: CollapseSummary, _ findings: inout Findings
  ) throws {
    func key(_ name: String) -> String { name.replacingInfix(with: suffix) }
    let missing = zip(sampleCounts, directions.counts).reduce(0) { $0 + $1.0 - $1.1 }
    if missing > 0 {
      findings.warnings.append(
        "\(missing) zero vector\(missing == 1 ? "" : "s") "
          + (suffix.isEmpty ? "after the global mean is taken away" : "among the features")
          + ": no direction, left out of the cosines")
    }
    let present = directions.counts.indices.filter { directions.counts[$0] > 0 }
    let spreads = directions.spreads
    findings.perClass["cos_intra" + suffix] = spreads.map { $0.map { 1 - $0 } }
    findings.perClass["cos_intra\(suffix)_deficit"] = spreads
    let defined = spreads.compactMap { $0 }
    guard let worst = defined.max() else {
      return findings.undefined(
        cosineMeasures(suffix: suffix, unit: "", .cosines).map(\.key), "every vector is zero")
    }
    findings[key("cos_intra_mean")] = 1 - defined.reduce(0, +) / Double(defined.count)
    findings[key("cos_intra_min")] = 1 - worst
    findings[key("cos_intra_deficit_max")] = worst
    let unbiased = zip(spreads, directions.counts).map { spread, count -> Double? in
      count > 1 ? spread.map { 1 - $0 * Double(count) / Double(count - 1) } : nil
    }
    findings.perClass["cos_intra\(suffix)_unbiased"] = unbiased
    if let least = unbiased.compactMap({ $0 }).min() {
      findings[key("cos_intra_unbiased_min")] = least
    } else {
      findings.undefined([key("cos_intra_unbiased_min")], "one sample in every class")
    }

    let known = directions.counts.map { $0 > 0 }
    let table = try PairTable(
      directions.meanDirections, isKnown: (known, known), wanted: summary.pairTables,
      summary.tiles)
    findings.record(table, as: "cos_inter" + suffix)
    guard present.count > 1 else {
      return findings.undefined(
        ["cos_inter_mean", "cos_inter_max", "cos_inter_excess_max"].map(key),
        summary.classCount == 1 ? "one class" : "one class with directions")
    }
    findings[key("cos_inter_mean")] = table.moments.mean
    findings[key("cos_inter_max")] = table.largest
    findings[key("cos_inter_excess_max")] = table.largest + 1 / Double(summary.classCount - 1)
  }
}

extension String {
  /// `cos_intra_mean` with `_uncentred` becomes `cos_intra_uncentred_mean`.
  fileprivate func replacingInfix(with suffix: String) -> String {
    let words = split(separator: "_")
    return words[..<2].joined(separator: "_") + suffix + "_" + words[2...].joined(separator: "_")
  }
}
