import CollapseCore
import LinearAlgebra
import Synchronization

/// The directions in which the class means differ: the right singular vectors of M√(Σ_B weights)
/// whose singular values stand above rounding.
struct BetweenDirections: Sendable {
  /// σ_1²/σ_rank², of many directions but to a few per cent.
  let condition: Double
  /// max(C,d)·2⁻⁵²·max‖μ_c‖; smaller singular values are rounding.
  let tolerance: Double
  /// Number of directions kept: at most min(C−1, d).
  let rank: Int
  private let basis: Basis

  private enum Basis {
    /// V_k, rank × d.
    case directions(Matrix)
    /// R with RᵀR = Σ_B, where that has full rank and its inverse says all.
    case triangle(Matrix)
  }

  /// Singular values that are not found before somebody asks for them: beside other work.
  private final class Values: Sendable {
    private let matrix: Matrix
    private let values: Mutex<[Double]?>

    init(of matrix: Matrix, found: [Double]? = nil) {
      self.matrix = matrix
      values = Mutex(found)
    }

    func get() throws -> [Double] {
      try values.withLock { values in
        let found = try values ?? matrix.singularValues()
        values = found
        return found
      }
    }
  }

  private let values: Values

  /// - Parameter isCentred: whether the vectors sum to zero, so that one direction is lost.
  init(means: Matrix, centredMeans: Matrix, weights: [Double], isCentred: Bool = true) throws {
    var rows = centredMeans.scalingRows(by: weights.map { $0.squareRoot() })
    let tolerance = BetweenDirections.tolerance(of: means)
    self.tolerance = tolerance
    let most = min(means.rows - (isCentred ? 1 : 0), means.columns)
    func rank(_ values: [Double]) -> Int { min(values.count { $0 > tolerance }, most) }
    if most == means.columns {
      // With more means than dimensions the values most often are all above rounding, which R tells
      // without a decomposition, σ_min ≥ 1/‖R⁻¹‖_F; and then nobody asks for vectors, which take longer
      // than the values. The factor 2 is for the rounding of that.
      rows = try rows.triangularFactor()
      if let inverse = try rows.inverseOfTriangle(), 1 / inverse.frobeniusNorm > 2 * tolerance {
        let ratio = try rows.approximateNorm() * inverse.approximateNorm()
        condition = ratio * ratio
        (values, self.rank, basis) = (Values(of: rows), most, .triangle(rows))
        return
      }
    }
    let (found, vectors) = try rows.singularValueDecomposition()
    values = Values(of: rows, found: found)
    self.rank = rank(found)
    let ratio = self.rank > 0 ? found[0] / found[self.rank - 1] : 1
    condition = ratio * ratio
    basis = .directions(vectors.selectingRows(Array(0..<self.rank)))
  }

  /// All min(C, d) singular values, descending.
  func singularValues() throws -> [Double] { try values.get() }

  /// V_k, rank × d.
  func directions() throws -> Matrix {
    switch basis {
    case .directions(let directions): directions
    case .triangle(let triangle): try triangle.singularValueDecomposition().rightVectors
    }
  }

  /// tr(S Σ_B⁺) = Σ_k V_kᵀ S V_k / s_k² for a symmetric S.
  func projectedTrace(of scatter: Matrix) throws -> Double {
    switch basis {
    case .directions(let directions):
      let products = try directions.timesTransposed(scatter)
      let values = try singularValues()
      return (0..<rank).reduce(0.0) { sum, index in
        let value = values[index]
        return sum + dot(products.row(index), directions.row(index)) / value / value
      }
    case .triangle(let triangle):
      // tr(R⁻ᵀ S R⁻¹).
      let ratios = try scatter.dividedByTriangle(triangle).transposed.dividedByTriangle(triangle)
      return (0..<rank).reduce(0.0) { $0 + ratios[$1, $1] }
    }
  }

  /// Singular values of what is made of these rows, and not above this, are rounding.
  static func tolerance(of rows: Matrix) -> Double {
    Double(max(rows.rows, rows.columns)) * 0x1p-52 * (rows.rowNorms.max() ?? 0)
  }

  /// The length below which a centred mean has no direction.
  var negligibleLength: Double { rank > 0 ? tolerance : .infinity }
}
