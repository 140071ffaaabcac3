import LibC

extension Measure {
  /// `optimal_regularized_loss` of the output.
  public static let optimalRegularizedLoss = Measure(
    "optimal_regularized_loss", .nearOptimality,
    "log(1+(C−1)exp(−Cp/(C−1))) + λ√C·p",
    "Least cross-entropy plus λ/2(‖γ‖²+‖W‖_F²), batch normalization before the classifier.",
    citation: "Pan & Cao 2023", needs: .weightDecay)

  /// `optimal_norm_product` of the output.
  public static let optimalNormProduct = Measure(
    "optimal_norm_product", .nearOptimality, "p = (C−1)/C · log(√C/λ − C + 1)",
    "The product ‖γ‖·β at which that least is reached; 0 once λ ≥ 1/√C.",
    citation: "Pan & Cao 2023", needs: .weightDecay)
}

extension MeasureFamily {
  static let regularizedOptimum = MeasureFamily(
    measures: [.optimalRegularizedLoss, .optimalNormProduct],
    evaluate: { summary, findings in
      guard let weightDecay = summary.weightDecay else { return }
      let keys = findings.family
      guard summary.classCount > 1 else { return findings.undefined(keys, "one class") }
      guard weightDecay > 0 else {
        return findings.undefined(keys, "no weight decay: the least is at infinite norms")
      }
      let count = Double(summary.classCount)
      let root = count.squareRoot()
      let product =
        weightDecay >= 1 / root ? 0 : (count - 1) / count * log(root / weightDecay - count + 1)
      findings[.optimalNormProduct] = product
      findings[.optimalRegularizedLoss] =
        log1p((count - 1) * exp(-count * product / (count - 1))) + weightDecay * root * product
    })
}
