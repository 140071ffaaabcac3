import LinearAlgebra
import Networks

/// What a pass over a block of samples reads and writes beside the numbers of the block.
struct Pass {
  let products: Products
  /// The parameters.
  let values: UnsafePointer<Double>
  /// The direction v, where derivatives are taken along one.
  var direction: UnsafePointer<Double>?
  /// Where gradients by the parameters are added; `nil` where they are not asked for.
  var result: UnsafeMutablePointer<Double>?
  /// Whether cotangents are kept for the derivative of the backward pass.
  var keeps = false
}

/// A layer over one block of samples, with what a forward and a backward pass leave behind for
/// derivatives along a direction (Pearlmutter's R-operator; a dot is a derivative along v).
///
/// A layer owns the numbers it is given: it may change or keep them, and gives up those it returns.
/// `nil` in place of a tangent is zero; in place of a cotangent, that nobody before asks for it.
protocol BlockLayer: AnyObject {
  /// y of x.
  func forward(_ x: Rows, _ pass: Pass) -> Rows
  /// ∂/∂x of ∂/∂y; adds ∂/∂θ.
  func backward(_ g: Rows, _ pass: Pass) -> Rows?
  /// ẏ of ẋ.
  func tangent(_ tangent: Rows?, _ pass: Pass) -> Rows?
  /// The derivative of `backward`: (∂/∂x)˙ of (∂/∂y)˙; adds (∂/∂θ)˙.
  func tangentBackward(_ tangent: Rows, _ pass: Pass) -> Rows?
  /// Lets go of what the passes along a direction left behind.
  func forgetTangents()
}

extension BlockLayer {
  func forgetTangents() {}
}

/// A layer without parameters whose derivative does not change with its input, almost everywhere:
/// tangents go through it as its derivative says, cotangents and theirs through the transpose.
protocol PiecewiseLinearLayer: BlockLayer {
  func derivative(_ tangent: Rows) -> Rows
  func transposedDerivative(_ cotangent: Rows) -> Rows
}

extension PiecewiseLinearLayer {
  func backward(_ g: Rows, _ pass: Pass) -> Rows? { transposedDerivative(g) }
  func tangent(_ tangent: Rows?, _ pass: Pass) -> Rows? { tangent.map(derivative) }
  func tangentBackward(_ tangent: Rows, _ pass: Pass) -> Rows? { transposedDerivative(tangent) }
}
