import LibC

/// The optimum of a chain of layers on unconstrained features under the squared error.
///
/// The problem, over features H₁ and W₁ … W_L, without biases, σ the identity or a ReLU:
///
///     (1/2N)‖W_L σ(… σ(W₁H₁)) − Y‖² + Σ λ_l/2 ‖W_l‖² + λ_H/2 ‖H₁‖²
///
/// for K classes of n samples each. All depends on P = n λ_H Π λ_l. Where every layer is an
/// orthogonal frame (deep neural collapse) the network's output is y·Y with y the larger root of
///
///     (1−y) y^((L−1)/(L+1)) = κ P^(1/(L+1)),     κ = K,
///
/// and the loss is V = (1−y)(1+Ly)/2. Every configuration whose layers have singular values in fixed
/// proportions costs the same with another κ; the lower κ wins at every P.
///
/// Source: for κ = K and two classes Súkeník, Mondelli & Lampert, arXiv 2305.13165; the general form is
/// derived here and compared with optima found numerically (1e−9 and better).
public struct DeepFeatures: Sendable, Hashable {
  /// L, the number of weight matrices.
  public let depth: Int
  /// P = n λ_H Π λ_l.
  public let decayProduct: Double
  /// κ: K for deep neural collapse.
  public let spread: Double

  public init(depth: Int, decayProduct: Double, spread: Double) {
    precondition(depth >= 1 && decayProduct > 0 && spread > 0)
    self.depth = depth
    self.decayProduct = decayProduct
    self.spread = spread
  }

  /// Deep neural collapse of K classes at a multiple of the P at which the optimum becomes zero.
  public init(depth: Int, classCount: Int, shareOfThreshold: Double) {
    let spread = Double(classCount)
    self.init(
      depth: depth,
      decayProduct: shareOfThreshold * DeepFeatures.threshold(depth: depth, spread: spread),
      spread: spread)
  }

  /// P* = (L−1)^(L−1)/(κ^(L+1) L^(2L)): above it zero is better than the configuration.
  public static func threshold(depth: Int, spread: Double) -> Double {
    let l = Double(depth)
    return pow(l - 1, l - 1) / (pow(spread, l + 1) * pow(l, 2 * l))
  }

  /// P_f = ((L+1)/(2Lκ))^(L+1) ((L−1)/(2L))^(L−1): up to it the configuration is a local minimum.
  public static func fold(depth: Int, spread: Double) -> Double {
    let l = Double(depth)
    return pow((l + 1) / (2 * l * spread), l + 1) * pow((l - 1) / (2 * l), l - 1)
  }

  public var threshold: Double { DeepFeatures.threshold(depth: depth, spread: spread) }
  public var fold: Double { DeepFeatures.fold(depth: depth, spread: spread) }

  /// y, the output for the own class where the targets are 1; `nil` beyond the fold.
  public var output: Double? {
    let l = Double(depth)
    let power = (l - 1) / (l + 1)
    let target = spread * pow(decayProduct, 1 / (l + 1))
    func excess(_ y: Double) -> Double { (1 - y) * pow(y, power) - target }
    var (low, high) = ((l - 1) / (2 * l), 1.0)
    guard excess(low) >= 0 else { return nil }
    while true {
      let middle = low + (high - low) / 2
      if middle == low || middle == high { return middle }
      if excess(middle) >= 0 { low = middle } else { high = middle }
    }
  }

  /// The value of the configuration's local minimum; `nil` beyond the fold.
  public var localLoss: Double? {
    output.map { (1 - $0) * (1 + Double(depth) * $0) / 2 }
  }

  /// The value of the configuration, or of the zero solution where that is less: ½.
  public var loss: Double { min(localLoss ?? 0.5, 0.5) }

  /// λ_g‖θ_g‖², the same for every group g of parameters: y(1−y).
  public var groupPenalty: Double? { output.map { $0 * (1 - $0) } }

  /// The loss of a local minimum that has learned `learned` of `classCount` classes:
  /// ½ − (m/K)(½ − V).
  public func ladder(learned: Int, of classCount: Int) -> Double? {
    localLoss.map { 0.5 - Double(learned) / Double(classCount) * (0.5 - $0) }
  }
}
