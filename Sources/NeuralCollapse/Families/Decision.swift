import CollapseCore
import LinearAlgebra

extension Measure {
  /// `accuracy` of the output.
  public static let accuracy = Measure(
    "accuracy", .decision, "P[argmax(Wh+b) = y]", "Accuracy of the classifier.",
    underCollapse: "1", .higher, needs: .classifier)

  /// `nc4_ncc_accuracy` of the output.
  public static let nc4NccAccuracy = Measure(
    "nc4_ncc_accuracy", .decision, "P[argmin_c ‖h−μ_c‖ = y]",
    "Accuracy of the nearest class mean.", underCollapse: "1", .higher,
    citation: "Papyan, Han & Donoho 2020")

  /// `nc4_mismatch` of the output.
  public static let nc4Mismatch = Measure(
    "nc4_mismatch", .decision, "P[argmax(Wh+b) ≠ argmin_c ‖h−μ_c‖]",
    "How often the classifier, bias included, and the nearest class mean disagree.",
    underCollapse: "0", .lower, citation: "Papyan, Han & Donoho 2020", needs: .classifier)

  /// `bias_collapse` of the output.
  public static let biasCollapse = Measure(
    "bias_collapse", .decision, "‖W μ_G + b‖",
    "What the classifier says of the global mean.", underCollapse: "0", .lower,
    citation: "Zhu et al. 2021", needs: .classifier)

  /// `nc5_orthogonality` of the output.
  public static let nc5Orthogonality = Measure(
    "nc5_orthogonality", .outOfDistribution, "mean over classes of |cos(μ_c, μ_ood)|",
    "How far the mean of an out-of-distribution set is from orthogonal to the class means.",
    underCollapse: "0", .lower, citation: "Ammar et al. 2024", needs: .outOfDistribution)
}

extension TableKey {
  /// `accuracy` of the output, per class.
  public static let accuracy = TableKey(
    "accuracy", .perClass, .decision, "P[argmax(Wh+b) = c | y = c]",
    "Accuracy of the classifier on the samples of a class.", underCollapse: "1",
    needs: .classifier)

  /// `nc4_ncc_accuracy` of the output, per class.
  public static let nearestMeanAccuracy = TableKey(
    "nc4_ncc_accuracy", .perClass, .decision, "P[argmin‖h − μ_c‖ = c | y = c]",
    "Accuracy of the nearest class mean on the samples of a class.", underCollapse: "1")
}

extension MeasureFamily {
  static let decision = MeasureFamily(
    measures: [.accuracy, .nc4NccAccuracy, .nc4Mismatch, .biasCollapse],
    evaluate: { summary, findings in
      let samples = Double(summary.sampleCount)
      let decisions = summary.scatter.decisions
      let counts = summary.counts.map(Double.init)
      findings[.nc4NccAccuracy] = Double(decisions.nearestMeanCorrect.reduce(0, +)) / samples
      findings[perClass: .nearestMeanAccuracy] = zip(decisions.nearestMeanCorrect, counts).map {
        Double($0) / $1
      }
      guard let classifier = summary.classifier else { return }
      findings[.accuracy] = Double(decisions.correct.reduce(0, +)) / samples
      findings[perClass: .accuracy] = zip(decisions.correct, counts).map { Double($0) / $1 }
      findings[.nc4Mismatch] = Double(decisions.mismatches) / samples
      findings[.biasCollapse] = norm(
        (0..<summary.classCount).map { index in
          dot(classifier.weights.row(index), summary.globalMean[...])
            + (classifier.bias?[index] ?? 0)
        })
    })

  static let outOfDistribution = MeasureFamily(
    measures: [.nc5Orthogonality],
    evaluate: { summary, findings in
      guard let mean = summary.outOfDistributionMean else { return }
      let length = norm(mean)
      let norms = summary.means.rowNorms
      guard length > 0, norms.allSatisfy({ $0 > 0 }) else {
        return findings.undefined([.nc5Orthogonality], "a mean is zero and has no direction")
      }
      findings[.nc5Orthogonality] =
        (0..<summary.classCount).reduce(0) { sum, index in
          sum + abs(dot(summary.means.row(index), mean[...])) / norms[index] / length
        } / Double(summary.classCount)
    })
}
