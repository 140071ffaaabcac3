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
    ],
    evaluate: { summary, findings in
      guard let loss = summary.scatter.loss else { return }
      let samples = Double(summary.sampleCount)
      findings["cross_entropy"] = loss.crossEntropySum / samples
      guard summary.classCount > 1 else {
        return findings.undefined(["margin_min", "margin_mean"], "one class")
      }
      findings["margin_min"] = loss.marginMin
      findings["margin_mean"] = loss.marginSum / samples
      let probabilities = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1]
      if let quantiles = loss.margins.quantiles(probabilities) {
        findings.series["margin_quantile_probabilities"] = probabilities
        findings.series["margin_quantiles"] = quantiles
      }
    })
}
