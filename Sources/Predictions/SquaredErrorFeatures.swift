/// The optimum of unconstrained features under the squared error.
///
/// The problem, over features H (d×N, d ≥ K), W (K×d) and b:
///
///     (1/2N)‖WH + b1ᵀ − Y‖² + λ_W/2 ‖W‖² + λ_H/2 ‖H‖² + λ_b/2 ‖b‖²
///
/// for K classes of n samples each, N = Kn. All depends on c = K√(nλ_Wλ_H): without a bias the class
/// means are an orthogonal frame, with a free one a simplex, and λ_b goes from one to the other;
/// from c = 1 on the optimum has no features.
///
/// Source: Tirer & Bruna, arXiv 2202.08087, for the two ends; between them derived here and compared
/// with optima found numerically (7e−14).
public struct SquaredErrorFeatures: Sendable, Hashable {
  /// What is added to the logits.
  public enum Bias: Sendable, Hashable {
    case none
    /// A bias with decay λ_b ≥ 0; 0 is a free one.
    case decay(Double)
  }

  public let classCount: Int
  public let perClass: Int
  public let weightDecay: Double
  public let featureDecay: Double
  public let bias: Bias

  public init(
    classCount: Int, perClass: Int, weightDecay: Double, featureDecay: Double, bias: Bias
  ) {
    self.classCount = classCount
    self.perClass = perClass
    self.weightDecay = weightDecay
    self.featureDecay = featureDecay
    self.bias = bias
  }

  /// c = K√(nλ_Wλ_H); features are there below 1.
  public var strength: Double {
    Double(classCount) * (Double(perClass) * weightDecay * featureDecay).squareRoot()
  }

  /// λ_b* = c/(1−c): up to it the means are an exact simplex. Infinite from c = 1 on.
  public var biasDecayThreshold: Double {
    strength < 1 ? strength / (1 - strength) : .infinity
  }

  /// Whether the mean of the logits over classes is carried by the bias alone, so that the features
  /// are a simplex: λ_b ≤ λ_b*.
  private var simplexBiasDecay: Double? {
    guard case .decay(let decay) = bias, decay <= biasDecayThreshold else { return nil }
    return decay
  }

  /// The least value of the objective.
  public var loss: Double {
    let k = Double(classCount)
    let c = min(strength, 1)
    let frame = c * (1 - c / 2)
    if let decay = simplexBiasDecay {
      return (k - 1) / k * frame + decay / (2 * k * (1 + decay))
    }
    guard case .decay(let decay) = bias else { return frame }
    return frame - c * c / (2 * k * decay)
  }

  /// Every element of b; 0 without one.
  public var biasValue: Double {
    let k = Double(classCount)
    if let decay = simplexBiasDecay { return 1 / (k * (1 + decay)) }
    guard case .decay(let decay) = bias else { return 0 }
    return strength / (k * decay)
  }

  /// The eigenvalues of MᵀM for the class means as columns of M: on differences of classes (K−1
  /// times) and on the sum of all.
  public var gramEigenvalues: (differences: Double, sum: Double) {
    guard strength < 1 else { return (0, 0) }
    let scale = (weightDecay / (Double(perClass) * featureDecay)).squareRoot()
    let alpha = 1 - strength
    if simplexBiasDecay != nil { return (scale * alpha, 0) }
    guard case .decay(let decay) = bias else { return (scale * alpha, scale * alpha) }
    return (scale * alpha, scale * (alpha - strength / decay))
  }

  /// The cosine between two class means, not centred: 0 for an orthogonal frame, −1/(K−1) for a
  /// simplex; `nil` where there are no features.
  public var meanCosine: Double? {
    let (alpha, gamma) = gramEigenvalues
    let k = Double(classCount)
    return alpha > 0 ? (gamma - alpha) / ((k - 1) * alpha + gamma) : nil
  }

  /// λ_W‖W‖² and λ_H‖H‖², which are equal: nλ_H times the sum of the eigenvalues of MᵀM.
  public var groupPenalty: Double {
    let (differences, sum) = gramEigenvalues
    return Double(perClass) * featureDecay * (Double(classCount - 1) * differences + sum)
  }

  /// W = factor · Mᵀ: √(nλ_H/λ_W).
  public var dualityFactor: Double {
    (Double(perClass) * featureDecay / weightDecay).squareRoot()
  }
}
