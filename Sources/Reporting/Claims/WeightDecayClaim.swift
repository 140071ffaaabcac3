import CollapseCore
import NeuralCollapse

/// With batch normalization, more weight decay brings the features closer to collapse.
struct WeightDecayClaim: Claim {
  let paper = Paper.panCao
  let axes = [Condition.Axis.weightDecay.name]
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
    for setting in study.normalizedSettings {
      let decays = setting.separatingWeightDecays
      guard decays.count >= 3,
        let intra = Trend(setting, .cosines.intraMin, rises: true, decays),
        let inter = Trend(setting, .cosines.interMax, rises: false, decays)
      else { continue }
      outcomes += [intra.outcome, inter.outcome]
      rows.append(
        setting.cells
          + [.number(decays.first!), .number(decays.last!), .integer(intra.change.count)]
          + intra.cells + inter.cells)
    }
    guard !rows.isEmpty else {
      let normalized = study.normalizedSettings
      let settings = normalized.isEmpty ? study.claimSettings : normalized
      throw Untested([
        ("batch normalization", !normalized.isEmpty),
        ("two seeds", settings.contains { $0.kind.runs.seedCount >= 2 }),
        ("three weight decays", settings.contains { $0.byWeightDecay.count >= 3 }),
        (
          "three weight decays with zero training error of every run",
          settings.contains { $0.separatingWeightDecays.count >= 3 }
        ),
      ])
    }
    let count = outcomes.count { $0 == .agrees }
    return Finding(
      verdict: Finding.verdict(outcomes),
      sentence:
        "\(count) of \(outcomes.count) trends run as claimed with p < 0.05 and an interval of "
        + "the change that leaves out zero.",
      table: Table(
        name: name, caption: "From the least to the largest weight decay with zero training error",
        columns: ClaimSetting.columns(study) + [
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

  init?(_ setting: ClaimSetting, _ measure: Measure, rises: Bool, _ decays: [Double]) {
    let blocks = setting.valuesBySeed(measure, weightDecays: decays).map(\.values)
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
