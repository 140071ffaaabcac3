import CollapseCore
import Foundation
import NeuralCollapse
import TestSupport
import Testing

/// NRC1 to NRC3 of features with targets.
@Suite struct RegressionTests {
  private struct Case {
    var features: [Double]
    var dimension: Int
    var targets: [Double]
    var weights: Matrix

    func report(_ change: (inout AnalysisOptions) -> Void = { _ in }) throws -> CollapseReport {
      var options = AnalysisOptions()
      change(&options)
      return try CollapseAnalyzer(options: options).analyzeRegression(
        features: InMemoryRows(features, columnCount: dimension),
        targets: InMemoryRows(targets, columnCount: weights.rows), weights: weights)
    }
  }

  /// `golden_regression()` of measures.py.
  private static let golden: Case = {
    var targets: [Double] = []
    for i in 0..<24 {
      let angle = 0.9 * Double(i + 1)
      targets += [
        sine(angle), 2 * cosine(0.4 * Double(i)) + sine(angle), 0.5 * sine(1.7 * Double(i)),
      ]
    }
    var weights = Matrix(rows: 3, columns: 6)
    for k in 0..<3 { for j in 0..<6 { weights[k, j] = cosine(0.8 * Double((k + 1) * (j + 2))) } }
    return Case(
      features: FeatureCase.golden.features, dimension: 6, targets: targets, weights: weights)
  }()

  @Test func golden() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Goldens/regression.json")
    let expected = try JSONDecoder().decode([String: Double].self, from: Data(contentsOf: path))
    let report = try Self.golden.report()
    for (key, value) in expected {
      let found = try #require(report[key]?.value)
      #expect(abs(found - value) <= 1e-9 * value, "\(key): \(found), the reference has \(value)")
    }
    #expect(report.measures.prefix(3).map(\.key) == ["nrc1", "nrc2", "nrc3"])
    #expect(report["feature_rms"]?.value != nil)
    #expect(report.classes.isEmpty)
  }

  /// Features in the span of W, and W with the Gram matrix Σ^½ − γ^½ I for a γ of our choice.
  @Test func collapsed() throws {
    // Targets of covariance diag(4, 1): W Wᵀ = diag(2 − ½, 1 − ½).
    let targets: [Double] = [2, 1, 2, -1, -2, 1, -2, -1]
    let weights = Matrix(
      rows: 2, columns: 3, elements: [1.5, 0, 0, 0, 0, 0.5].map { $0.squareRoot() })
    var features: [Double] = []
    for row in 0..<4 { features += [targets[2 * row], 0, 3 * targets[2 * row + 1]] }
    let item = Case(features: features, dimension: 3, targets: targets, weights: weights)
    let report = try item.report()
    for key in ["nrc1", "nrc2", "nrc3"] {
      #expect(try #require(report[key]?.value) < 1e-15, "\(key)")
    }
  }

  /// Lengths of features and of W do not count, nor which way all of them are turned.
  @Test func invariances() throws {
    let item = Self.golden
    let report = try item.report()
    var other = item
    other.features = item.features.map { $0 * 8 }
    other.weights = Matrix(rows: 3, columns: 6, elements: item.weights.elements.map { $0 * 0.25 })
    // Exchanging two axes, with one of them turned round, is a rotation.
    func turned(_ rows: [Double]) -> [Double] {
      var result = rows
      for start in stride(from: 0, to: rows.count, by: 6) {
        (result[start], result[start + 1]) = (rows[start + 1], -rows[start])
      }
      return result
    }
    var rotated = item
    rotated.features = turned(item.features)
    rotated.weights = Matrix(rows: 3, columns: 6, elements: turned(item.weights.elements))
    for changed in [try other.report(), try rotated.report(), try item.report { $0.threads = 1 }] {
      for key in ["nrc1", "nrc2", "nrc3"] {
        let (a, b) = (try #require(report[key]?.value), try #require(changed[key]?.value))
        #expect(abs(a - b) <= 1e-13, "\(key)")
      }
    }
  }

  @Test func refusals() throws {
    var item = Self.golden
    func message(_ item: Case) -> String {
      let error = #expect(throws: AnalysisError.self) { try item.report() }
      return error?.description ?? ""
    }
    item.targets.removeLast(3)
    #expect(message(item) == "24 rows of features, but 23 of targets")
    item = Self.golden
    item.targets[7] = .nan
    #expect(message(item) == "1 rows hold NaN or infinite targets, the first at row 2")
    item = Self.golden
    item.features[6] = .infinity
    #expect(message(item).hasPrefix("1 of 24 rows hold NaN or infinite features"))
  }

  @Test func undefined() throws {
    let item = Self.golden
    let analyzer = CollapseAnalyzer()
    let report = try analyzer.analyzeRegression(
      features: InMemoryRows(item.features, columnCount: 6),
      targets: InMemoryRows((0..<24).map { Double($0) }, columnCount: 1),
      weights: Matrix(rows: 1, columns: 6, elements: [1, 0, 0, 0, 0, 0]))
    #expect(
      report["nrc3"] == .undefined("one target: every W has the form that its variance gives"))
    let without = try analyzer.analyzeRegression(
      features: InMemoryRows(item.features, columnCount: 6),
      targets: InMemoryRows(item.targets, columnCount: 3), weights: nil)
    #expect(without["nrc2"] == .undefined("no weights"))
    #expect(without["nrc1"] == (try item.report())["nrc1"])
  }
}
