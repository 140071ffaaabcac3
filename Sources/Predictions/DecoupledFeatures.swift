import LibC

/// Responses under spectral decoupling, λ/2 times the mean square of the outputs in the place of
/// weight decay: every sample has the same, whatever the strengths of features are.
///
/// Source: Pezeshki et al., arXiv 2011.09468; the case of C classes derived here.
public enum DecoupledFeatures {
  /// The margin yŷ of every sample under log(1 + e^{−yŷ}) + λ/2 ŷ²: the u with λu = σ(−u), that is
  /// u(1 + e^u) = 1/λ.
  ///
  /// - Precondition: `coefficient` is positive.
  public static func margin(coefficient: Double) -> Double {
    precondition(coefficient > 0)
    // u + log(1 + e^{−u}) + log u = −log λ, whose left side grows with u.
    let target = -log(coefficient)
    return root(below: 1 / (2 * coefficient)) { log($0) + $0 + log1p(exp(-$0)) - target }
  }

  /// The logit of the own class less any other under cross-entropy of C classes + λ/2 ‖z‖²:
  ///
  ///     g = (1 − p) C / (λ(C − 1)),  p = 1/(1 + (C − 1)e^{−g}),
  ///
  /// with logits (C−1)g/C of the own class and −g/C of others. Of two classes it is the margin of one
  /// output with a coefficient of λ/2.
  ///
  /// - Precondition: `coefficient` is positive and there are two classes at least.
  public static func logitGap(coefficient: Double, classCount: Int) -> Double {
    precondition(coefficient > 0 && classCount > 1)
    let others = Double(classCount - 1)
    let most = Double(classCount) / (coefficient * others)
    // 1 − p = (C−1)/(e^g + C−1).
    return root(below: most) { $0 - most * others / (exp($0) + others) }
  }

  /// Where a function that grows from below zero to above it, between 0 and `upper`, is zero.
  private static func root(below upper: Double, of function: (Double) -> Double) -> Double {
    var (low, high) = (0.0, upper)
    while true {
      let middle = low + (high - low) / 2
      if middle == low || middle == high { return middle }
      if function(middle) < 0 { low = middle } else { high = middle }
    }
  }
}
