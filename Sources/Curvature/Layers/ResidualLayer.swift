/// max(f(x) + g(x), 0), or the sum itself.
final class ResidualLayer: BlockLayer {
  private let body: [any BlockLayer]
  private let shortcut: [any BlockLayer]
  private let rectifier: RectifierLayer?

  init(body: [any BlockLayer], shortcut: [any BlockLayer], rectifies: Bool) {
    self.body = body
    self.shortcut = shortcut
    rectifier = rectifies ? RectifierLayer() : nil
  }

  func forward(_ x: Rows, _ pass: Pass) -> Rows {
    let side = shortcut.forward(x.copy(), pass)
    let sum = body.forward(x, pass)
    sum.add(side)
    return rectifier?.forward(sum, pass) ?? sum
  }

  func backward(_ g: Rows, _ pass: Pass) -> Rows? {
    let g = rectifier?.transposedDerivative(g) ?? g
    return total(shortcut.backward(g.copy(), pass), body.backward(g, pass))
  }

  func tangent(_ tangent: Rows?, _ pass: Pass) -> Rows? {
    let side = shortcut.tangent(tangent?.copy(), pass)
    let sum = total(side, body.tangent(tangent, pass))
    return sum.map { rectifier?.derivative($0) ?? $0 }
  }

  func tangentBackward(_ tangent: Rows, _ pass: Pass) -> Rows? {
    let tangent = rectifier?.transposedDerivative(tangent) ?? tangent
    return total(
      shortcut.tangentBackward(tangent.copy(), pass), body.tangentBackward(tangent, pass))
  }

  func forgetTangents() { for layer in body + shortcut { layer.forgetTangents() } }

  private func total(_ a: Rows?, _ b: Rows?) -> Rows? {
    guard let a, let b else { return a ?? b }
    a.add(b)
    return a
  }
}

/// Layers one after another.
extension [any BlockLayer] {
  func forward(_ x: Rows, _ pass: Pass) -> Rows { reduce(x) { $1.forward($0, pass) } }

  func backward(_ g: Rows, _ pass: Pass) -> Rows? {
    reversed().reduce(g) { g, layer in g.flatMap { layer.backward($0, pass) } }
  }

  func tangent(_ tangent: Rows?, _ pass: Pass) -> Rows? {
    reduce(tangent) { $1.tangent($0, pass) }
  }

  func tangentBackward(_ tangent: Rows, _ pass: Pass) -> Rows? {
    reversed().reduce(tangent) { g, layer in g.flatMap { layer.tangentBackward($0, pass) } }
  }
}
