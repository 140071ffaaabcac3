/// The nearer the loss is to its optimum, the closer the features are to collapse.
struct OptimalityClaim: Claim {
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

  private static let deficit = "cos_intra_deficit_max"

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var agrees: [Bool] = []
    for facet in study.facets {
      for kind in study.batchNormalizations {
        let runs = study.runs.filter {
          Setting($0).facet == facet && $0.batchNormalization == kind
        }
        let within = runs.compactMap(Self.correlationOverEpochs)
        if within.count >= 2, let median = Spread(within)?.median,
          let probability = PermutationTest.positive(within)
        {
          agrees.append(median > 0 && probability < 0.05)
          rows.append(
            study.settingCells(facet, kind)
              + [
                .text("regularized loss, over epochs of a run"), .integer(within.count),
                .number(median), .number(probability),
              ])
        }
        for (key, label) in [
          ("optimality_log_ratio", "optimality_log_ratio, across runs"),
          ("feature_rms", "feature norm, across runs"),
        ] {
          let pairs = runs.filter { ($0.trainingAccuracy ?? 0) >= 1 }.compactMap { run in
            run.headline?.value(key).flatMap { x in
              run.headline?.value(Self.deficit).map { (x, $0) }
            }
          }
          guard pairs.count >= 5, let rho = Ranks.correlation(pairs.map(\.0), pairs.map(\.1)),
            let probability = PermutationTest.agreement(pairs.map(\.0), pairs.map(\.1))
          else { continue }
          agrees.append(rho > 0 && probability < 0.05)
          rows.append(
            study.settingCells(facet, kind)
              + [.text(label), .integer(pairs.count), .number(rho), .number(probability)])
        }
      }
    }
    guard !rows.isEmpty else {
      throw Untested(
        reason: "it needs runs with a classifier, measured at several epochs or weight decays")
    }
    return Finding(
      verdict: Finding.verdict(agrees),
      sentence: "\(agrees.count { $0 }) of \(agrees.count) rank correlations are positive with "
        + "p < 0.05.",
      table: Table(
        name: name, caption: "Rank correlation with the distance from collapse",
        columns: study.settingColumns + [
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
      losses[record.epoch].flatMap { loss in record.value(deficit).map { (loss, $0) } }
    }
    return pairs.count >= 4 ? Ranks.correlation(pairs.map(\.0), pairs.map(\.1)) : nil
  }
}
