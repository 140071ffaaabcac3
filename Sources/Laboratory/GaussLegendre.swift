import LibC

/// Gauss's quadrature on [0, 1]: with n nodes exact of polynomials up to degree 2n−1.
public struct GaussLegendre: Sendable, Hashable {
  /// In ascending order.
  public let nodes: [Double]
  /// Of sum 1.
  public let weights: [Double]

  /// - Precondition: a node at least.
  public init(count: Int) {
    precondition(count > 0)
    let pairs = (0..<count).map { index -> (node: Double, weight: Double) in
      // Newton's method from an estimate that is good to a few thousandths.
      var x = -cos(Double.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
      for _ in 0..<100 {
        let (value, slope) = Self.legendre(count, x)
        let change = value / slope
        x -= change
        if abs(change) < 1e-16 { break }
      }
      let slope = Self.legendre(count, x).slope
      return ((1 + x) / 2, 1 / ((1 - x * x) * slope * slope))
    }
    nodes = pairs.map(\.node)
    weights = pairs.map(\.weight)
  }

  /// P_n(x) and its derivative.
  private static func legendre(_ n: Int, _ x: Double) -> (value: Double, slope: Double) {
    var (before, value) = (1.0, x)
    for k in 1..<max(n, 1) {
      let next = (Double(2 * k + 1) * x * value - Double(k) * before) / Double(k + 1)
      (before, value) = (value, next)
    }
    return (value, Double(n) * (x * value - before) / (x * x - 1))
  }
}
