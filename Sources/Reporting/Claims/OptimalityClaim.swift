import NeuralCollapse

/// The nearer the loss is to its optimum, the closer the features are to collapse.
struct OptimalityClaim: Claim {
  let paper = Paper.panCao
  let axes: [String] = []
  let name = "near-optimality"
  let statement =
    "At a given weight decay, the nearer the regularized loss is to its optimum the closer to "
    + "collapse; and across runs, the smaller the optimality log-ratio and the feature norm the "
    + "closer."
  let test =
    "Distance from collapse is 1 − the minimum intra-class cosine. Within a run, whose weight decay "
    + "and so whose optimum stay the same: Spearman's ρ with the regularized loss over the epochs "
    + "measured, the median over runs and a sign-flip permutation test. Across runs with zero "
    + "training error: Spearman's ρ with optimality_log_ratio and with the feature norm, p from "
    + "random pairings."

  /// With fewer runs no permutation test can reach p < 0.05.
  private static let leastRuns = 5

  private static func outcome(_ probability: Double, _ opposite: Double) -> Finding.Outcome {
    probability < 0.05 ? .agrees : opposite < 0.05 ? .disagrees : .inconclusive
  }

  private static let deficit = Measure.cosines.intraDeficitMax

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    for setting in study.claimSettings {
      let runs = setting.kind.runs
      let within = runs.compactMap(Self.correlationOverEpochs)
      if within.count >= Self.leastRuns, let median = Spread(within)?.median,
        let probability = PermutationTest.positive(within),
        let opposite = PermutationTest.positive(within.map { -$0 })
      {
        outcomes.append(Self.outcome(probability, opposite))
        rows.append(
          setting.cells
            + [
              .text("regularized loss, over epochs of a run"), .integer(within.count),
              .number(median), .number(probability),
            ])
      }
      for (measure, label) in [
        (Measure.optimalityLogRatio, "optimality_log_ratio, across runs"),
        (.featureRms, "feature norm, across runs"),
      ] {
        let pairs = runs.filter { ($0.trainingAccuracy ?? 0) >= 1 }.compactMap { run in
          run.headline?.value(measure).flatMap { x in
            run.headline?.value(Self.deficit).map { (x, $0) }
          }
        }
        guard pairs.count >= Self.leastRuns,
          let rho = Ranks.correlation(pairs.map(\.0), pairs.map(\.1)),
          let probability = PermutationTest.agreement(pairs.map(\.0), pairs.map(\.1)),
          let opposite = PermutationTest.agreement(pairs.map(\.0), pairs.map { -$0.1 })
        else { continue }
        outcomes.append(Self.outcome(probability, opposite))
        rows.append(
          setting.cells
            + [.text(label), .integer(pairs.count), .number(rho), .number(probability)])
      }
    }
    guard !rows.isEmpty else {
      let settings = study.claimSettings
      throw Untested([
        (
          "a classifier in what was measured",
          study.runs.contains { $0.headline?.value(.featureRms) != nil }
        ),
        (
          "five runs of one setting, whatever their weight decays",
          settings.contains { $0.kind.runs.count >= Self.leastRuns }
        ),
        (
          "five runs with the regularized loss and measures at four epochs, or with zero training "
            + "error", false
        ),
      ])
    }
    return Finding(
      verdict: Finding.verdict(outcomes),
      sentence:
        "\(outcomes.count { $0 == .agrees }) of \(outcomes.count) rank correlations are positive with "
        + "p < 0.05.",
      table: Table(
        name: name, caption: "Rank correlation with the distance from collapse",
        columns: ClaimSetting.columns(study) + [
          .init("against", "against", isNumeric: false), .init("runs", "runs"),
          .init("rho", "Spearman's ρ", format: .fixed(2)),
          .init("p", "p", format: .significant(2)),
        ], rows: rows))
  }

  /// Spearman's ρ between the regularized loss and the distance from collapse over the epochs
  /// that have both; `nil` with fewer than four.
  private static func correlationOverEpochs(_ run: RunRecord) -> Double? {
    let losses = Dictionary(
      run.history.compactMap { record in record.regularizedLoss.map { (record.epoch, $0) } },
      uniquingKeysWith: { $1 })
    let pairs = (run.mainSplit.map { run.trajectory(split: $0) } ?? []).compactMap { record in
      record.epoch.flatMap { losses[$0] }.flatMap { loss in record.value(deficit).map { (loss, $0) }
      }
    }
    return pairs.count >= 4 ? Ranks.correlation(pairs.map(\.0), pairs.map(\.1)) : nil
  }
}
