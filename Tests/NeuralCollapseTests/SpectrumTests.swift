import CollapseCore
import NeuralCollapse
import Testing

/// The spectrum of sets large enough for every way of finding it, against singular values that are
/// known beforehand.
@Suite struct SpectrumTests {
  /// Features U diag(σ) with orthonormal columns of mean zero, U_ik = √(2/N) cos(π(i+½)(k+1)/N).
  private static func item(rows: Int, values: [Double]) -> FeatureCase {
    let count = Double(rows)
    let scale = (2 / count).squareRoot()
    var features: [Double] = []
    features.reserveCapacity(rows * values.count)
    for row in 0..<rows {
      let angle = Double.pi * (Double(row) + 0.5) / count
      for (column, value) in values.enumerated() {
        features.append(value * scale * cosine(angle * Double(column + 1)))
      }
    }
    return FeatureCase(
      name: "cosines", dimension: values.count, features: features,
      labels: (0..<rows).map { Int64($0 % 3) }, classifier: nil)
  }

  struct Planted: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let rows: Int
    let values: [Double]
    /// Of the error, relative to the largest value.
    let tolerance: Double
  }

  static let cases = [
    // Many rows and no extreme ratio: the way that is quickest.
    Planted(
      testDescription: "even", rows: 21_000, values: (0..<330).map { 2 - Double($0) / 330 },
      tolerance: 1e-12),
    // A value of 1e−9 of the largest keeps its digits only by orthogonal transformations.
    Planted(
      testDescription: "down to 1e-9", rows: 21_000,
      values: (0..<330).map { $0 == 329 ? 1e-9 : 2 - Double($0) / 330 }, tolerance: 1e-14),
    // A feature that never varies: the matrix is singular.
    Planted(
      testDescription: "singular", rows: 21_000,
      values: (0..<330).map { $0 == 329 ? 0 : 2 - Double($0) / 330 }, tolerance: 1e-14),
    Planted(
      testDescription: "few rows", rows: 40, values: (0..<30).map { 2 - Double($0) / 30 },
      tolerance: 1e-14),
  ]

  @Test(arguments: cases) func singularValuesAreTheOnesPlanted(planted: Planted) throws {
    let item = Self.item(rows: planted.rows, values: planted.values)
    let report = try item.report { $0.convention = .zhu }
    let found = try #require(report.series["spectrum_singular_values"])
    #expect(found.count == planted.values.count)
    for (value, expected) in zip(found, planted.values) {
      #expect(abs(value - expected) <= planted.tolerance * planted.values[0])
    }
    let squares = planted.values.reduce(0) { $0 + $1 * $1 }
    let rank = try #require(report["spectrum_stable_rank"]?.value)
    #expect(abs(rank * planted.values[0] * planted.values[0] - squares) <= 1e-10 * squares)
    let one = try item.report {
      $0.convention = .zhu
      $0.threads = 1
    }
    #expect(one == report)
  }
}
