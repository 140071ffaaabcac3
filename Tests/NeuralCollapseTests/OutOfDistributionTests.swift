import CollapseCore
import NeuralCollapse
import Testing

/// NECO and NCI against their definitions, row by row.
@Suite struct OutOfDistributionTests {
  private static let item = FeatureCase.gaussian(
    "inner", counts: [30, 30, 30], means: FeatureCase.randomMeans(3, 5, seed: 8), spread: 0.4,
    seed: 8)
  private static let outer = FeatureCase.gaussian(
    "outer", counts: [50], means: [[0.5, -1, 1, 0, 2]], spread: 1, classifier: false, seed: 9)

  private func report(_ change: (inout AnalysisOptions) -> Void = { _ in }) throws -> CollapseReport
  {
    try Self.item.report {
      $0.outOfDistributionSets = [OutOfDistributionSet(name: "far", features: Self.outer.rows)]
      $0.principalDirections = 2
      change(&$0)
    }
  }

  /// The share of pairs whose inner row has the larger score; and of outer rows that 95 % of the inner
  /// are above of.
  private func separation(_ inner: [Double], _ outer: [Double]) -> (auroc: Double, fpr: Double) {
    var wins = 0.0
    for a in inner { for b in outer { wins += a > b ? 1 : a == b ? 0.5 : 0 } }
    let threshold = inner.sorted()[inner.count / 20]
    return (
      wins / Double(inner.count * outer.count),
      Double(outer.filter { $0 >= threshold }.count) / Double(outer.count)
    )
  }

  @Test(arguments: [0.0, 0.03]) func nciByDefinition(alpha: Double) throws {
    let report = try report { $0.magnitudeShare = alpha }
    let classifier = Self.item.classifier!
    var centre = [Double](repeating: 0, count: 5)
    for index in 0..<90 {
      for (j, value) in Self.item.row(index).enumerated() { centre[j] += value / 90 }
    }
    func score(_ row: ArraySlice<Double>) -> Double {
      let logits = (0..<3).map { k in
        zip(classifier.weights.row(k), row).reduce(classifier.bias?[k] ?? 0) { $0 + $1.0 * $1.1 }
      }
      let k = logits.firstIndex(of: logits.max()!)!
      let away = zip(row, centre).map { $0 - $1 }
      let length = away.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let inner = zip(away, classifier.weights.row(k)).reduce(0) { $0 + $1.0 * $1.1 }
      return inner / length + alpha * row.reduce(0) { $0 + abs($1) }
    }
    let expected = separation(
      (0..<90).map { score(Self.item.row($0)) }, (0..<50).map { score(Self.outer.row($0)) })
    #expect(report["ood_far_nci_auroc"] == .value(expected.auroc))
    #expect(report["ood_far_nci_fpr95"] == .value(expected.fpr))
  }

  /// What is drawn says the same as the numbers: shares add up to one, and the area under the curve is
  /// the share of pairs in the right order.
  @Test func histogramsAndCurves() throws {
    let report = try report()
    for score in ["neco", "neco_logit", "nci"] {
      let key = "ood_far_\(score)"
      let edges = try #require(report.series[key + "_edges"])
      #expect(edges.count == 41 && edges == edges.sorted())
      for side in ["inner", "outer"] {
        let shares = try #require(report.series[key + "_\(side)_shares"])
        #expect(shares.count == 40 && abs(shares.reduce(0, +) - 1) < 1e-12)
      }
      let outer = try #require(report.series[key + "_roc_false_positives"])
      let inner = try #require(report.series[key + "_roc_true_positives"])
      #expect(outer.first == 0 && inner.first == 0 && outer.last == 1 && inner.last == 1)
      #expect(outer == outer.sorted() && inner == inner.sorted())
      // With at most a hundred rows every score is a threshold.
      var area = 0.0
      for place in 1..<outer.count {
        let (width, height) = (outer[place] - outer[place - 1], inner[place] + inner[place - 1])
        area += width * height / 2
      }
      let expected = try #require(report[key + "_auroc"]?.value)
      #expect(abs(area - expected) < 1e-12)
    }
  }

  /// Inner rows in a plane, outer rows orthogonal to it: told apart without an error.
  @Test func necoOfAPlane() throws {
    let plane = FeatureCase(
      name: "plane", dimension: 3,
      features: (0..<24).flatMap { [sine(Double($0)), cosine(Double($0)), 0] },
      labels: (0..<24).map { Int64($0 % 3) }, classifier: nil)
    func report(_ far: [Double]) throws -> CollapseReport {
      try plane.report {
        $0.outOfDistributionSets = [
          OutOfDistributionSet(name: "far", features: InMemoryRows(far, columnCount: 3))
        ]
      }
    }
    let apart = try report([0, 0, 1, 0.1, 0, 2])
    #expect(apart["ood_far_neco_auroc"] == .value(1))
    #expect(apart["ood_far_neco_fpr95"] == .value(0))
    #expect(apart["ood_far_neco_logit_auroc"] == .undefined("no classifier"))
    #expect(apart["ood_far_nci_auroc"] == .undefined("no classifier"))
  }

  @Test func otherNumbersOfFeaturesAreRefused() {
    let error = #expect(throws: AnalysisError.self) {
      try Self.item.report {
        $0.outOfDistributionSets = [
          OutOfDistributionSet(
            name: "far", features: InMemoryRows([1, 2] as [Double], columnCount: 2))
        ]
      }
    }
    #expect(
      error?.description == "the out-of-distribution mean has 2 features, the rows 5")
  }
}
