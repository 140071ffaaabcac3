import CollapseCore
import LibC
import Networks

/// An elementwise σ with two derivatives: ẏ = σ'ẋ; backwards ġ_x = ġσ' + gσ''ẋ.
final class SmoothLayer: BlockLayer {
  /// σ, σ' and σ'' at x.
  typealias Function = @Sendable (_ x: Double) -> (value: Double, first: Double, second: Double)

  private let function: Function
  private var first: Rows!
  private var second: Rows!
  private var g: Rows!
  private var xTangent: Rows?

  init(_ function: @escaping Function) { self.function = function }

  func forward(_ x: Rows, _ pass: Pass) -> Rows {
    first = Rows(x.rows, x.columns)
    second = Rows(x.rows, x.columns)
    for index in 0..<x.count {
      let at = function(x.base[index])
      (x.base[index], first.base[index], second.base[index]) = (at.value, at.first, at.second)
    }
    return x
  }

  func tangent(_ tangent: Rows?, _ pass: Pass) -> Rows? {
    xTangent = tangent?.copy()
    return tangent.map(scaled)
  }

  func backward(_ g: Rows, _ pass: Pass) -> Rows? {
    if pass.keeps { self.g = g.copy() }
    return scaled(g)
  }

  func tangentBackward(_ tangent: Rows, _ pass: Pass) -> Rows? {
    let result = scaled(tangent)
    guard let xTangent else { return result }
    for index in 0..<result.count {
      result.base[index] += g.base[index] * second.base[index] * xTangent.base[index]
    }
    return result
  }

  func forgetTangents() { xTangent = nil }

  private func scaled(_ rows: Rows) -> Rows {
    for index in 0..<rows.count { rows.base[index] *= first.base[index] }
    return rows
  }
}

extension SmoothLayer {
  convenience init(_ layer: Tanh) {
    self.init { x in
      let y = tanh(x)
      return (y, 1 - y * y, -2 * y * (1 - y * y))
    }
  }

  convenience init(_ layer: Softplus) {
    self.init { x in
      let share = 1 / (1 + exp(-x))
      return (max(x, 0) + log1p(exp(-abs(x))), share, share * (1 - share))
    }
  }

  convenience init(_ layer: GELU) {
    self.init { x in
      let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      let below = erfc(-x / 2.0.squareRoot()) / 2
      return (x * below, below + x * density, density * (2 - x * x))
    }
  }
}
