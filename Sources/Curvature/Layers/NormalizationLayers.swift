import CollapseCore
import LibC
import Networks

/// y = γx̂ + β with x̂ = (u − μ)r, r = (σ² + ε)^−½, over groups of numbers that share μ and σ: the
/// columns of a batch, or the samples.
///
/// With d = u − μ: ḋ = u̇ − mean u̇, c = mean(x̂ḋ), ṙ = −r²c, x̂˙ = r(ḋ − x̂c). Backwards, with e = γg:
/// q = e − mean e − x̂ mean(e x̂), g_u = rq, and with ė = γġ + γ̇g
/// q̇ = ė − mean ė − x̂˙ mean(e x̂) − x̂ mean(ė x̂ + e x̂˙), ġ_u = ṙq + rq̇.
/// Where μ and σ are given beforehand, ẋ̂ = r u̇ and ġ_u = rė.
final class NormalizationLayer: BlockLayer {
  /// Which numbers are normalized together.
  enum Groups {
    /// Each column by itself, over all rows.
    case columns
    /// Each column, by moments that are given.
    case given(mean: [Double], variance: [Double])
    /// All numbers of a sample: as many rows.
    case samples(rows: Int)
  }

  private let groups: Groups
  private let epsilon: Double
  /// Where γ and β begin among the parameters.
  private let scale: Int?
  private let shift: Int?
  private let passesBack: Bool

  private var normalized: Rows!
  /// r of each group.
  private var inverse: [Double] = []
  private var normalizedTangent: Rows!
  /// ṙ of each group.
  private var inverseTangent: [Double] = []
  private var g: Rows!

  init(_ groups: Groups, epsilon: Double, scale: Int?, shift: Int?, passesBack: Bool) {
    self.groups = groups
    self.epsilon = epsilon
    self.scale = scale
    self.shift = shift
    self.passesBack = passesBack
  }

  private var isGiven: Bool { if case .given = groups { true } else { false } }

  func forgetTangents() { normalizedTangent = nil }

  // MARK: Groups

  private func groupCount(_ x: Rows) -> Int {
    if case .samples(let rows) = groups { x.rows / rows } else { x.columns }
  }

  private func size(_ x: Rows) -> Double { Double(x.count / groupCount(x)) }

  /// Calls `body` for stretches of numbers that lie side by side: where they begin, how many, and
  /// their group; from one number of a stretch to the next the group advances by `step`.
  private func forEachStretch(_ x: Rows, _ body: (_ start: Int, _ group: Int, _ step: Int) -> Void)
  {
    if case .samples(let rows) = groups {
      for row in 0..<x.rows { body(row * x.columns, row / rows, 0) }
    } else {
      for row in 0..<x.rows { body(row * x.columns, 0, 1) }
    }
  }

  /// Place of a row's first γ among the γs.
  private func affine(_ x: Rows, row: Int) -> Int {
    if case .samples(let rows) = groups { row % rows * x.columns } else { 0 }
  }

  /// The mean over each group of `value(index, group)`.
  private func mean(_ x: Rows, _ value: (_ index: Int, _ group: Int) -> Double) -> [Double] {
    var sums = [Double](repeating: 0, count: groupCount(x))
    let share = 1 / size(x)
    sums.withUnsafeMutableBufferPointer { sums in
      forEachStretch(x) { start, group, step in
        for column in 0..<x.columns {
          sums[group + column * step] += value(start + column, group + column * step)
        }
      }
      for group in sums.indices { sums[group] *= share }
    }
    return sums
  }

  /// Writes `value(index, group)` to every place.
  private func fill(_ x: Rows, _ value: (_ index: Int, _ group: Int) -> Double) {
    forEachStretch(x) { start, group, step in
      for column in 0..<x.columns {
        x.base[start + column] = value(start + column, group + column * step)
      }
    }
  }

  // MARK: Passes

  func forward(_ x: Rows, _ pass: Pass) -> Rows {
    let u = x.base
    let mean: [Double]
    let variance: [Double]
    if case .given(let givenMean, let givenVariance) = groups {
      (mean, variance) = (givenMean, givenVariance)
    } else {
      let found = self.mean(x) { index, _ in u[index] }
      mean = found
      variance = self.mean(x) { index, group in
        (u[index] - found[group]) * (u[index] - found[group])
      }
    }
    inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
    let inverse = inverse
    fill(x) { index, group in (u[index] - mean[group]) * inverse[group] }
    normalized = x
    return scaled(x, pass.values, pass.values)
  }

  /// γx + β for a γ and a β, each 1 and 0 where it is not trained.
  private func scaled(
    _ x: Rows, _ gamma: UnsafePointer<Double>, _ beta: UnsafePointer<Double>
  ) -> Rows {
    let result = x.copy()
    for row in 0..<x.rows {
      let y = result.base + row * x.columns
      let first = affine(x, row: row)
      if let scale {
        for column in 0..<x.columns { y[column] *= gamma[scale + first + column] }
      }
      if let shift {
        for column in 0..<x.columns { y[column] += beta[shift + first + column] }
      }
    }
    return result
  }

  func tangent(_ tangent: Rows?, _ pass: Pass) -> Rows? {
    let xHat = normalized!
    let du = tangent ?? Rows(zeros: xHat.rows, xHat.columns)
    let (x, d, r) = (xHat.base, du.base, inverse)
    if isGiven {
      inverseTangent = []
      fill(du) { index, group in r[group] * d[index] }
    } else {
      let average = mean(du) { index, _ in d[index] }
      let c = mean(du) { index, group in x[index] * (d[index] - average[group]) }
      inverseTangent = zip(r, c).map { -$0 * $0 * $1 }
      fill(du) { index, group in r[group] * (d[index] - average[group] - x[index] * c[group]) }
    }
    normalizedTangent = du
    let result = scaledTangent(du, pass.values)
    for row in 0..<xHat.rows {
      let (y, xRow) = (result.base + row * xHat.columns, x + row * xHat.columns)
      let first = affine(xHat, row: row)
      if let scale {
        let dGamma = pass.direction! + scale + first
        for column in 0..<xHat.columns { y[column] += dGamma[column] * xRow[column] }
      }
      if let shift {
        let dBeta = pass.direction! + shift + first
        for column in 0..<xHat.columns { y[column] += dBeta[column] }
      }
    }
    return result
  }

  /// γ times rows, as new ones.
  private func scaledTangent(_ rows: Rows, _ gamma: UnsafePointer<Double>) -> Rows {
    let result = rows.copy()
    guard let scale else { return result }
    for row in 0..<rows.rows {
      let y = result.base + row * rows.columns
      let first = affine(rows, row: row)
      for column in 0..<rows.columns { y[column] *= gamma[scale + first + column] }
    }
    return result
  }

  /// Adds Σ g x̂ to the gradient by γ, Σ g to that by β.
  private func addGradient(
    _ g: Rows, _ x: Rows, shifts: Bool, _ result: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<g.rows {
      let (gRow, xRow) = (g.base + row * g.columns, x.base + row * g.columns)
      let first = affine(g, row: row)
      if let scale {
        let target = result + scale + first
        for column in 0..<g.columns { target[column] += gRow[column] * xRow[column] }
      }
      if shifts, let shift {
        let target = result + shift + first
        for column in 0..<g.columns { target[column] += gRow[column] }
      }
    }
  }

  func backward(_ g: Rows, _ pass: Pass) -> Rows? {
    if pass.keeps { self.g = g }
    if let result = pass.result { addGradient(g, normalized, shifts: true, result) }
    guard passesBack else { return nil }
    let e = scaledTangent(g, pass.values)
    let (x, ePlaces, r) = (normalized.base, e.base, inverse)
    if isGiven {
      fill(e) { index, group in r[group] * ePlaces[index] }
    } else {
      let average = mean(e) { index, _ in ePlaces[index] }
      let product = mean(e) { index, _ in ePlaces[index] * x[index] }
      fill(e) { index, group in
        r[group] * (ePlaces[index] - average[group] - x[index] * product[group])
      }
    }
    return e
  }

  func tangentBackward(_ tangent: Rows, _ pass: Pass) -> Rows? {
    let result = pass.result!
    addGradient(tangent, normalized, shifts: true, result)
    addGradient(g, normalizedTangent, shifts: false, result)
    guard passesBack else { return nil }
    let e = scaledTangent(g, pass.values)
    let eTangent = scaledTangent(tangent, pass.values)
    if let scale {
      for row in 0..<g.rows {
        let dGamma = pass.direction! + scale + affine(g, row: row)
        let (target, gRow) = (eTangent.base + row * g.columns, g.base + row * g.columns)
        for column in 0..<g.columns { target[column] += dGamma[column] * gRow[column] }
      }
    }
    let (x, dx, e0, e1) = (normalized.base, normalizedTangent.base, e.base, eTangent.base)
    let (r, dr) = (inverse, inverseTangent)
    if isGiven {
      fill(eTangent) { index, group in r[group] * e1[index] }
    } else {
      let average = mean(e) { index, _ in e0[index] }
      let product = mean(e) { index, _ in e0[index] * x[index] }
      let averageTangent = mean(e) { index, _ in e1[index] }
      let productTangent = mean(e) { index, _ in e1[index] * x[index] + e0[index] * dx[index] }
      fill(eTangent) { index, group in
        let q = e0[index] - average[group] - x[index] * product[group]
        let dq =
          e1[index] - averageTangent[group] - dx[index] * product[group]
          - x[index] * productTangent[group]
        return dr[group] * q + r[group] * dq
      }
    }
    return eTangent
  }
}
