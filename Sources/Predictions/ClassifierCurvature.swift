/// The eigenvalues of the classifier's block of the Hessian of cross-entropy at collapse.
///
/// Every feature is the mean of its class, ‖μ_c‖² = s², ⟨μ_c, μ_c'⟩ = κs² for two classes, and every
/// sample gives its own class the probability a and each other one b = (1 − a)/(C − 1). The block is
/// (1/C) Σ_c A_c ⊗ μ_cμ_cᵀ with A_c = diag(p) − ppᵀ, whose eigenvalues across the own class and among
/// the others are ℓ = a(1 − a)C/(C − 1) and b. In units of s²/C they are
///
///     (1 − κ)ℓ                                             once,
///     those of (1 − κ) diag(ℓ, b) + κ vvᵀ                  C − 1 times each,
///     (1 − κ)b                                             (C − 1)² − C times, and 0,
///
/// with v = (√(ℓC/(C − 1)), √(bC(C − 2)/(C − 1))). A classifier with a bias sees (μ_c, 1) in the
/// place of μ_c.
///
/// Source: the decomposition of Papyan, arXiv 2008.11865, at collapse; the eigenvalues are derived
/// here and agree with the matrix's to 1e−15. At a simplex (κ = −1/(C − 1)) the pairs are
/// s²(b + (C − 2)ℓ)/(C − 1)² and 0; for orthogonal means all but b/C are a(1 − a)s²/(C − 1).
public struct ClassifierCurvature: Sendable, Hashable {
  public let classCount: Int
  /// s².
  public let squaredNorm: Double
  /// κ.
  public let cosine: Double
  /// a.
  public let ownProbability: Double

  /// - Parameter hasBias: whether the features have a one beside their numbers.
  /// - Precondition: at least two classes.
  public init(
    classCount: Int, squaredNorm: Double, cosine: Double, ownProbability: Double,
    hasBias: Bool = false
  ) {
    precondition(classCount >= 2)
    self.classCount = classCount
    self.squaredNorm = hasBias ? squaredNorm + 1 : squaredNorm
    self.cosine = hasBias ? (cosine * squaredNorm + 1) / (squaredNorm + 1) : cosine
    self.ownProbability = ownProbability
  }

  /// An eigenvalue, and how often it is one.
  public struct Eigenvalue: Sendable, Hashable {
    public let value: Double
    public let count: Int
  }

  /// Those that are not zero for every such network.
  public var eigenvalues: [Eigenvalue] {
    let c = Double(classCount)
    let others = (1 - ownProbability) / (c - 1)
    let own = ownProbability * (1 - ownProbability) * c / (c - 1)
    let unit = squaredNorm / c
    guard classCount > 2 else {  // there are no others
      return [1 - cosine, 1 + cosine].map { Eigenvalue(value: unit * $0 * own, count: 1) }
    }
    let (first, second) = (own * c / (c - 1), others * c * (c - 2) / (c - 1))
    let (p, q) = ((1 - cosine) * own + cosine * first, (1 - cosine) * others + cosine * second)
    let middle = (p + q) / 2
    let distance =
      ((p - q) * (p - q) / 4 + cosine * cosine * first * second).squareRoot()
    return [
      Eigenvalue(value: unit * (1 - cosine) * own, count: 1),
      Eigenvalue(value: unit * (middle + distance), count: classCount - 1),
      Eigenvalue(value: unit * (middle - distance), count: classCount - 1),
      Eigenvalue(
        value: unit * (1 - cosine) * others,
        count: (classCount - 1) * (classCount - 1) - classCount),
    ]
  }

  /// The largest of them.
  public var largest: Double { eigenvalues.map(\.value).max() ?? 0 }

  /// Their sum, with multiplicity: s²(1 − Σp²).
  public var trace: Double { eigenvalues.reduce(0) { $0 + Double($1.count) * $1.value } }
}
