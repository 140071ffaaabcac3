import CollapseCore
import LibC
import NeuralCollapse
import Testing

/// Mistakes of published code, one test each, named after the mistake.
@Suite struct TrapTests {
  /// A signed mean of cos + 1/(C−1) is 0 for any equinorm centred set.
  @Test func planarDecagonIsNotASimplex() throws {
    var item = FeatureCase.planarDecagon
    item.features = (0..<20).flatMap {
      [cos(Double($0 % 10) * .pi / 5), sin(Double($0 % 10) * .pi / 5)]
    }
    item.labels = (0..<20).map { Int64($0 % 10) }
    let report = try item.report()
    let pairs = (1..<10).flatMap { gap in
      Array(repeating: cos(Double(gap) * .pi / 5), count: 10 - gap)
    }
    let deviation = pairs.reduce(0) { $0 + abs($1 + 1.0 / 9) } / Double(pairs.count)
    let value = try #require(report["nc2_means_angle_deviation_mean"]?.value)
    #expect(abs(value - deviation) <= 1e-12)
    #expect(abs(value - 0.60) < 0.005)
    #expect(
      report["nc2_means_etf_distance"]
        == .undefined("no simplex ETF of 10 vectors fits in 2 dimensions"))
  }

  /// Rounding directions of float32 means are no directions: inverted they give 1e8 for 1e−4.
  @Test func pseudoInverseOfFloat32Features() throws {
    let item = FeatureCase.gaussian(
      "float32", counts: [200, 200, 200, 200],
      means: FeatureCase.randomMeans(4, 20, offset: 3, seed: 2), spread: 0.02, seed: 2)
    let wide = try #require(try item.report()["nc1_pinv"]?.value)
    let report = try CollapseAnalyzer().analyze(
      features: InMemoryRows(item.features.map { Float($0) }, columnCount: 20),
      labels: InMemoryLabels(item.labels))
    let narrow = try #require(report["nc1_pinv"]?.value)
    #expect(wide > 1e-5 && wide < 1e-3)
    #expect(abs(narrow - wide) <= 1e-5 * wide)
    #expect(report["between_rank"] == .value(3))
  }

  /// A float32 cut-off drops a true direction whose eigenvalue is 4e−6 of the largest.
  @Test func hierarchicalDirectionIsKept() throws {
    let half = 8e-6.squareRoot()
    let means: [[Double]] = [[1, half, 0], [1, -half, 0], [-1, 0, half], [-1, 0, -half]]
    // Noise along each axis of its own, so tr(Σ_W Σ_B⁺) can be read off the axes.
    var features: [Double] = []
    for mean in means {
      for index in 0..<6 {
        var row = mean
        row[index / 2] += index % 2 == 0 ? 1e-4 : -1e-4
        features += row
      }
    }
    let item = FeatureCase(
      name: "hierarchy", dimension: 3, features: features,
      labels: (0..<24).map { Int64($0 / 6) }, classifier: nil)
    let report = try item.report()
    #expect(report["between_rank"] == .value(3))
    // Σ_W is 1e−8/3 along each axis; Σ_B is 1 and twice 4e−6.
    let expected: Double = 1e-8 / 3 * (1 + 2 / 4e-6) / 4
    let value = try #require(report["nc1_pinv"]?.value)
    #expect(abs(value - expected) <= 1e-9 * expected)
  }

  @Test(arguments: [(3, 10), (10, 10), (1, 3), (9, 10)])
  func asManyClassesAsFeaturesOrMore(dimension: Int, classes: Int) throws {
    let item = FeatureCase.gaussian(
      "C−1 ≥ d", counts: Array(repeating: 5, count: classes),
      means: FeatureCase.randomMeans(classes, dimension, seed: 3), spread: 0.1, seed: 3)
    let report = try item.report()
    #expect(report["between_rank"] == .value(Double(min(classes - 1, dimension))))
    #expect(try #require(report["nc1_pinv"]?.value) > 0)
  }

  @Test(arguments: [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 2047, 2048, 2049, 4097])
  func tileRemainders(rows: Int) throws {
    let item = FeatureCase.gaussian(
      "remainder", counts: [rows - rows / 2, rows / 2].filter { $0 > 0 },
      means: FeatureCase.randomMeans(2, 3, seed: 4), spread: 0.3, classifier: false, seed: 4)
    let report = try item.report { $0.blockRows = 64 }
    #expect(report.sampleCount == rows)
    // Σ‖h‖²/N by a plain loop.
    let plain = item.features.reduce(0) { $0 + $1 * $1 } / Double(rows)
    let rms = try #require(report["feature_rms"]?.value)
    #expect(abs(rms * rms - plain) <= 1e-12 * plain)
  }

  @Test func aBatchOfOneSample() throws {
    let item = FeatureCase(
      name: "one sample", dimension: 3, features: [1, 2, 2], labels: [5],
      classifier: LinearClassifier(
        weights: Matrix(rows: 1, columns: 3, elements: [1, 0, 0]), bias: nil))
    let report = try item.report()
    #expect(report["feature_rms"] == .value(3))
    #expect(report["accuracy"] == .value(1))
    #expect(report["nc1_pinv"] == .undefined("one class"))
    #expect(report["cos_intra_mean"] == .undefined("every vector is zero"))
    #expect(report["cos_intra_uncentred_mean"]?.value == 1)
    #expect(report["cos_inter_uncentred_mean"] == .undefined("one class"))
    #expect(report["spectrum_stable_rank"] == .undefined("every feature equals the global mean"))
  }

  /// A class without samples in a shard, or at all, is no class with mean 0.
  @Test func absentClassesDoNotDragTheGlobalMean() throws {
    let whole = FeatureCase.golden
    let present = whole.selecting(whole.labels.indices.filter { whole.labels[$0] != 1 })
    let report = try present.report { $0.classNames = ["a", "b", "c", "d"] }
    #expect(report.classes.map(\.label) == [0, 2, 3])
    #expect(report.classes.map(\.name) == ["a", "c", "d"])
    #expect(
      report.warnings.prefix(2) == [
        "no samples of class 1 (b): left out", "no samples for row 1 of W: left out",
      ])
    let means = (0..<3).map { index -> [Double] in
      let rows = present.labels.indices.filter { present.labels[$0] == [0, 2, 3][index] }
      return (0..<6).map { column in
        rows.reduce(0) { $0 + present.features[$1 * 6 + column] } / Double(rows.count)
      }
    }
    let globalMean = (0..<6).map { column in means.reduce(0) { $0 + $1[column] } / 3 }
    let norm = globalMean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(try abs(#require(report["global_mean_norm"]?.value) - norm) <= 1e-12)

    // Shards of one class each: in every one the others are absent.
    let shards = [0, 2, 3].map { label in
      present.selecting(present.labels.indices.filter { present.labels[$0] == label })
    }
    let sharded = try CollapseAnalyzer().analyze(
      shards.map { LabeledFeatures(features: $0.rows, labels: InMemoryLabels($0.labels)) })
    #expect(try abs(#require(sharded["global_mean_norm"]?.value) - norm) <= 1e-12)
  }

  /// Without the bias two of these three classes would be decided wrongly.
  @Test func decisionsIncludeTheBias() throws {
    let item = FeatureCase(
      name: "bias", dimension: 1, features: [1, 2, 3, 1, 2, 3], labels: [0, 1, 2, 0, 1, 2],
      classifier: LinearClassifier(
        weights: Matrix(rows: 3, columns: 1, elements: [1, 2, 3]), bias: [0, -1.5, -4]))
    let report = try item.report()
    #expect(report["accuracy"] == .value(1))
    #expect(report["nc4_mismatch"] == .value(0))
    var without = item
    without.classifier = LinearClassifier(weights: item.classifier!.weights, bias: nil)
    #expect(try without.report()["accuracy"]?.value == 1.0 / 3)
  }

  /// Differences that float32 cannot hold.
  @Test func float64FeaturesKeepTheirDigits() throws {
    let features: [Double] = (0..<8).map { index in
      let billionths = Double(index % 4)
      return 1000 + Double(index / 4) + 1e-9 * billionths
    }
    let item = FeatureCase(
      name: "digits", dimension: 1, features: features, labels: (0..<8).map { Int64($0 / 4) },
      classifier: nil)
    let report = try item.report()
    // The variance of 0, 1, 2, 3 billionths, as the doubles beside 1000 hold them.
    var expected = 0.0
    for start in [0, 4] {
      let part: [Double] = features[start..<start + 4].map { $0 - features[start] }
      let mean: Double = part.reduce(0, +) / 4
      for value in part { expected += (value - mean) * (value - mean) / 8 }
    }
    let value = try #require(report["within_trace"]?.value)
    #expect(abs(value - 1.25e-18) < 1e-21)
    #expect(abs(value - expected) <= 1e-7 * expected)
  }

  @Test func classCountsAreCounted() throws {
    let report = try FeatureCase.longTail.report()
    #expect(report.classes.map(\.count) == [200, 90, 40, 18, 8, 4, 2, 1])
    #expect(report.sampleCount == 363)
  }

  /// ‖·‖_F²/‖·‖₂² of the matrix, not of a covariance with another divisor.
  @Test func stableRankHasNoFactorOfTheCounts() throws {
    // Four orthogonal columns of equal norm after centring: every rank is 4.
    let signs = (0..<8).flatMap { row in (0..<3).map { row >> $0 & 1 == 0 ? 1.0 : -1.0 } }
    let item = FeatureCase(
      name: "cube", dimension: 3, features: signs.map { $0 * 5 },
      labels: (0..<8).map { Int64($0 % 2) }, classifier: nil)
    let report = try item.report()
    for key in Measure.catalogue.map(\.key) where key.hasPrefix("spectrum_") {
      #expect(try abs(#require(report[key]?.value) - 3) <= 1e-12, "\(key)")
    }
    #expect(report.series["spectrum_singular_values"]?.count == 3)
  }

  @Test func labelsNeedNotBeConsecutive() throws {
    var item = FeatureCase.golden
    let original = try item.report()
    item.labels = item.labels.map { [3, 70, 71, 2_000_000][Int($0)] }
    let report = try item.report()
    #expect(report.measures.map(\.measurement) == original.measures.map(\.measurement))
    #expect(report.classes.map(\.label) == [3, 70, 71, 2_000_000])
    #expect(
      report.warnings == [
        "labels are not 0…3: the rows of W are taken for the classes by ascending label, "
          + "3, 70, 71, 2000000"
      ])
  }
}
