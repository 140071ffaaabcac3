import CollapseCore
import LinearAlgebra

/// The directions in which the class means differ: the right singular vectors of M√(Σ_B weights)
/// whose singular values stand above rounding.
struct BetweenDirections: Sendable {
  /// All min(C, d) singular values, descending.
  let singularValues: [Double]
  /// max(C,d)·2⁻⁵²·max‖μ_c‖; smaller singular values are rounding.
  let tolerance: Double
  /// Number of directions kept: at most min(C−1, d).
  let rank: Int
  /// V_k, rank × d.
  let directions: Matrix

  /// - Parameter isCentred: whether the vectors sum to zero, so that one direction is lost.
  init(means: Matrix, centredMeans: Matrix, weights: [Double], isCentred: Bool = true) throws {
    let (values, vectors) = try centredMeans.scalingRows(by: weights.map { $0.squareRoot() })
      .singularValueDecomposition()
    singularValues = values
    tolerance =
      Double(max(means.rows, means.columns)) * 0x1p-52 * (means.rowNorms.max() ?? 0)
    let above = values.filter { [tolerance] in $0 > tolerance }.count
    rank = min(above, means.rows - (isCentred ? 1 : 0), means.columns)
    directions = vectors.selectingRows(Array(0..<rank))
  }

  /// The length below which a centred mean has no direction.
  var negligibleLength: Double { rank > 0 ? tolerance : .infinity }

  /// σ_1²/σ_rank².
  var condition: Double {
    guard rank > 0 else { return 1 }
    let ratio = singularValues[0] / singularValues[rank - 1]
    return ratio * ratio
  }
}
