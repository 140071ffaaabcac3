package import CollapseCore

/// (1/C) Σ_c k_c (z_c − t_c)², where t is `target` at the true class and 0 elsewhere, and k is
/// `weight` at the true class and 1 elsewhere.
///
/// Source of the rescaling: Hui & Belkin, "Evaluation of Neural Architectures Trained with Square
/// Loss vs Cross-Entropy", 2021.
package struct MeanSquaredError: Loss {
  package static let kind = "meanSquaredError"
  package static let name = "mean_squared_error"

  /// k at the true class.
  package var weight: Double
  /// t at the true class.
  package var target: Double

  package init(weight: Double = 1, target: Double = 1) {
    self.weight = weight
    self.target = target
  }

  package func evaluate(logits row: UnsafeMutableBufferPointer<Double>, label: Int) -> Double {
    var loss = 0.0
    for c in row.indices {
      let difference = row[c] - (c == label ? target : 0)
      let factor = (c == label ? weight : 1) / Double(row.count)
      loss += factor * difference * difference
      row[c] = 2 * factor * difference
    }
    return loss
  }

  /// A = (2/C) diag(k).
  package func applyCurvature(
    logits: UnsafeBufferPointer<Double>, label: Int,
    to direction: UnsafeMutableBufferPointer<Double>
  ) {
    for c in logits.indices {
      direction[c] *= 2 * (c == label ? weight : 1) / Double(logits.count)
    }
  }
}

extension MeanSquaredError {
  package static let summary = "(1/C) [k (z_y − M)² + Σ_{c≠y} z_c²]"
  package static var standard: MeanSquaredError { MeanSquaredError() }

  package static var fields: [Field<MeanSquaredError>] {
    [
      Field(
        "weight", \.weight, "k, the factor on the error at the true class.", range: .positive),
      Field("target", \.target, "M, the target at the true class.", range: .positive),
    ]
  }
}
