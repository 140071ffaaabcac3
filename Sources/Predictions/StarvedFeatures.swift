public import CollapseCore
import LibC

/// Features of a linear model, as of a network near its start, under the logistic loss with weight
/// decay: of two that tell the classes apart the stronger starves the other.
///
/// With outputs ŷ = Φθ, labels Y and YΦ = USVᵀ the problem is
///
///     Σ_i log(1 + e^{−y_iŷ_i}) + λ/2 ‖θ‖²,
///
/// and z = UᵀYŷ is how far each feature is used. At the optimum the dual variables α = σ(−Yŷ) have
/// Yŷ = (1/λ) US²Uᵀα: where dual flow α̇ = −log(α/(1−α)) − (1/λ)US²Uᵀα is at rest.
///
/// Source: Pezeshki et al., arXiv 2011.09468.
public struct StarvedFeatures: Sendable, Hashable {
  /// S, the strength of each feature.
  public let strengths: [Double]
  /// U, a row for each sample and a column for each feature.
  public let directions: Matrix
  /// λ.
  public let weightDecay: Double
  /// Yŷ at the optimum.
  public let margins: [Double]

  /// - Precondition: as many samples as features, and `weightDecay` positive.
  public init(strengths: [Double], directions: Matrix, weightDecay: Double) {
    let count = strengths.count
    precondition(directions.rows == count && directions.columns == count && weightDecay > 0)
    self.strengths = strengths
    self.directions = directions
    self.weightDecay = weightDecay
    var kernel = Matrix(rows: count, columns: count)
    for row in 0..<count {
      for column in 0..<count {
        kernel[row, column] =
          (0..<count).reduce(0.0) {
            $0 + directions[row, $1] * directions[column, $1] * strengths[$1] * strengths[$1]
          } / weightDecay
      }
    }
    margins = Self.margins(kernel)
  }

  /// z = UᵀYŷ: how far each feature is used.
  public var responses: [Double] {
    strengths.indices.map { feature in
      margins.indices.reduce(0.0) { $0 + directions[$1, feature] * margins[$1] }
    }
  }

  /// The largest element of log(α/(1−α)) + (1/λ)US²Uᵀα: zero at the optimum.
  public var residual: Double {
    let pull = strengths.indices.map { feature in
      strengths[feature] * strengths[feature] / weightDecay
        * margins.indices.reduce(0.0) {
          $0 + directions[$1, feature] * Self.logistic(-margins[$1])
        }
    }
    return margins.indices.reduce(0.0) { largest, row in
      let back = strengths.indices.reduce(0.0) { $0 + directions[row, $1] * pull[$1] }
      return max(largest, abs(margins[row] - back))
    }
  }

  /// q = Kσ(−q), by one element after another: each is where the dual problem, which is convex, is
  /// least along it.
  private static func margins(_ kernel: Matrix) -> [Double] {
    var margins = [Double](repeating: 0, count: kernel.rows)
    for _ in 0..<100_000 {
      var change = 0.0
      for row in margins.indices {
        let rest = margins.indices.reduce(0.0) {
          $1 == row ? $0 : $0 + kernel[row, $1] * logistic(-margins[$1])
        }
        let value = fixedPoint(rest, kernel[row, row])
        change = max(change, abs(value - margins[row]) / max(1, abs(value)))
        margins[row] = value
      }
      if change <= 1e-16 { break }
    }
    return margins
  }

  /// The q with q = b + aσ(−q), a not negative: between b and b + a.
  private static func fixedPoint(_ b: Double, _ a: Double) -> Double {
    var (low, high) = (b, b + a)
    while true {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high { return middle }
      if middle < b + a * logistic(-middle) { low = middle } else { high = middle }
    }
  }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
