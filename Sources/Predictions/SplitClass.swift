import LibC

/// A class of which parts have features of their own, in a chain of layers with ReLUs under the squared
/// error: what such a minimum costs.
///
/// Parts p of q_p·n samples point into directions of their own in H₁ and behind the first j ReLUs, and
/// W_{j+1} brings them together; with j = L−1 the last layer does. Where s = j+1 groups of parameters
/// beside H₁ are the parts' own and L−s are shared, with W the product of the shared norms and
/// t = W²·Πλ of them, the outputs y_p for the own class are the larger roots of
///
///     (1−y) y^((s−1)/(s+1)) = K q_p^(−s/(s+1)) (P/t)^(1/(s+1)),     K t^(1/(L−s)) = Σ q_p y_p(1−y_p)
///
/// (without shared layers t = 1), and the class costs Σ q_p (1−y_p)(1+L y_p)/2 + (1−Σ q_p)/2, the rest
/// of its samples being zero in every layer; a chain's loss is the mean over its classes. One part of
/// all is ``DeepFeatures``; more cost more, and yet descents end there: a ReLU that is zero on one part
/// of a class gives no gradient towards the others.
///
/// Source: derived here, and compared with minima found numerically (1e−9 and better).
public struct SplitClass: Sendable, Hashable {
  /// q_p, the shares of the class; they sum to 1 or less.
  public let parts: [Double]
  /// y_p, the outputs of the parts for their own class.
  public let outputs: [Double]
  /// What the class costs.
  public let loss: Double

  /// `nil` where decay is too strong for a minimum of this kind.
  ///
  /// - Parameters:
  ///   - parts: the shares of the class, each above zero; none for a class that is not learned.
  ///   - splitLayers: j, behind how many ReLUs they are apart: 1 to L−1.
  ///   - chain: depth, decays and number of classes (its spread) of the chain.
  public init?(parts: [Double], splitLayers: Int, of chain: DeepFeatures) {
    let depth = chain.depth
    precondition(parts.allSatisfy { $0 > 0 } && parts.reduce(0, +) < 1 + 1e-9)
    precondition(splitLayers >= 1 && splitLayers < depth)
    let own = splitLayers + 1
    func outputs(_ shared: Double) -> [Double]? {
      let found = parts.map { share in
        DeepFeatures(
          depth: own, decayProduct: chain.decayProduct / shared,
          spread: chain.spread * pow(share, -Double(own) / Double(own + 1))
        ).output
      }
      return found.contains(nil) ? nil : found.compactMap(\.self)
    }
    /// By how much the parts pay more than the shared layers; `nil` where a part has no output.
    func excess(_ shared: Double) -> Double? {
      outputs(shared).map { outputs in
        zip(parts, outputs).reduce(0) { $0 + $1.0 * $1.1 * (1 - $1.1) }
          - chain.spread * pow(shared, 1 / Double(depth - own))
      }
    }
    var shared = 1.0
    if own < depth, !parts.isEmpty {
      // No penalty is above ¼, so that t is below (4K)^−(L−s); from there down to the first root.
      var high = pow(4 * chain.spread, -Double(depth - own))
      guard var value = excess(high) else { return nil }
      while value < 0 {
        shared = high * 0.99
        guard let next = excess(shared) else { return nil }
        if next < 0 { high = shared }
        value = next
      }
      if shared < high {
        var low = shared
        while true {
          let middle = low + (high - low) / 2
          if middle == low || middle == high { break }
          if let value = excess(middle), value >= 0 { low = middle } else { high = middle }
        }
        shared = low
      } else {
        shared = high
      }
    }
    guard let found = outputs(shared) else { return nil }
    let rest = max(0, 1 - parts.reduce(0, +))
    self.parts = parts
    self.outputs = found
    loss = zip(parts, found).reduce(rest / 2) {
      $0 + $1.0 * (1 - $1.1) * (1 + Double(depth) * $1.1) / 2
    }
  }
}
