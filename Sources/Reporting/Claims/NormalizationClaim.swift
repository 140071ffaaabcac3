import CollapseCore
import LibC
import NeuralCollapse

/// Without batch normalization, weight decay does less.
struct NormalizationClaim: Claim {
  let paper = Paper.panCao
  let axes = [Condition.Axis.normalization.name]
  let name = "batch-normalization"
  let statement = "Without batch normalization the effect of weight decay is weaker."
  let test =
    "The gain of a seed is how many powers of ten the distance from collapse (1 − the minimum "
    + "intra-class cosine; the maximum inter-class cosine + 1/(C−1)) shrinks from the least to the "
    + "largest weight decay at which every seed of both kinds reaches zero training error: a "
    + "distance, as cosines near their limits have no room to change. The gains with and without "
    + "batch normalization are paired by seed: mean difference with 95 % interval, and a sign-flip "
    + "permutation test."

  private static let measures = [
    Measure.cosines.intraDeficitMax, Measure.cosines.interExcessMax,
  ]

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    for facet in study.claimFacets {
      guard let bare = facet.first(where: { $0.placement == Normalization.Placement.none }) else {
        continue
      }
      let without = bare.separatingWeightDecays
      for setting in facet where setting.placement == .all || setting.placement == .last {
        let common = setting.separatingWeightDecays.filter(without.contains)
        guard let least = common.first, let largest = common.last, least < largest else { continue }
        for measure in Self.measures {
          func gains(_ setting: ClaimSetting) -> [(seed: UInt64?, gain: Double)] {
            setting.valuesBySeed(measure, weightDecays: [least, largest])
              .filter { $0.values.allSatisfy { $0 > 0 } }
              .map { ($0.seed, log10($0.values[0] / $0.values[1])) }
          }
          let plain = gains(bare)
          let pairs = gains(setting).compactMap { normalized in
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
            setting.cells
              + [.text(measure.key), .number(least), .number(largest), .integer(pairs.count)]
              + [with, without, difference].map { .text($0.text(.fixed(2))) }
              + [.number(probability)])
        }
      }
    }
    guard !rows.isEmpty else {
      let facets = study.claimFacets
      let pairs = facets.filter { facet in
        facet.contains { $0.placement == Normalization.Placement.none }
          && facet.contains { $0.placement == .all || $0.placement == .last }
      }.flatMap(\.self)
      throw Untested([
        ("runs with and without batch normalization", !pairs.isEmpty),
        ("two seeds", pairs.contains { $0.kind.runs.seedCount >= 2 }),
        ("two weight decays", pairs.contains { $0.byWeightDecay.count >= 2 }),
        (
          "two weight decays with zero training error of every run, with and without it",
          pairs.filter { $0.separatingWeightDecays.count >= 2 }.count >= 2
        ),
      ])
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
        columns: ClaimSetting.columns(study) + [
          .init("measure", "measure", isNumeric: false), .init("from", "from λ"),
          .init("to", "to λ"), .init("seeds", "seeds"),
          .init("gain_with", "gain with BN", isNumeric: false),
          .init("gain_without", "gain without", isNumeric: false),
          .init("difference", "difference", isNumeric: false),
          .init("p", "p", format: .significant(2)),
        ], rows: rows))
  }
}
