import CollapseCore
import LinearAlgebra
import Networks

/// y = x Wᵀ + b over rows, or over the patches of maps: a dense layer or a convolution. W has a row
/// for each output; a row's kernel has its channels innermost, as patches have.
///
/// ẏ = ẋWᵀ + xVᵀ + v_b; backwards ġ_x = ġW + gV, Ẇ = ġᵀx + gᵀẋ.
final class LinearLayer: BlockLayer {
  private let outputs: Int
  private let weight: Int
  private let bias: Int?
  private let patches: Patches?
  /// Whether anything before is trained.
  private let passesBack: Bool
  private(set) var x: Rows!
  private(set) var xTangent: Rows?
  private var g: Rows!

  init(outputs: Int, weight: Int, bias: Int?, patches: Patches?, passesBack: Bool) {
    self.outputs = outputs
    self.weight = weight
    self.bias = bias
    self.patches = patches
    self.passesBack = passesBack
  }

  /// Numbers that an output is summed from.
  private var depth: Int { patches?.depth ?? x.columns }

  func forward(_ x: Rows, _ pass: Pass) -> Rows {
    self.x = x
    let y = output(x)
    multiply(x, pass.values + weight, into: y, adding: false, pass)
    if let bias { y.addToRows(pass.values + bias) }
    return y
  }

  func tangent(_ tangent: Rows?, _ pass: Pass) -> Rows? {
    xTangent = tangent
    let y = output(x)
    multiply(x, pass.direction! + weight, into: y, adding: false, pass)
    if let tangent { multiply(tangent, pass.values + weight, into: y, adding: true, pass) }
    if let bias { y.addToRows(pass.direction! + bias) }
    return y
  }

  func backward(_ g: Rows, _ pass: Pass) -> Rows? {
    if pass.keeps { self.g = g }
    if let result = pass.result {
      addOuter(g, x, to: result + weight, pass)
      if let bias { g.addSum(to: result + bias) }
    }
    guard passesBack else { return nil }
    return inputCotangent([(g, pass.values + weight)], pass)
  }

  func tangentBackward(_ tangent: Rows, _ pass: Pass) -> Rows? {
    let result = pass.result!
    addOuter(tangent, x, to: result + weight, pass)
    if let xTangent { addOuter(g, xTangent, to: result + weight, pass) }
    if let bias { tangent.addSum(to: result + bias) }
    guard passesBack else { return nil }
    return inputCotangent(
      [(tangent, pass.values + weight), (g, pass.direction! + weight)], pass)
  }

  func forgetTangents() { xTangent = nil }

  // MARK: Products

  private func output(_ x: Rows) -> Rows {
    Rows(patches.map { $0.places * (x.rows / $0.pixels) } ?? x.rows, outputs)
  }

  private func multiply(
    _ x: Rows, _ matrix: UnsafePointer<Double>, into y: Rows, adding: Bool, _ pass: Pass
  ) {
    forEachChunk(x) { rows, first, count in
      pass.products.multiply(
        rows, matrix, transposed: .second, rows: count, columns: outputs, depth: depth,
        adding: adding, into: y.base + first * outputs)
    }
  }

  private func addOuter(
    _ g: Rows, _ x: Rows, to matrix: UnsafeMutablePointer<Double>, _ pass: Pass
  ) {
    forEachChunk(x) { rows, first, count in
      pass.products.multiply(
        g.base + first * outputs, rows, transposed: .first, rows: outputs, columns: depth,
        depth: count, adding: true, into: matrix)
    }
  }

  /// Σ g W over the pairs.
  private func inputCotangent(
    _ pairs: [(g: Rows, matrix: UnsafePointer<Double>)], _ pass: Pass
  ) -> Rows {
    func sum(_ first: Int, _ count: Int, into target: UnsafeMutablePointer<Double>) {
      for (index, pair) in pairs.enumerated() {
        pass.products.multiply(
          pair.g.base + first * outputs, pair.matrix, rows: count, columns: depth, depth: outputs,
          adding: index > 0, into: target)
      }
    }
    guard let patches, !patches.isIdentity else {
      let result = Rows(x.rows, x.columns)
      sum(0, x.rows, into: result.base)
      return result
    }
    let result = Rows(zeros: x.rows, x.columns)
    patches.forEachChunk(samples: x.rows / patches.pixels) { chunk, sample, samples in
      sum(sample * patches.places, samples * patches.places, into: chunk)
      patches.scatter(chunk, samples: samples, to: result.base + sample * patches.inputCount)
    }
    return result
  }

  /// Rows that are multiplied with W: of maps the patches, some samples at a time.
  private func forEachChunk(
    _ x: Rows, _ body: (_ rows: UnsafePointer<Double>, _ first: Int, _ count: Int) -> Void
  ) {
    guard let patches, !patches.isIdentity else { return body(x.base, 0, x.rows) }
    patches.forEachChunk(samples: x.rows / patches.pixels) { chunk, sample, samples in
      patches.gather(x.base + sample * patches.inputCount, samples: samples, into: chunk)
      body(chunk, sample * patches.places, samples * patches.places)
    }
  }
}
