import CollapseCore
import LinearAlgebra

extension MeasureFamily {
  static let loss = MeasureFamily(
    measures: [
      Measure(
        "cross_entropy", .loss, "mean of log Σ_k exp(z_k − z_y)", "Mean cross-entropy, in nats.",
        .lower, needs: .classifier),
      Measure(
        "margin_min", .loss, "min of z_y − max_{k≠y} z_k", "Least margin.", .higher,
        needs: .classifier),
      Measure(
        "margin_mean", .loss, "mean of z_y − max_{k≠y} z_k", "Mean margin.", .higher,
        needs: .classifier),
      Measure(
        "cosine_margin_min", .loss, "min of cos(w_y, h) − max_{k≠y} cos(w_k, h)",
        "Least margin of the cosines with the rows of W.", .higher, citation: "Jiang et al. 2023",
        needs: .classifier),
      Measure(
        "cosine_margin_mean", .loss, "mean of cos(w_y, h) − max_{k≠y} cos(w_k, h)",
        "Mean margin of the cosines with the rows of W.", .higher, citation: "Jiang et al. 2023",
        needs: .classifier),
    ],
    evaluate: { summary, findings in
      guard let loss = summary.scatter.loss, let weights = summary.classifier?.weights else {
        return
      }
      findings["cross_entropy"] = loss.crossEntropySum / Double(summary.sampleCount)
      guard summary.classCount > 1 else {
        return findings.undefined(
          ["margin_min", "margin_mean", "cosine_margin_min", "cosine_margin_mean"], "one class")
      }
      record(loss.margins, as: "margin", &findings)
      if weights.rowNorms.contains(0) {
        findings.undefined(
          ["cosine_margin_min", "cosine_margin_mean"], "a row of W is zero and has no direction")
      } else if loss.cosineMargins.count == 0 {
        findings.undefined(
          ["cosine_margin_min", "cosine_margin_mean"], "every feature vector is zero")
      } else {
        record(loss.cosineMargins, as: "cosine_margin", &findings)
      }
    })

  private static func record(_ margins: MarginSums, as key: String, _ findings: inout Findings) {
    findings[key + "_min"] = margins.least
    findings[key + "_mean"] = margins.sum / Double(margins.count)
    let probabilities = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1]
    if let quantiles = margins.sketch.quantiles(probabilities) {
      findings.series["margin_quantile_probabilities"] = probabilities
      findings.series[key + "_quantiles"] = quantiles
    }
  }
}
