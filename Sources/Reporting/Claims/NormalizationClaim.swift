import LibC

/// Without batch normalization, weight decay does less.
struct NormalizationClaim: Claim {
  let name = "batch-normalization"
  let statement = "Without batch normalization the effect of weight decay is weaker."
  let test =
    "The gain of a seed is how many powers of ten the distance from collapse (1 − the minimum "
    + "intra-class cosine; the maximum inter-class cosine + 1/(C−1)) shrinks from the least to the "
    + "largest weight decay at which every seed of both kinds reaches zero training error: a "
    + "distance, as cosines near their limits have no room to change. The gains with and without "
    + "batch normalization are paired by seed: mean difference with 95 % interval, and a sign-flip "
    + "permutation test."

  private static let measures = ["cos_intra_deficit_max", "cos_inter_excess_max"]

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    for facet in study.facets {
      let without = study.separatingWeightDecays(facet: facet, batchNormalization: "none")
      for kind in study.batchNormalizations where kind == "all" || kind == "last" {
        let with = study.separatingWeightDecays(facet: facet, batchNormalization: kind)
        let common = with.filter(without.contains)
        guard let least = common.first, let largest = common.last, least < largest else { continue }
        for key in Self.measures {
          func gains(_ kind: String) -> [(seed: UInt64?, gain: Double)] {
            study.valuesBySeed(
              key, facet: facet, batchNormalization: kind, weightDecays: [least, largest]
            ).filter { $0.values.allSatisfy { $0 > 0 } }
              .map { ($0.seed, log10($0.values[0] / $0.values[1])) }
          }
          let plain = gains("none")
          let pairs = gains(kind!).compactMap { normalized in
            plain.first { $0.seed == normalized.seed }.map { (normalized.gain, $0.gain) }
          }
          guard pairs.count >= 2, let with = SeedInterval(pairs.map(\.0)),
            let without = SeedInterval(pairs.map(\.1)),
            let difference = SeedInterval(pairs.map { $0.0 - $0.1 }),
            let probability = PermutationTest.positive(pairs.map { $0.0 - $0.1 })
          else { continue }
          outcomes.append(
            difference.isPositive ? .agrees : difference.isNegative ? .disagrees : .inconclusive)
          rows.append(
            study.settingCells(facet, kind)
              + [.text(key), .number(least), .number(largest), .integer(pairs.count)]
              + [with, without, difference].map { .text($0.text(.fixed(2))) }
              + [.number(probability)])
        }
      }
    }
    guard !rows.isEmpty else {
      throw Untested(
        reason: "it needs runs with and without batch normalization, two seeds, and two weight "
          + "decays with zero training error")
    }
    return Finding(
      verdict: Finding.verdict(outcomes),
      sentence:
        "In \(outcomes.count { $0 == .agrees }) of \(outcomes.count) comparisons the gain is larger with "
        + "batch normalization, with an interval of the difference above zero.",
      table: Table(
        name: name,
        caption:
          "Powers of ten nearer to collapse, from the least to the largest common weight decay",
        columns: study.settingColumns + [
          .init("measure", "measure", isNumeric: false), .init("from", "from λ"),
          .init("to", "to λ"), .init("seeds", "seeds"),
          .init("gain_with", "gain with BN", isNumeric: false),
          .init("gain_without", "gain without", isNumeric: false),
          .init("difference", "difference", isNumeric: false),
          .init("p", "p", format: .significant(2)),
        ], rows: rows))
  }
}
