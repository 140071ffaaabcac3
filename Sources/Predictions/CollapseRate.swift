import LibC

/// How fast gradient descent on unconstrained features lets variability within classes die.
///
/// The part of H within classes and orthogonal to the rows of W has no gradient but that of its decay:
///
///     θ ← θ + v,  v ← μv − ηλ_Hθ,
///
/// of which the slower solution falls by r per step, r the larger root of r² − (1+μ−ηλ_H) r + μ. For a
/// small ηλ_H that is exp(−ηλ_H t/(1−μ)); NC1 falls as its square. Above (1−√μ)² the roots are complex:
/// what decays swings through zero.
///
/// Source: derived here and compared with descents.
public struct CollapseRate: Sendable, Hashable {
  public let learningRate: Double
  public let momentum: Double
  public let featureDecay: Double

  public init(learningRate: Double, momentum: Double, featureDecay: Double) {
    precondition(learningRate > 0 && (0..<1).contains(momentum) && featureDecay > 0)
    self.learningRate = learningRate
    self.momentum = momentum
    self.featureDecay = featureDecay
  }

  /// Whether what decays swings through zero: ηλ_H > (1−√μ)².
  ///
  /// Behind a ReLU descent never rests then: an entry that it cut off comes back from below zero, and the
  /// gradient of the loss throws it out again.
  public var oscillates: Bool {
    let root = 1 - momentum.squareRoot()
    return learningRate * featureDecay > root * root
  }

  /// What the norm of the part within classes is multiplied by at every step, in the long run.
  public var factor: Double {
    let half = (1 + momentum - learningRate * featureDecay) / 2
    let square = half * half - momentum
    return square > 0 ? half + square.squareRoot() : momentum.squareRoot()
  }

  /// NC1 falls as exp(−rate · t): −2 log of ``factor``, 2ηλ_H/(1−μ) where that is small.
  public var variabilityRate: Double { -2 * log(factor) }

  /// The steps in which NC1 falls to a share of what it was.
  public func steps(to share: Double) -> Double { -log(share) / variabilityRate }
}
