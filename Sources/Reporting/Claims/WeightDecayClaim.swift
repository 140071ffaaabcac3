/// With batch normalization, more weight decay brings the features closer to collapse.
struct WeightDecayClaim: Claim {
  let name = "weight-decay"
  let statement =
    "With batch normalization, the minimum intra-class cosine rises and the maximum inter-class "
    + "cosine falls toward −1/(C−1) as weight decay grows, up to a point."
  let test =
    "Over the weight decays at which every seed reaches zero training error: Page's trend test "
    + "with seeds as blocks (p from random orders within blocks), and the change from the least to "
    + "the largest of them, mean and 95 % interval over seeds."

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    for facet in study.facets {
      for kind in study.batchNormalizations where kind == "all" || kind == "last" {
        let decays = study.separatingWeightDecays(facet: facet, batchNormalization: kind)
        guard decays.count >= 3 else { continue }
        let intra = Trend(study, "cos_intra_min", rises: true, facet, kind, decays)
        let inter = Trend(study, "cos_inter_max", rises: false, facet, kind, decays)
        guard let intra, let inter else { continue }
        outcomes += [intra.outcome, inter.outcome]
        rows.append(
          study.settingCells(facet, kind)
            + [.number(decays.first!), .number(decays.last!), .integer(intra.change.count)]
            + intra.cells + inter.cells)
      }
    }
    guard !rows.isEmpty else {
      throw Untested(
        reason:
          "it needs batch normalization, two seeds and three weight decays with zero training "
          + "error")
    }
    let count = outcomes.count { $0 == .agrees }
    return Finding(
      verdict: Finding.verdict(outcomes),
      sentence:
        "\(count) of \(outcomes.count) trends run as claimed with p < 0.05 and an interval of "
        + "the change that leaves out zero.",
      table: Table(
        name: name, caption: "From the least to the largest weight decay with zero training error",
        columns: study.settingColumns + [
          .init("from", "from λ"), .init("to", "to λ"), .init("seeds", "seeds"),
          .init("intra_change", "change of cos intra min", isNumeric: false),
          .init("intra_p", "p", format: .significant(2)),
          .init("inter_change", "change of cos inter max", isNumeric: false),
          .init("inter_p", "p", format: .significant(2)),
        ], rows: rows))
  }
}

/// How a measure goes with weight decay, seed by seed.
private struct Trend {
  let change: SeedInterval
  let probability: Double
  let outcome: Finding.Outcome

  init?(
    _ study: Study, _ measure: String, rises: Bool, _ facet: Setting.Facet, _ kind: String?,
    _ decays: [Double]
  ) {
    let blocks = study.valuesBySeed(
      measure, facet: facet, batchNormalization: kind, weightDecays: decays
    ).map(\.values)
    guard blocks.count >= 2, let change = SeedInterval(blocks.map { $0.last! - $0.first! }),
      let probability = PermutationTest.risingTrend(
        rises ? blocks : blocks.map { $0.map { -$0 } })
    else { return nil }
    self.change = change
    self.probability = probability
    let isRight = rises ? change.isPositive : change.isNegative
    let isWrong = rises ? change.isNegative : change.isPositive
    outcome = isWrong ? .disagrees : isRight && probability < 0.05 ? .agrees : .inconclusive
  }

  var cells: [Table.Cell] { [.text(change.text(.fixed(3))), .number(probability)] }
}
