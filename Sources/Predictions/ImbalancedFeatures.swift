import CollapseCore
import LibC

/// The optimum of unconstrained features under cross-entropy, without a bias, for classes of two
/// sizes: k_A of n_A samples and k_B of n_B, with λ_Z = √(λ_Wλ_H).
///
/// Classes of a group merge — the same features and the same row of W — exactly where
/// n_B ≤ (Nλ_Z)²: minority collapse. Before, the optimum follows from a convex program in six logits,
/// in which λ_Z‖Z‖_* stands for both penalties.
///
/// Sources: Fang et al., arXiv 2101.12699, who found the effect, and Dang et al., arXiv 2301.00437;
/// threshold and program are derived here and compared with optima found numerically.
public struct ImbalancedFeatures: Sendable, Hashable {
  public let majorityClasses: Int
  public let majorityCount: Int
  public let minorityClasses: Int
  public let minorityCount: Int
  public let weightDecay: Double
  public let featureDecay: Double

  public init(
    majorityClasses: Int, majorityCount: Int, minorityClasses: Int, minorityCount: Int,
    weightDecay: Double, featureDecay: Double
  ) {
    precondition(majorityClasses >= 1 && minorityClasses >= 1)
    self.majorityClasses = majorityClasses
    self.majorityCount = majorityCount
    self.minorityClasses = minorityClasses
    self.minorityCount = minorityCount
    self.weightDecay = weightDecay
    self.featureDecay = featureDecay
  }

  var sampleCount: Double {
    Double(majorityClasses * majorityCount + minorityClasses * minorityCount)
  }

  /// λ_Z = √(λ_Wλ_H).
  public var logitDecay: Double { (weightDecay * featureDecay).squareRoot() }

  /// Whether the classes of the smaller size merge: n_B ≤ (Nλ_Z)².
  public var minorityMerges: Bool {
    let limit = sampleCount * logitDecay
    return Double(minorityCount) <= limit * limit
  }

  /// R* = (1/(λ_Z√n_B) − k_B)/k_A: the ratio n_A/n_B from which on they do.
  public var mergingRatio: Double {
    (1 / (logitDecay * Double(minorityCount).squareRoot()) - Double(minorityClasses))
      / Double(majorityClasses)
  }

  /// The optimum.
  public struct Optimum: Sendable, Hashable {
    public var loss: Double
    /// The cosine between two rows of W of the smaller classes; `nil` where there is one only.
    public var minorityCosine: Double?
    /// The cosine between two rows of W of the larger classes; `nil` where there is one only.
    public var majorityCosine: Double?
    /// λ_W‖W‖² and λ_H‖H‖², which are equal: λ_Z‖Z‖_*.
    public var groupPenalty: Double
  }

  /// The optimum by the program of six logits.
  public func optimum() -> Optimum {
    let program = LogitProgram(self)
    // No start but zero leads elsewhere: the program is convex in the logits.
    let start = (0..<12).map { [1, 0.7, 0.8, 0.6, 1, 0.1, -0.2, 0.9, 0.8, -0.1, 0.2, 0.7][$0] }
    let solver = LimitedMemoryBFGS(memory: 12, maximalSteps: 20_000, gradientTolerance: 1e-13)
    // Without an interruption nothing is thrown.
    let minimum = try! solver.minimize(program, from: start)
    let point = minimum.point
    func cosine(_ size: Int, _ difference: Double, _ p: Double, _ q: Double) -> Double? {
      guard size > 1 else { return nil }
      let sum = p * p + q * q
      let norm = sum + Double(size - 1) * difference
      return norm > 0 ? (sum - difference) / norm : nil
    }
    return Optimum(
      loss: minimum.value,
      minorityCosine: cosine(minorityClasses, point[2] * point[2], point[6], point[7]),
      majorityCosine: cosine(majorityClasses, point[0] * point[0], point[4], point[5]),
      groupPenalty: program.penalty(at: point))
  }
}

/// The program in a form without corners: every singular value of Z is a product, for which
/// |pq| ≤ (p² + q²)/2 stands, and the part that is constant within groups is a product P Qᵀ of two 2×2
/// matrices. At the optimum both factors are balanced, and P Pᵀ is that part of W Wᵀ.
private struct LogitProgram: SmoothFunction {
  let model: ImbalancedFeatures

  init(_ model: ImbalancedFeatures) { self.model = model }

  /// p and q of the differences within the larger classes, within the smaller, P, Q.
  let dimension = 12

  func value(at x: [Double], gradient: inout [Double]) -> Double {
    let decay = model.logitDecay
    let sizes = (Double(model.majorityClasses), Double(model.minorityClasses))
    let counts = (Double(model.majorityCount), Double(model.minorityCount))
    // Row i of P, row j of Q.
    func entry(_ i: Int, _ j: Int) -> Double {
      x[4 + 2 * i] * x[8 + 2 * j] + x[5 + 2 * i] * x[9 + 2 * j]
    }
    for index in 0..<12 { gradient[index] = 0 }
    var loss = 0.0
    func addGroup(
      own: Int, size: Double, count: Double, otherSize: Double, pair: Int
    ) {
      let root = count.squareRoot()
      let difference = x[pair] * x[pair + 1] / root
      let sum = entry(own, own) / root
      let crossScale = (count * size * otherSize).squareRoot()
      let cross = entry(1 - own, own) / crossScale
      let a1 = (sum + (size - 1) * difference) / size
      let a2 = (sum - difference) / size
      let top = max(a1, max(a2, cross))
      let parts = (exp(a1 - top), (size - 1) * exp(a2 - top), otherSize * exp(cross - top))
      let total = parts.0 + parts.1 + parts.2
      let weight = size * count / model.sampleCount
      loss += weight * (log(total) + top - a1)
      let d1 = weight * (parts.0 / total - 1)
      let d2 = weight * parts.1 / total
      let d3 = weight * parts.2 / total
      let bySum = (d1 + d2) / size / root
      let byDifference = (d1 * (size - 1) - d2) / size / root
      gradient[pair] += byDifference * x[pair + 1]
      gradient[pair + 1] += byDifference * x[pair]
      for column in 0..<2 {
        gradient[4 + 2 * own + column] += bySum * x[8 + 2 * own + column]
        gradient[8 + 2 * own + column] += bySum * x[4 + 2 * own + column]
        gradient[4 + 2 * (1 - own) + column] += d3 / crossScale * x[8 + 2 * own + column]
        gradient[8 + 2 * own + column] += d3 / crossScale * x[4 + 2 * (1 - own) + column]
      }
    }
    addGroup(own: 0, size: sizes.0, count: counts.0, otherSize: sizes.1, pair: 0)
    addGroup(own: 1, size: sizes.1, count: counts.1, otherSize: sizes.0, pair: 2)
    for index in 0..<12 { gradient[index] += decay * multiplicity(index) * x[index] }
    return loss + penalty(at: x)
  }

  /// How often a factor occurs: one of differences within a group, for each class but one.
  private func multiplicity(_ index: Int) -> Double {
    let classes =
      index < 2 ? model.majorityClasses : index < 4 ? model.minorityClasses : 2
    return Double(classes - 1)
  }

  /// λ_Z/2 times the squares of all factors; at the optimum λ_Z‖Z‖_*.
  func penalty(at x: [Double]) -> Double {
    model.logitDecay / 2 * x.indices.reduce(0) { $0 + multiplicity($1) * x[$1] * x[$1] }
  }
}
