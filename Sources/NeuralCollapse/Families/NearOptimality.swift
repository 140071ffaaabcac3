import CollapseCore
import LibC
import LinearAlgebra

/// The norms and means behind the guarantees of Pan & Cao, arXiv 2309.04644: α² = mean‖h‖²,
/// β² = Σ (n_c/N)‖w̃_c‖² with w̃_c = w_c − w̄, s = C/(C−1) Σ (n_c/N)(b_c − b̄).
private struct NearOptimality {
  let classCount: Double
  let alpha: Double
  let beta: Double
  let biasShift: Double
  /// ρ, the cosine between the stacked features and the stacked w̃_{y_i}; `nil` where αβ = 0.
  let alignment: Double?
  /// mean‖h−(ρα/β)w̃_y‖²/α², which is 1 − ρ², for ρ > 0.
  let residual: Double

  init?(_ summary: CollapseSummary) {
    guard let classifier = summary.classifier, summary.classCount > 1 else { return nil }
    let count = summary.classCount
    let shares = summary.counts.map { Double($0) / Double(summary.sampleCount) }
    let weights = classifier.weights.subtractingFromRows(classifier.weights.meanRow)
    let bias = classifier.bias ?? Array(repeating: 0, count: count)
    let meanBias = bias.reduce(0, +) / Double(count)
    classCount = Double(count)
    alpha = summary.featureMeanSquare.squareRoot()
    beta =
      zip(shares, weights.rowNorms).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }.squareRoot()
    biasShift =
      classCount / (classCount - 1)
      * zip(shares, bias).reduce(0) { $0 + $1.0 * ($1.1 - meanBias) }
    guard alpha > 0, beta > 0 else {
      (alignment, residual) = (nil, 1)
      return
    }
    // ρ = (C−1)/C (M̄ − s)/(αβ), and M̄ − s = C/(C−1) mean(w̃_y·h) is linear in h: the class means
    // are enough, and nothing is subtracted.
    let rho =
      (0..<count).reduce(0) { sum, index in
        sum + shares[index] * dot(weights.row(index), summary.means.row(index))
      } / (alpha * beta)
    alignment = rho
    guard rho > 0 else {
      residual = 1
      return
    }
    let scale = rho * alpha / beta
    residual =
      (0..<count).reduce(0) { sum, index in
        let offset = zip(summary.means.row(index), weights.row(index)).reduce(0) {
          $0 + ($1.0 - scale * $1.1) * ($1.0 - scale * $1.1)
        }
        return sum + shares[index] * (summary.classVariances[index] + offset)
      } / (alpha * alpha)
  }

  /// Cαβ/(C−1): the scale of the exponent.
  var exponentScale: Double { classCount / (classCount - 1) * alpha * beta }

  /// log(C−1) − Cαβ/(C−1) − s, the logarithm of `optimal_cross_entropy` when that is small.
  var logarithmicBound: Double { log(classCount - 1) - exponentScale - biasShift }

  var optimalCrossEntropy: Double {
    // log(1+eˣ) is x + log(1+e⁻ˣ) where eˣ would overflow.
    let bound = logarithmicBound
    return bound > 0 ? bound + log1p(exp(-bound)) : log1p(exp(bound))
  }

  func logarithmicRatio(_ crossEntropy: Double) -> Double {
    let best = optimalCrossEntropy
    return log(crossEntropy) - (best > 0 ? log(best) : logarithmicBound)
  }

  /// 1−max(ρ,0)² with the mean margin replaced by log((C−1)/(e^{CE}−1)).
  func certificate(fromLoss crossEntropy: Double) -> Double {
    // 1 − ρ = (log(e^{CE}−1) − bound)/(Cαβ/(C−1)); e^{CE}−1 overflows where it equals e^{CE}.
    let excess = crossEntropy > 700 ? crossEntropy : log(expm1(crossEntropy))
    let deficit = (excess - logarithmicBound) / exponentScale
    return deficit >= 1 ? 1 : deficit * (2 - deficit)
  }
}

extension Measure {
  /// `weight_rms` of the output.
  public static let weightRms = Measure(
    "weight_rms", .nearOptimality, "β = √Σ_c (n_c/N)‖w_c − w̄‖²",
    "Root mean square norm of the centred rows of W.", needs: .classifier)

  /// `optimal_cross_entropy` of the output.
  public static let optimalCrossEntropy = Measure(
    "optimal_cross_entropy", .nearOptimality, "log(1+(C−1)exp(−Cαβ/(C−1) − s))",
    "Least cross-entropy that features and weights of these norms can reach.",
    citation: "Pan & Cao 2023", needs: .classifier)

  /// `optimality_gap` of the output.
  public static let optimalityGap = Measure(
    "optimality_gap", .nearOptimality, "CE − optimal",
    "Distance of the cross-entropy from the least for these norms.", underCollapse: "0",
    .lower, citation: "Pan & Cao 2023", needs: .classifier)

  /// `optimality_log_ratio` of the output.
  public static let optimalityLogRatio = Measure(
    "optimality_log_ratio", .nearOptimality, "log(CE/optimal)",
    "Near collapse Cαβ(1−ρ)/(C−1): the scale on which runs with different norms compare.",
    underCollapse: "0", .lower, citation: "Pan & Cao 2023", needs: .classifier)

  /// `alignment` of the output.
  public static let alignment = Measure(
    "alignment", .nearOptimality, "ρ = (C−1)/C · (M̄ − s)/(αβ)",
    "Cosine between the stacked features and the stacked centred rows of W.",
    underCollapse: "1", .higher, citation: "Pan & Cao 2023", needs: .classifier)

  /// `margin_normalized_min` of the output.
  public static let marginNormalizedMin = Measure(
    "margin_normalized_min", .nearOptimality, "η = (min margin − s)(C−1)/(Cαβ)",
    "Least margin in units of the largest that these norms allow.", underCollapse: "1",
    .higher, citation: "Gao et al. 2023", needs: .classifier)

  /// `within_norm_fraction` of the output.
  public static let withinNormFraction = Measure(
    "within_norm_fraction", .nearOptimality, "mean‖h−μ_y‖²/α²",
    "Share of the squared feature norm that lies within classes.", underCollapse: "0",
    .lower, citation: "Pan & Cao 2023")

  /// `collapse_certificate` of the output.
  public static let collapseCertificate = Measure(
    "collapse_certificate", .nearOptimality, "1 − max(ρ,0)²",
    "Bounds `within_norm_fraction` from above; accumulated as a residual.",
    underCollapse: "0", .lower, citation: "Pan & Cao 2023", needs: .classifier)

  /// `collapse_certificate_from_loss` of the output.
  public static let collapseCertificateFromLoss = Measure(
    "collapse_certificate_from_loss", .nearOptimality,
    "1 − max(ρ,0)² with M̄ = log((C−1)/(e^{CE}−1))",
    "The same bound, knowing only the loss and two norms.", underCollapse: "0", .lower,
    citation: "Pan & Cao 2023", needs: .classifier)
}

extension MeasureFamily {
  static let nearOptimality = MeasureFamily(
    measures: [
      .weightRms, .optimalCrossEntropy, .optimalityGap, .optimalityLogRatio, .alignment,
      .marginNormalizedMin, .withinNormFraction, .collapseCertificate,
      .collapseCertificateFromLoss,
    ],
    evaluate: { summary, findings in
      let alphaSquared = summary.featureMeanSquare
      if alphaSquared > 0 {
        let share = summary.sampleVarianceWithin / alphaSquared
        findings[.withinNormFraction] = share
      } else {
        findings.undefined([.withinNormFraction], "every feature is zero")
      }
      guard summary.classifier != nil, let loss = summary.scatter.loss else { return }
      let keys = findings.family.filter { $0 != .withinNormFraction }
      guard let values = NearOptimality(summary) else {
        return findings.undefined(keys, "one class")
      }
      let crossEntropy = loss.crossEntropySum / Double(summary.sampleCount)
      findings[.weightRms] = values.beta
      findings[.optimalCrossEntropy] = values.optimalCrossEntropy
      findings[.optimalityGap] = crossEntropy - values.optimalCrossEntropy
      if crossEntropy > 0 {
        findings[.optimalityLogRatio] = values.logarithmicRatio(crossEntropy)
      } else {
        findings.undefined([.optimalityLogRatio], "the cross-entropy underflows to 0")
      }
      guard let alignment = values.alignment else {
        return findings.undefined(
          [
            .alignment, .marginNormalizedMin, .collapseCertificate,
            .collapseCertificateFromLoss,
          ],
          alphaSquared > 0 ? "the centred weights are zero" : "every feature is zero")
      }
      findings[.alignment] = alignment
      findings[.marginNormalizedMin] =
        (loss.margins.least - values.biasShift) / values.exponentScale
      findings[.collapseCertificate] = values.residual
      if crossEntropy > 0 {
        findings[.collapseCertificateFromLoss] = values.certificate(fromLoss: crossEntropy)
      } else {
        findings.undefined(
          [.collapseCertificateFromLoss], "the cross-entropy underflows to 0")
      }
    })
}
