import CollapseCore
import LinearAlgebra

/// What the d×d scatter says: the singular values of h − μ_G and the variability collapse index.
struct ScatterSpectrum: Sendable {
  /// Descending, min(N, d) of them.
  let singularValues: [Double]
  /// Of the features themselves.
  let uncentredSingularValues: [Double]
  /// R with RᵀR = Σ zzᵀ.
  let within: Matrix
  /// mean of 1/(1+λ_k) over the generalized eigenvalues of (Σ_B, Σ_W); `nil` where Σ_B is zero.
  let variabilityCollapseIndex: Double?

  /// - Parameters:
  ///   - within: R of the rows h − μ_y.
  ///   - weightedWithin: R of the rows h − μ_y times the roots of their weights in Σ_W.
  ///   - weightedMeans: M times the roots of the weights in Σ_B.
  init(
    within: Matrix, weightedWithin: Matrix, means uncentred: Matrix, centredMeans: Matrix,
    counts: [Int],
    weightedMeans: Matrix, between: BetweenDirections
  ) throws {
    // Σ(h−μ_G)(h−μ_G)ᵀ = Σ zzᵀ + Σ n_c m_c m_cᵀ: the singular values of one on top of the other,
    // which keeps a small within part beside large means.
    func values(with means: Matrix) throws -> [Double] {
      let rows = means.scalingRows(by: counts.map { Double($0).squareRoot() })
      let values = try within.above(rows).singularValues()
      return Array(values.prefix(min(counts.reduce(0, +), within.columns)))
    }
    singularValues = try values(with: centredMeans)
    uncentredSingularValues = try values(with: uncentred)
    self.within = within
    variabilityCollapseIndex =
      between.rank == 0
      ? nil
      : try ScatterSpectrum.collapseIndex(
        within: weightedWithin, means: weightedMeans, between: between)
  }

  /// The generalized eigenvalues λ are the squared singular values of M√w R_W⁻¹; but where Σ_W is
  /// singular, or nearly, those have no digits.
  private static func collapseIndex(
    within: Matrix, means: Matrix, between: BetweenDirections
  ) throws -> Double {
    guard try within.reciprocalConditionOfTriangle() > 1e-6 else {
      return try pairedCollapseIndex(within: within, means: means, between: between)
    }
    let ratios = try means.dividedByTriangle(within).singularValues().prefix(between.rank)
    return ratios.reduce(0) { $0 + 1 / (1 + $1 * $1) } / Double(between.rank)
  }

  /// The generalized singular pairs (c, s) of R_W and M√w have λ = s²/c² and 1/(1+λ) = c². They
  /// come from the stacked matrix K = [R_W; M√w] = UΣVᵀ: the right singular vectors y of its lower
  /// part of U span the between directions, and c = ‖R_W V Σ⁻¹ y‖, with no difference from 1.
  private static func pairedCollapseIndex(
    within: Matrix, means: Matrix, between: BetweenDirections
  ) throws -> Double {
    let stacked = within.above(means)
    let (values, vectors) = try stacked.singularValueDecomposition()
    let limit = Double(stacked.rows) * 0x1p-52 * (values.first ?? 0)
    let kept = values.filter { $0 > limit }.count
    // Rows V_k/σ_k of the range of K.
    let basis = vectors.selectingRows(Array(0..<kept))
      .scalingRows(by: values[..<kept].map { 1 / $0 })
    let (_, pairs) = try means.timesTransposed(basis).singularValueDecomposition()
    let rank = min(between.rank, pairs.rows)
    let cosines = try within.timesTransposed(basis).timesTransposed(
      pairs.selectingRows(Array(0..<rank)))
    return cosines.elements.reduce(0) { $0 + $1 * $1 } / Double(rank)
  }
}

extension Matrix {
  /// This matrix with the rows of `other` under its own.
  func above(_ other: Matrix) -> Matrix {
    Matrix(rows: rows + other.rows, columns: columns, elements: elements + other.elements)
  }
}
