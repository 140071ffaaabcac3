import LibC

/// The geometry of the largest margin for classes of two sizes, m of each: the simplex-encoded labels
/// Ẑ = Y − 1/K, of which W takes the left and H the right singular vectors, WWᵀ = VΛVᵀ.
///
/// Features under cross-entropy tend to it as their decay goes to zero, with the inverse of the
/// decay's logarithm.
///
/// Source: Thrampoulidis et al., arXiv 2208.05512 (SELI).
public struct SimplexInterpolation: Sendable, Hashable {
  /// m, half the classes.
  public let groupSize: Int
  public let majorityCount: Int
  public let minorityCount: Int

  public init(groupSize: Int, majorityCount: Int, minorityCount: Int) {
    precondition(groupSize >= 1)
    self.groupSize = groupSize
    self.majorityCount = majorityCount
    self.minorityCount = minorityCount
  }

  /// The singular values of Ẑ with how often each occurs: √n_maj and √n_min (m−1 times each), and
  /// √((n_maj+n_min)/2) once.
  public var singularValues: [(value: Double, multiplicity: Int)] {
    [
      (Double(majorityCount).squareRoot(), groupSize - 1),
      (Double(minorityCount).squareRoot(), groupSize - 1),
      (Double(majorityCount + minorityCount).squareRoot() / 2.0.squareRoot(), 1),
    ]
  }

  /// The cosine between two rows of W within a group of `count` samples each.
  private func cosine(_ count: Int) -> Double {
    let m = Double(groupSize)
    let q = singularValues[2].value / (2 * m)
    let root = Double(count).squareRoot()
    return (-root / m + q) / (root * (1 - 1 / m) + q)
  }

  /// The cosine between the rows of W of two smaller classes.
  public var minorityCosine: Double { cosine(minorityCount) }
  /// The cosine between the rows of W of two larger classes.
  public var majorityCosine: Double { cosine(majorityCount) }
}
