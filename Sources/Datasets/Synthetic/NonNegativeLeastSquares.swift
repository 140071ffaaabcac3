package import CollapseCore

/// The projection of a point onto the cone of non-negative combinations of given vectors:
/// the a ≥ 0 that minimizes ‖A a − x‖.
///
/// The active-set method of Lawson & Hanson, "Solving Least Squares Problems" (1974), chapter 23.
/// A is factored once, so each point is solved in as many rows as A has columns.
package struct NonNegativeLeastSquares: Sendable {
  private let columns: Int
  /// Rows that are left after the reduction to R.
  private let rows: Int
  /// Column-major, `rows` × `columns`: R, or A where A has no more rows than columns.
  private let matrix: [Double]
  private let columnNorms: [Double]
  private let reduction: HouseholderQR?

  /// - Parameter generators: one vector per row; A has them as columns.
  package init(generators: Matrix) {
    columns = generators.rows
    columnNorms = (0..<columns).map { column in
      generators.row(column).reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    if generators.columns > generators.rows {
      // Rows of a row-major matrix are the columns of its column-major transpose.
      let factorization = HouseholderQR(
        generators.elements, rows: generators.columns, columns: columns)
      rows = columns
      matrix = (0..<columns * columns).map { [columns] in
        factorization.upper($0 % columns, $0 / columns)
      }
      reduction = factorization
    } else {
      rows = generators.columns
      matrix = generators.elements
      reduction = nil
    }
  }

  /// The coefficients a, and the residual ‖A a − x‖.
  ///
  /// At the solution the gradient Aᵀ(x − A a) is 0 where a > 0 and not positive where a = 0, up to
  /// rounding.
  ///
  /// - Precondition: `point` has as many coordinates as the generators.
  package func project(_ point: [Double]) -> (coefficients: [Double], residual: Double) {
    var target = point
    reduction?.rotate(&target)
    let beyond = target[rows...].reduce(0) { $0 + $1 * $1 }
    target.removeSubrange(rows...)
    let norm = (target.reduce(0) { $0 + $1 * $1 } + beyond).squareRoot()

    var coefficients = Array(repeating: 0.0, count: columns)
    var passive: [Int] = []
    var blocked: Set<Int> = []
    var difference = target
    // Each pass adds a vector or blocks one; it ends after a few more passes than columns, and
    // the bound stands only against rounding that would make it go round.
    for _ in 0..<30 * columns {
      guard
        let entering = steepest(difference, norm, excluding: passive, blocked)
      else { break }
      passive.append(entering)
      guard var solution = solve(passive, target, admitting: entering), solution.last! > 0 else {
        // The gradient promised a descent that rounding does not grant.
        passive.removeLast()
        blocked.insert(entering)
        continue
      }
      blocked.removeAll()
      while let leaving = step(&coefficients, towards: solution, passive) {
        passive.removeAll { leaving.contains($0) }
        solution = solve(passive, target)
      }
      for (position, column) in passive.enumerated() { coefficients[column] = solution[position] }
      difference = residualVector(target, coefficients, passive)
    }
    let within = difference.reduce(0) { $0 + $1 * $1 }
    return (coefficients, (within + beyond).squareRoot())
  }

  /// The vector outside the passive set along which the residual falls fastest, or `nil`.
  private func steepest(
    _ difference: [Double], _ norm: Double, excluding passive: [Int], _ blocked: Set<Int>
  ) -> Int? {
    var best: Int?
    var bestGradient = 0.0
    for column in 0..<columns where !passive.contains(column) && !blocked.contains(column) {
      var gradient = 0.0
      for row in 0..<rows { gradient += matrix[column * rows + row] * difference[row] }
      // Rounding of a dot product of `rows` terms, with a margin.
      let tolerance = 16 * Double(rows) * .ulpOfOne * columnNorms[column] * norm
      if gradient > max(tolerance, bestGradient) {
        bestGradient = gradient
        best = column
      }
    }
    return best
  }

  /// The least-squares solution over the passive columns, `entering` last; `nil` where that one
  /// depends on the others.
  private func solve(_ passive: [Int], _ target: [Double], admitting entering: Int) -> [Double]? {
    guard passive.count <= rows else { return nil }
    let factorization = factorize(passive)
    let smallest = 16 * Double(rows) * .ulpOfOne * columnNorms[entering]
    guard abs(factorization.diagonal.last!) > smallest else { return nil }
    return factorization.solve(target)
  }

  /// The least-squares solution over passive columns that are left of an independent set.
  private func solve(_ passive: [Int], _ target: [Double]) -> [Double] {
    factorize(passive).solve(target)
  }

  private func factorize(_ passive: [Int]) -> HouseholderQR {
    var block: [Double] = []
    block.reserveCapacity(passive.count * rows)
    for column in passive { block += matrix[column * rows..<(column + 1) * rows] }
    return HouseholderQR(block, rows: rows, columns: passive.count)
  }

  /// Moves towards `solution` until a coefficient reaches 0, and returns which did; `nil` when
  /// the whole solution is positive.
  private func step(
    _ coefficients: inout [Double], towards solution: [Double], _ passive: [Int]
  ) -> [Int]? {
    var fraction = Double.infinity
    var first = -1
    for (position, column) in passive.enumerated() where solution[position] <= 0 {
      let reach = coefficients[column] / (coefficients[column] - solution[position])
      if reach < fraction { (fraction, first) = (reach, column) }
    }
    guard first >= 0 else { return nil }
    for (position, column) in passive.enumerated() {
      coefficients[column] += fraction * (solution[position] - coefficients[column])
    }
    coefficients[first] = 0
    let leaving = passive.filter { coefficients[$0] <= 0 }
    for column in leaving { coefficients[column] = 0 }
    return leaving
  }

  private func residualVector(
    _ target: [Double], _ coefficients: [Double], _ passive: [Int]
  ) -> [Double] {
    var difference = target
    for column in passive {
      for row in 0..<rows { difference[row] -= coefficients[column] * matrix[column * rows + row] }
    }
    return difference
  }
}
