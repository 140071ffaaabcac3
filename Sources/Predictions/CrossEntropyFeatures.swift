import LibC

/// The optimum of unconstrained features under cross-entropy.
///
/// The problem, over features H (d×N, d ≥ K), W (K×d) and b:
///
///     (1/N) Σ CE(Wh_i + b, y_i) + λ_W/2 ‖W‖² + λ_H/2 ‖H‖²
///
/// for K classes of n samples each. Free features are a simplex; those that may not be negative, as
/// after a ReLU, an orthogonal frame, and W a simplex still. The bias is constant at the optimum.
///
/// Source: Zhu et al., arXiv 2105.02375, for free features; for others derived here and compared
/// with optima found numerically (4e−16).
public struct CrossEntropyFeatures: Sendable, Hashable {
  public let classCount: Int
  public let perClass: Int
  public let weightDecay: Double
  public let featureDecay: Double
  /// Whether features may not be negative.
  public let isNonNegative: Bool

  public init(
    classCount: Int, perClass: Int, weightDecay: Double, featureDecay: Double,
    isNonNegative: Bool = false
  ) {
    self.classCount = classCount
    self.perClass = perClass
    self.weightDecay = weightDecay
    self.featureDecay = featureDecay
    self.isNonNegative = isNonNegative
  }

  /// √(nλ_Wλ_H), times √(K/(K−1)) for features that may not be negative: features are there while K
  /// times it is below 1.
  public var strength: Double {
    let k = Double(classCount)
    let free = (Double(perClass) * weightDecay * featureDecay).squareRoot()
    return isNonNegative ? free * (k / (k - 1)).squareRoot() : free
  }

  /// The logit of the own class less any other: log(1/s − (K−1)), 0 from Ks = 1 on.
  public var logitGap: Double {
    let k = Double(classCount)
    return k * strength < 1 ? log(1 / strength - (k - 1)) : 0
  }

  /// The least value of the objective: log(1 + (K−1)e^{−α}) + (K−1)sα.
  public var loss: Double {
    let others = Double(classCount - 1)
    return log1p(others * exp(-logitGap)) + others * strength * logitGap
  }

  /// The squared norm of every feature.
  public var squaredFeatureNorm: Double {
    let k = Double(classCount)
    let root = (weightDecay / (Double(perClass) * featureDecay)).squareRoot()
    return logitGap * root * (isNonNegative ? ((k - 1) / k).squareRoot() : (k - 1) / k)
  }

  /// The cosine between two class means, not centred; `nil` where there are no features.
  public var meanCosine: Double? {
    guard logitGap > 0 else { return nil }
    return isNonNegative ? 0 : -1 / Double(classCount - 1)
  }
}
