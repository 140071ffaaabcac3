package import CollapseCore

/// s Σ_c k_c (z_c − t_c)², s = 1/C or ½, where t is `target` at the true class and 0 elsewhere, and k is
/// `weight` at the true class and 1 elsewhere.
///
/// Source of the rescaling: Hui & Belkin, "Evaluation of Neural Architectures Trained with Square
/// Loss vs Cross-Entropy", 2021.
package struct MeanSquaredError: Loss {
  package static let kind = "meanSquaredError"
  package static let name = "mean_squared_error"

  /// What the sum over the classes is multiplied by.
  package enum Scale: String, FieldValue, CaseIterable {
    /// 1/C: the mean over the classes.
    case mean
    /// ½: the scale of papers about unconstrained features, (1/2N)‖Z − Y‖².
    case half
  }

  /// k at the true class.
  package var weight: Double
  /// t at the true class.
  package var target: Double
  /// s; absent: `mean`.
  package var scale: Scale?

  package init(weight: Double = 1, target: Double = 1, scale: Scale? = nil) {
    self.weight = weight
    self.target = target
    self.scale = scale
  }

  private func factor(classCount: Int) -> Double {
    scale == .half ? 0.5 : 1 / Double(classCount)
  }

  package func evaluate(logits row: UnsafeMutableBufferPointer<Double>, label: Int) -> Double {
    var loss = 0.0
    let scale = factor(classCount: row.count)
    for c in row.indices {
      let difference = row[c] - (c == label ? target : 0)
      let factor = (c == label ? weight : 1) * scale
      loss += factor * difference * difference
      row[c] = 2 * factor * difference
    }
    return loss
  }

  /// A = 2s diag(k).
  package func applyCurvature(
    logits: UnsafeBufferPointer<Double>, label: Int,
    to direction: UnsafeMutableBufferPointer<Double>
  ) {
    for c in logits.indices {
      direction[c] *= 2 * (c == label ? weight : 1) * factor(classCount: logits.count)
    }
  }
}

extension MeanSquaredError {
  package static let summary = "s [k (z_y − M)² + Σ_{c≠y} z_c²]"
  package static var standard: MeanSquaredError { MeanSquaredError() }

  package static var fields: [Field<MeanSquaredError>] {
    [
      Field(
        "weight", \.weight, "k, the factor on the error at the true class.", range: .positive),
      Field("target", \.target, "M, the target at the true class.", range: .positive),
      Field(
        "scale", \.scale, "s, the factor on the sum over the classes: 1/C or ½.", absence: "mean"),
    ]
  }
}
