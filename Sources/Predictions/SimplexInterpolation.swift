public import CollapseCore

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

  /// WWᵀ up to a factor, the larger classes first: VΛVᵀ.
  public var classifierGram: Matrix {
    let m = Double(groupSize)
    let between = singularValues[2].value / (2 * m)
    var gram = Matrix(rows: 2 * groupSize, columns: 2 * groupSize)
    for row in 0..<gram.rows {
      for column in 0..<gram.columns {
        let isMinority = row >= groupSize
        guard isMinority == (column >= groupSize) else {
          gram[row, column] = -between
          continue
        }
        let own = singularValues[isMinority ? 1 : 0].value
        gram[row, column] = own * ((row == column ? 1 : 0) - 1 / m) + between
      }
    }
    return gram
  }

  private func cosine(_ first: Int, _ second: Int) -> Double? {
    guard groupSize > 1 else { return nil }
    let gram = classifierGram
    return gram[first, second] / (gram[first, first] * gram[second, second]).squareRoot()
  }

  /// The cosine between the rows of W of two smaller classes; `nil` where there is one only.
  public var minorityCosine: Double? { cosine(2 * groupSize - 2, 2 * groupSize - 1) }
  /// The cosine between the rows of W of two larger classes; `nil` where there is one only.
  public var majorityCosine: Double? { cosine(0, 1) }
}
