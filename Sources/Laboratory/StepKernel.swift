public import CollapseCore
import LinearAlgebra

/// What a step θ → θ + Δ does to a network's outputs, exactly: along the way each sample's features are
/// its Jacobian averaged over the step,
///
///     f(x; θ+Δ) − f(x; θ) = ∫₀¹ J(x; θ+sΔ) ds · Δ.
///
/// For a step of gradient descent, Δ = −ηΣ_i J(x_i; θ)ᵀ ∂ℓ_i, that is −ηΣ_i K(x, x_i) ∂ℓ_i with
///
///     K(x, x_i) = ∫₀¹ J(x; θ+sΔ) ds J(x_i; θ)ᵀ,
///
/// which has two different feature maps and is not symmetric: descent learns in a reproducing kernel
/// Banach space, not in a Hilbert space.
///
/// Integrals are by Gauss's quadrature: exact where outputs are polynomials in s of at most twice as
/// many degrees as there are nodes, and to rounding with a few more for smooth activations.
///
/// Source: Shilton et al., arXiv 2302.00205.
public struct StepKernel: Sendable {
  public let quadrature: GaussLegendre

  public init(nodes: Int) { quadrature = GaussLegendre(count: nodes) }

  /// The change of outputs, a row for each sample of `model`.
  public func change(of model: DenseModel, from point: [Double], by step: [Double]) -> Matrix {
    average { model.tangent(at: Self.moved(point, by: $0, of: step), along: step) }
  }

  /// K, a row for each output of each sample of `model`, a column for each of `others`.
  public func kernel(
    of model: DenseModel, with others: DenseModel, from point: [Double], by step: [Double]
  ) throws -> Matrix {
    let features = try others.jacobian(at: point)
    return try average { place in
      try model.jacobian(at: Self.moved(point, by: place, of: step)).timesTransposed(features)
    }
  }

  private static func moved(_ point: [Double], by share: Double, of step: [Double]) -> [Double] {
    point.indices.map { point[$0] + share * step[$0] }
  }

  private func average(_ value: (Double) throws -> Matrix) rethrows -> Matrix {
    var sum: Matrix?
    for (node, weight) in zip(quadrature.nodes, quadrature.weights) {
      let term = try value(node)
      var total = sum ?? Matrix(rows: term.rows, columns: term.columns)
      for index in total.elements.indices {
        total.elements[index] += weight * term.elements[index]
      }
      sum = total
    }
    return sum!
  }
}
