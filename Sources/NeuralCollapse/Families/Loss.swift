import CollapseCore
import LinearAlgebra

extension Measure {
  /// `cross_entropy` of the output.
  public static let crossEntropy = Measure(
    "cross_entropy", .loss, "mean of log Σ_k exp(z_k − z_y)", "Mean cross-entropy, in nats.",
    .lower, needs: .classifier)

  /// `margin_min` of the output.
  public static let marginMin = Measure(
    "margin_min", .loss, "min of z_y − max_{k≠y} z_k", "Least margin.", .higher,
    needs: .classifier)

  /// `margin_mean` of the output.
  public static let marginMean = Measure(
    "margin_mean", .loss, "mean of z_y − max_{k≠y} z_k", "Mean margin.", .higher,
    needs: .classifier)

  /// `cosine_margin_min` of the output.
  public static let cosineMarginMin = Measure(
    "cosine_margin_min", .loss, "min of cos(w_y, h) − max_{k≠y} cos(w_k, h)",
    "Least margin of the cosines with the rows of W.", .higher, citation: "Jiang et al. 2023",
    needs: .classifier)

  /// `cosine_margin_mean` of the output.
  public static let cosineMarginMean = Measure(
    "cosine_margin_mean", .loss, "mean of cos(w_y, h) − max_{k≠y} cos(w_k, h)",
    "Mean margin of the cosines with the rows of W.", .higher, citation: "Jiang et al. 2023",
    needs: .classifier)
}

extension TableKey {
  /// `margin_quantile_probabilities` of the output.
  public static let marginQuantileProbabilities = TableKey(
    "margin_quantile_probabilities", .list, .loss, "p",
    "The probabilities that the quantiles of margins are of.", needs: .classifier)

  /// `margin_quantiles` of the output.
  public static let marginQuantiles = TableKey(
    "margin_quantiles", .list, .loss, "quantiles of z_y − max_{c≠y} z_c",
    "Quantiles of the margins over the samples, at the probabilities beside them.",
    needs: .classifier)

  /// `cosine_margin_quantiles` of the output.
  public static let cosineMarginQuantiles = TableKey(
    "cosine_margin_quantiles", .list, .loss, "quantiles of cos(h, w_y) − max_{c≠y} cos(h, w_c)",
    "Quantiles of the margins of cosines over the samples, at the same probabilities.",
    needs: .classifier)
}

extension MeasureFamily {
  static let loss = MeasureFamily(
    measures: [.crossEntropy, .marginMin, .marginMean, .cosineMarginMin, .cosineMarginMean],
    evaluate: { summary, findings in
      guard let loss = summary.scatter.loss, let weights = summary.classifier?.weights else {
        return
      }
      findings[.crossEntropy] = loss.crossEntropySum / Double(summary.sampleCount)
      guard summary.classCount > 1 else {
        return findings.undefined(
          [.marginMin, .marginMean, .cosineMarginMin, .cosineMarginMean], "one class")
      }
      record(loss.margins, as: (.marginMin, .marginMean), quantiles: .marginQuantiles, &findings)
      if weights.rowNorms.contains(0) {
        findings.undefined(
          [.cosineMarginMin, .cosineMarginMean], "a row of W is zero and has no direction")
      } else if loss.cosineMargins.count == 0 {
        findings.undefined(
          [.cosineMarginMin, .cosineMarginMean], "every feature vector is zero")
      } else {
        record(
          loss.cosineMargins, as: (.cosineMarginMin, .cosineMarginMean),
          quantiles: .cosineMarginQuantiles, &findings)
      }
    })

  private static func record(
    _ margins: MarginSums, as measures: (least: Measure, mean: Measure), quantiles table: TableKey,
    _ findings: inout Findings
  ) {
    findings[measures.least] = margins.least
    findings[measures.mean] = margins.sum / Double(margins.count)
    let probabilities = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1]
    if let quantiles = margins.sketch.quantiles(probabilities) {
      findings[list: .marginQuantileProbabilities] = probabilities
      findings[list: table] = quantiles
    }
  }
}
