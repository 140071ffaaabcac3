import CollapseCore
import NeuralCollapse
import Testing

/// Values per class and per pair of classes, against sums over all pairs of samples.
@Suite struct PairTests {
  static let item = FeatureCase.longTail

  /// Unit vectors h − centre.
  private func directions(about centre: [Double]) -> [[Double]] {
    Self.item.labels.indices.map { index in
      let offset = zip(Self.item.row(index), centre).map { $0 - $1 }
      let length = offset.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return offset.map { $0 / length }
    }
  }

  private func means() throws -> Matrix {
    try CollapseAnalyzer().statistics(
      of: Self.item.rows, labels: InMemoryLabels(Self.item.labels)
    ).means
  }

  private func centre() throws -> [Double] {
    let means = try means()
    return (0..<means.columns).map { column in
      (0..<means.rows).reduce(0) { $0 + means[$1, column] } / Double(means.rows)
    }
  }

  @Test(arguments: ["", "_uncentred"]) func cosinesAreMeansOverPairsOfSamples(
    suffix: String
  ) throws {
    let report = try Self.item.report()
    let zero = [Double](repeating: 0, count: Self.item.dimension)
    let units = directions(about: suffix.isEmpty ? try centre() : zero)
    let members = report.classes.map { item in
      Self.item.labels.indices.filter { Self.item.labels[$0] == item.label }
    }
    func sum(_ first: [Int], _ second: [Int]) -> Double {
      var sum = 0.0
      for i in first {
        for j in second { sum += zip(units[i], units[j]).reduce(0) { $0 + $1.0 * $1.1 } }
      }
      return sum
    }
    for (a, own) in members.enumerated() {
      let n = Double(own.count)
      let total = sum(own, own)
      let intra = try #require(report.perClass["cos_intra" + suffix]?[a])
      #expect(abs(intra - total / (n * n)) <= 1e-12)
      let deficit = try #require(report.perClass["cos_intra\(suffix)_deficit"]?[a])
      #expect(abs(deficit - (1 - total / (n * n))) <= 1e-12)
      let unbiased = report.perClass["cos_intra\(suffix)_unbiased"]![a]
      if own.count == 1 {
        #expect(unbiased == nil)
      } else {
        #expect(try abs(#require(unbiased) - (total - n) / (n * (n - 1))) <= 1e-12)
      }
      for (b, others) in members.enumerated() {
        let inter = report.perPair["cos_inter" + suffix]![a][b]
        if a == b {
          #expect(inter == nil)
        } else {
          let mean = sum(own, others) / (n * Double(others.count))
          #expect(try abs(#require(inter) - mean) <= 1e-12)
        }
      }
    }
  }

  /// Rows are the centred means, columns the rows of W; the diagonal is what the gap lacks of 1.
  @Test func cosinesOfMeansAndClassifierRows() throws {
    let report = try Self.item.report()
    let table = try #require(report.perPair["nc3_cosine"])
    let (means, centre) = (try means(), try centre())
    let weights = Self.item.classifier!.weights
    for a in 0..<means.rows {
      let mean = zip(means.row(a), centre).map { $0 - $1 }
      for b in 0..<weights.rows {
        let product = zip(mean, weights.row(b)).reduce(0) { $0 + $1.0 * $1.1 }
        let lengths =
          (mean.reduce(0) { $0 + $1 * $1 } * weights.row(b).reduce(0) { $0 + $1 * $1 })
          .squareRoot()
        #expect(try abs(#require(table[a][b]) - product / lengths) <= 1e-13)
      }
      let gap = try #require(report.perClass["nc3_cosine_gap"]?[a])
      #expect(try abs(#require(table[a][a]) - (1 - gap)) <= 1e-13)
    }
    #expect(table[0][1] != table[1][0])
  }

  @Test func aZeroRowOfTheClassifierHasNoCosine() throws {
    var item = FeatureCase.golden
    var weights = item.classifier!.weights
    for column in 0..<6 { weights[2, column] = 0 }
    item.classifier = LinearClassifier(weights: weights, bias: nil)
    let table = try #require(try item.report().perPair["nc3_cosine"])
    for row in 0..<4 {
      #expect(table[row][2] == nil)
      #expect(table[row][1] != nil)
    }
  }
}
