import CollapseCore
import Datasets
import Testing

@Suite struct NonNegativeLeastSquaresTests {
  struct Size: CustomTestStringConvertible, Sendable {
    let generators: Int
    let dimension: Int
    var testDescription: String { "\(generators) generators in R^\(dimension)" }
  }

  static let sizes = [
    Size(generators: 1, dimension: 1), Size(generators: 1, dimension: 5),
    Size(generators: 3, dimension: 3), Size(generators: 4, dimension: 12),
    Size(generators: 6, dimension: 4),
  ]

  /// The conditions of Karush, Kuhn & Tucker, which hold at the minimum and nowhere else.
  @Test(arguments: sizes) func theGradientAllowsNoDescent(size: Size) {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      let generators = normalMatrix(size.generators, size.dimension, &random)
      let point = (0..<size.dimension).map { _ in random.normal() }
      let (coefficients, residual) = NonNegativeLeastSquares(generators: generators).project(point)
      var difference = point
      for row in 0..<size.generators {
        for column in 0..<size.dimension {
          difference[column] -= coefficients[row] * generators[row, column]
        }
      }
      // Rounding of the factorization, times the size of the numbers: some 1e-15 × 10 × 10.
      let tolerance = 1e-12
      #expect(abs(dot(difference, difference).squareRoot() - residual) < tolerance)
      for row in 0..<size.generators {
        let gradient = dot(Array(generators.row(row)), difference)
        #expect(coefficients[row] >= 0)
        #expect(gradient < tolerance)
        if coefficients[row] > 0 { #expect(gradient > -tolerance) }
      }
    }
  }

  /// The nearest point of the cone lies in the span of some of its generators: try them all.
  @Test(arguments: sizes.filter { $0.generators <= $0.dimension })
  func noSubsetOfGeneratorsDoesBetter(size: Size) {
    var random = SeededGenerator(seed: 12)
    for _ in 0..<50 {
      let generators = normalMatrix(size.generators, size.dimension, &random)
      let point = (0..<size.dimension).map { _ in random.normal() }
      var best = dot(point, point).squareRoot()
      for subset in 1..<(1 << size.generators) {
        let rows = (0..<size.generators).filter { subset & (1 << $0) != 0 }.map {
          Array(generators.row($0))
        }
        guard let coefficients = leastSquares(rows, point), coefficients.allSatisfy({ $0 >= 0 })
        else { continue }
        var difference = point
        for (coefficient, row) in zip(coefficients, rows) {
          for column in row.indices { difference[column] -= coefficient * row[column] }
        }
        best = min(best, dot(difference, difference).squareRoot())
      }
      let residual = NonNegativeLeastSquares(generators: generators).project(point).residual
      // The normal equations here square the condition number: 1e-16 × up to 1e6.
      #expect(abs(residual - best) < 1e-9 * (1 + best))
    }
  }

  @Test func aPointOfTheConeIsItsOwnProjection() {
    let generators = Matrix(rows: 2, columns: 3, elements: [1, 0, 0, 1, 1, 0])
    let (coefficients, residual) = NonNegativeLeastSquares(generators: generators).project([
      3, 1, 0,
    ])
    #expect(abs(coefficients[0] - 2) < 1e-15 && abs(coefficients[1] - 1) < 1e-15)
    #expect(residual < 1e-15)
  }

  @Test func aPointOfThePolarConeProjectsToTheOrigin() {
    let generators = Matrix(rows: 2, columns: 2, elements: [1, 0, 0, 1])
    let (coefficients, residual) = NonNegativeLeastSquares(generators: generators).project([-3, -4])
    #expect(coefficients == [0, 0])
    #expect(residual == 5)
  }

  @Test func repeatedAndZeroGeneratorsDoNoHarm() {
    let generators = Matrix(rows: 4, columns: 3, elements: [1, 2, 0, 1, 2, 0, 0, 0, 0, 2, 4, 0])
    let (_, residual) = NonNegativeLeastSquares(generators: generators).project([1, 2, 7])
    #expect(abs(residual - 7) < 1e-14)
  }

  private func normalMatrix(
    _ rows: Int, _ columns: Int, _ random: inout SeededGenerator
  ) -> Matrix {
    Matrix(
      rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in random.normal() })
  }

  private func dot(_ one: [Double], _ other: [Double]) -> Double {
    zip(one, other).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Least squares over `rows` by the normal equations and Gauss–Jordan elimination.
  private func leastSquares(_ rows: [[Double]], _ point: [Double]) -> [Double]? {
    let count = rows.count
    var system = rows.map { row in rows.map { dot(row, $0) } + [dot(row, point)] }
    for pivot in 0..<count {
      let best = (pivot..<count).max { abs(system[$0][pivot]) < abs(system[$1][pivot]) }!
      system.swapAt(pivot, best)
      guard abs(system[pivot][pivot]) > 1e-9 else { return nil }
      for row in 0..<count where row != pivot {
        let factor = system[row][pivot] / system[pivot][pivot]
        for column in pivot...count { system[row][column] -= factor * system[pivot][column] }
      }
    }
    return (0..<count).map { system[$0][count] / system[$0][$0] }
  }
}
