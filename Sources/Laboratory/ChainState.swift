public import CollapseCore
import LinearAlgebra

/// A chain at one point.
public struct ChainState: Sendable {
  public let chain: FeatureChain
  /// What goes into W₁ … W_L, a row per sample, after activations; last the outputs.
  public let layers: [Matrix]
  /// W₁ … W_L.
  public let weights: [Matrix]
  public let bias: [Double]?
  /// λ_g‖θ_g‖² of H₁, W₁ … W_L.
  public let penalties: [Double]
  /// What each of them is at a stationary point: −Σ ⟨∂ℓ/∂z_i, z_i − b⟩.
  public let expectedPenalty: Double

  /// max_g |λ_g‖θ_g‖²/T − 1|: 0 at every stationary point whatever its geometry; `nil` at the zero
  /// solution, of which it says nothing.
  ///
  /// It holds for chains that are positively homogeneous in each group.
  public var imbalance: Double? {
    guard expectedPenalty > 1e-9 else { return nil }
    return penalties.map { abs($0 / expectedPenalty - 1) }.max()
  }

  /// The geometry of what goes into W_l, l from 1: features, or a hidden layer after its activation.
  public func geometry(enteringLayer layer: Int) -> FrameGeometry {
    FrameGeometry(layers[layer - 1], classCounts: chain.classCounts)
  }

  /// What W_l gives, l from 1, before any activation.
  public func preactivations(of layer: Int) throws -> Matrix {
    try layers[layer - 1].timesTransposed(weights[layer - 1])
  }

  /// The class means of M_l, l from 1: of H₁, or of what W_{l−1} gives before its activation.
  public func frame(ofLayer layer: Int) throws -> FrameGeometry {
    FrameGeometry(
      layer == 1 ? layers[0] : try preactivations(of: layer - 1), classCounts: chain.classCounts)
  }

  /// The singular values of the class means of M_l, not centred, in descending order.
  public func singularValues(ofLayer layer: Int) throws -> [Double] {
    try frame(ofLayer: layer).means.singularValues()
  }

  /// How many of ``singularValues(ofLayer:)`` are above `tolerance` of the largest.
  public func rank(ofLayer layer: Int, tolerance: Double = 1e-2) throws -> Int {
    let values = try singularValues(ofLayer: layer)
    guard let first = values.first, first > 0 else { return 0 }
    return values.count { $0 > tolerance * first }
  }

  /// ‖W_l(I−Π)‖/‖W_l‖, Π the projector on the class means that enter W_l: 0 where the rows of W_l lie
  /// in their span.
  public func weightsOutsideMeans(ofLayer layer: Int) throws -> Double {
    let weights = weights[layer - 1]
    let norm = weights.frobeniusNorm
    guard norm > 0 else { return 0 }
    let (values, directions) = try geometry(enteringLayer: layer).means
      .singularValueDecomposition()
    var rest = weights
    for (index, value) in values.enumerated() where value > 1e-6 * values[0] {
      let direction = directions.row(index)
      for row in 0..<rest.rows {
        let part = dot(rest.row(row), direction)
        for (column, element) in direction.enumerated() {
          rest[row, column] -= part * element
        }
      }
    }
    return rest.frobeniusNorm / norm
  }

  /// ‖W_L − factor·Mᵀ‖/‖W_L‖ for M the class means that enter it.
  public func dualityDistance(factor: Double) -> Double {
    let means = geometry(enteringLayer: chain.depth).means
    let norm = weights[chain.depth - 1].frobeniusNorm
    guard norm > 0 else { return 0 }
    return weights[chain.depth - 1].distance(to: means.scaled(by: factor)) / norm
  }
}
