import CollapseCore
import LinearAlgebra

extension Measure {
  /// `condensation` of the output.
  public static let condensation = Measure(
    "condensation", .uncentredCosines, "‖mean of h/‖h‖‖²",
    "Mean cosine over all pairs of samples: 1 when all features share one direction.",
    citation: "Unified batch normalization 2023", needsLabels: false)

  /// `condensation_unbiased` of the output.
  public static let condensationUnbiased = Measure(
    "condensation_unbiased", .uncentredCosines, "(nq − 1)/(n − 1), q = ‖mean of h/‖h‖‖²",
    "Mean cosine over pairs of different samples.",
    citation: "Unified batch normalization 2023", needsLabels: false)
}

extension MeasureFamily {
  static let cosines = MeasureFamily(
    measures: Measure.cosines.all,
    evaluate: { summary, findings in
      try recordCosines(
        of: summary.scatter.centredDirections, as: Measure.cosines, sampleCounts: summary.counts,
        summary, &findings)
    })

  static let uncentredCosines = MeasureFamily(
    measures: Measure.uncentredCosines.all + [.condensation, .condensationUnbiased],
    evaluate: { summary, findings in
      let directions = summary.scatter.uncentredDirections
      try recordCosines(
        of: directions, as: Measure.uncentredCosines, sampleCounts: summary.counts, summary,
        &findings)
      let total = directions.counts.reduce(0, +)
      guard total > 0 else {
        return findings.undefined(
          [.condensation, .condensationUnbiased], "every feature vector is zero")
      }
      var mean = [Double](repeating: 0, count: summary.dimension)
      for (index, count) in directions.counts.enumerated() where count > 0 {
        let share = Double(count) / Double(total)
        for (column, value) in directions.meanDirections.row(index).enumerated() {
          mean[column] += share * value
        }
      }
      let condensation = mean.reduce(0) { $0 + $1 * $1 }
      findings[.condensation] = condensation
      if total > 1 {
        findings[.condensationUnbiased] =
          (Double(total) * condensation - 1) / Double(total - 1)
      } else {
        findings.undefined([.condensationUnbiased], "one sample")
      }
    })

  private static func recordCosines(
    of directions: DirectionStatistics, as measures: CosineMeasures, sampleCounts: [Int],
    _ summary: CollapseSummary, _ findings: inout Findings
  ) throws {
    let missing = zip(sampleCounts, directions.counts).reduce(0) { $0 + $1.0 - $1.1 }
    if missing > 0 {
      findings.warnings.append(
        "\(missing) zero vector\(missing == 1 ? "" : "s") "
          + (measures.infix.isEmpty ? "after the global mean is taken away" : "among the features")
          + ": no direction, left out of the cosines")
    }
    let present = directions.counts.indices.filter { directions.counts[$0] > 0 }
    let spreads = directions.spreads
    findings[perClass: measures.intra] = spreads.map { $0.map { 1 - $0 } }
    findings[perClass: measures.intraDeficit] = spreads
    let defined = spreads.compactMap { $0 }
    guard let worst = defined.max() else {
      return findings.undefined(measures.all, "every vector is zero")
    }
    findings[measures.intraMean] = 1 - defined.reduce(0, +) / Double(defined.count)
    findings[measures.intraMin] = 1 - worst
    findings[measures.intraDeficitMax] = worst
    let unbiased = zip(spreads, directions.counts).map { spread, count -> Double? in
      count > 1 ? spread.map { 1 - $0 * Double(count) / Double(count - 1) } : nil
    }
    findings[perClass: measures.intraUnbiased] = unbiased
    if let least = unbiased.compactMap({ $0 }).min() {
      findings[measures.intraUnbiasedMin] = least
    } else {
      findings.undefined([measures.intraUnbiasedMin], "one sample in every class")
    }

    let known = directions.counts.map { $0 > 0 }
    let table = try PairTable(
      directions.meanDirections, isKnown: (known, known), wanted: summary.pairTables,
      summary.tiles)
    findings.record(table, as: measures.inter)
    guard present.count > 1 else {
      return findings.undefined(
        [measures.interMean, measures.interMax, measures.interExcessMax],
        summary.classCount == 1 ? "one class" : "one class with directions")
    }
    findings[measures.interMean] = table.moments.mean
    findings[measures.interMax] = table.largest
    findings[measures.interExcessMax] = table.largest + 1 / Double(summary.classCount - 1)
  }
}
