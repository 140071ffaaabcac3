import CollapseCore
import NeuralCollapse
import Testing

/// What must not change the measures, over all measures at once.
@Suite struct InvarianceTests {
  static let cases: [FeatureCase] = [
    FeatureCase.golden, .longTail, .constantFeatures, .planarDecagon,
  ].map { item in
    var item = item
    item.weightDecay = 0.01
    item.outOfDistributionMean = (0..<item.dimension).map { 1 / Double($0 + 2) }
    return item
  }

  /// The invariances below are of every measure there is: none is undefined in all cases.
  @Test func theCasesHaveEveryMeasure() throws {
    let reports = try Self.cases.map { try $0.report() }
    for key in Measure.catalogue.filter({ $0.requirement != .targets }).map(\.key) {
      #expect(reports.contains { $0[key]?.value != nil }, "\(key)")
    }
  }

  @Test(arguments: cases) func sampleOrder(item: FeatureCase) throws {
    var generator = SeededGenerator(seed: 1)
    let shuffled = item.selecting(generator.permutation(item.sampleCount))
    expectSame(try shuffled.report(), try item.report(), except: Self.ofChosenRows)
  }

  /// Taken of some rows of each class, which others are where rows have another order or number.
  private static let ofChosenRows: Set = [
    "few_shot_error", "local_elasticity_intra", "local_elasticity_inter",
  ]

  @Test(arguments: cases) func classRelabelling(item: FeatureCase) throws {
    var generator = SeededGenerator(seed: 2)
    let classes = item.classifier!.classCount
    let new = generator.permutation(classes)
    var renamed = item
    renamed.labels = item.labels.map { Int64(new[Int($0)]) }
    let old = (0..<classes).map { label in new.firstIndex(of: label)! }
    renamed.classifier = LinearClassifier(
      weights: item.classifier!.weights.selectingRows(old),
      bias: item.classifier!.bias.map { bias in old.map { bias[$0] } })
    let (report, original) = (try renamed.report(), try item.report())
    expectSame(report, original)
    for (key, values) in original.perClass {
      #expect(values.count == classes)
      for (label, value) in values.enumerated() {
        expectClose(report.perClass[key]![new[label]], value, key)
      }
    }
    for (key, table) in original.perPair {
      for first in 0..<classes {
        for second in 0..<classes {
          expectClose(report.perPair[key]![new[first]][new[second]], table[first][second], key)
        }
      }
    }
  }

  @Test(arguments: cases) func rotation(item: FeatureCase) throws {
    let rotation = orthogonal(item.dimension)
    func rotated(_ elements: [Double]) -> [Double] {
      stride(from: 0, to: elements.count, by: item.dimension).flatMap { start in
        rotation.map { axis in zip(axis, elements[start...]).reduce(0) { $0 + $1.0 * $1.1 } }
      }
    }
    var turned = item
    turned.features = rotated(item.features)
    turned.outOfDistributionMean = rotated(item.outOfDistributionMean!)
    turned.classifier = LinearClassifier(
      weights: Matrix(
        rows: item.classifier!.classCount, columns: item.dimension,
        elements: rotated(item.classifier!.weights.elements)), bias: item.classifier!.bias)
    expectSame(try turned.report(), try item.report())
  }

  /// Features times 4 and weights over 4 leave the logits: each measure scales by the power that
  /// its units say.
  @Test(arguments: cases) func scaling(item: FeatureCase) throws {
    var scaled = item.mappingFeatures { $0 * 4 }
    scaled.outOfDistributionMean = item.outOfDistributionMean!.map { $0 * 4 }
    let weights = item.classifier!.weights
    scaled.classifier = LinearClassifier(
      weights: Matrix(
        rows: weights.rows, columns: weights.columns, elements: weights.elements.map { $0 / 4 }),
      bias: item.classifier!.bias)
    let (report, original) = (try scaled.report(), try item.report())
    // The logarithms of norms do not scale, nor does the 1 of a bias beside squared norms.
    let unscaled = ["nc2_means_log_norm_cov", "local_elasticity_intra", "local_elasticity_inter"]
    for (key, measurement) in original.measures where !unscaled.contains(key) {
      let power: Double =
        switch key {
        case "within_trace", "between_trace": 16
        case "feature_rms", "global_mean_norm": 4
        case "weight_rms": 1.0 / 4
        case "nc1_cdnv_squared": 1.0 / 16
        default: 1
        }
      expectClose(report[key]?.value, measurement.value.map { $0 * power }, key)
    }
  }

  @Test(arguments: cases) func duplicationOfTheDataSet(item: FeatureCase) throws {
    let twice = item.selecting(Array(0..<item.sampleCount) + Array(0..<item.sampleCount))
    // The self-pairs left out are half as many, so these may move.
    expectSame(
      try twice.report(), try item.report(),
      except: Self.ofChosenRows.union([
        "cos_intra_unbiased_min", "cos_intra_uncentred_unbiased_min", "condensation_unbiased",
      ]))
  }

  @Test(arguments: cases) func sharding(item: FeatureCase) throws {
    var options = AnalysisOptions()
    options.spectrum = true
    options.classSpectra = true
    (options.fewShotCount, options.elasticityRows) = (2, 3)
    options.outOfDistributionMean = item.outOfDistributionMean
    options.weightDecay = item.weightDecay
    let cuts = [0, 1, item.sampleCount / 3, item.sampleCount]
    let shards = zip(cuts, cuts.dropFirst()).map { start, end in
      let part = item.selecting(Array(start..<end))
      return LabeledFeatures(features: part.rows, labels: InMemoryLabels(part.labels))
    }
    let analyzer = CollapseAnalyzer(options: options)
    expectSame(try analyzer.analyze(shards, classifier: item.classifier), try item.report())

    // Statistics of shards merge into those of the whole, whatever classes each holds.
    var merged = try analyzer.statistics(of: [shards[0]])
    for shard in shards.dropFirst() { merged.merge(try analyzer.statistics(of: [shard])) }
    let whole = try analyzer.statistics(of: item.rows, labels: InMemoryLabels(item.labels))
    #expect(merged.labels == whole.labels && merged.counts == whole.counts)
    for (a, b) in zip(merged.means.elements, whole.means.elements) {
      #expect(abs(a - b) <= 1e-13 * max(1, abs(b)))
    }
  }

  /// The cut into stripes depends on the data alone, so every thread count gives the same bits.
  @Test(arguments: [8, 64, nil]) func threadsChangeNoBit(blockRows: Int?) throws {
    let item = FeatureCase.gaussian(
      "many stripes", counts: [9000, 5003, 1200, 1], means: FeatureCase.randomMeans(4, 11, seed: 8),
      spread: 0.6, seed: 8)
    let texts = try [1, 2, 8].map { threads in
      try item.report {
        $0.threads = threads
        $0.blockRows = blockRows
      }.json.text
    }
    #expect(texts[0] == texts[1] && texts[0] == texts[2])
  }

  /// Rows as float32 give the measures of the same values as float64.
  @Test func narrowRowsGiveTheSameBits() throws {
    let item = FeatureCase.golden.mappingFeatures { Double(Float($0)) }
    var options = AnalysisOptions()
    options.spectrum = true
    options.classSpectra = true
    (options.fewShotCount, options.elasticityRows) = (2, 3)
    let narrow = try CollapseAnalyzer(options: options).analyze(
      features: InMemoryRows(item.features.map { Float($0) }, columnCount: item.dimension),
      labels: InMemoryLabels(item.labels), classifier: item.classifier)
    #expect(narrow == (try item.report()))
  }
}

private func expectSame(
  _ report: CollapseReport, _ original: CollapseReport, except: Set<String> = [],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(report.measures.map(\.key) == original.measures.map(\.key))
  for (key, measurement) in original.measures where !except.contains(key) {
    expectClose(
      report[key]?.value, measurement.value, key, sourceLocation: sourceLocation)
  }
}

/// Equal to 1e−9, or to what rounding leaves of a number that is zero in exact arithmetic.
private func expectClose(
  _ value: Double?, _ expected: Double?, _ key: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let value, let expected else {
    #expect(value == nil && expected == nil, "\(key)", sourceLocation: sourceLocation)
    return
  }
  #expect(
    abs(value - expected) <= 1e-9 * abs(expected) + 1e-13, "\(key): \(value), not \(expected)",
    sourceLocation: sourceLocation)
}

/// A random orthogonal matrix, rows orthonormalized one after another (twice, for rounding).
private func orthogonal(_ dimension: Int) -> [[Double]] {
  var generator = SeededGenerator(seed: 99)
  var rows: [[Double]] = []
  for _ in 0..<dimension {
    var row = (0..<dimension).map { _ in generator.normal() }
    for _ in 0..<2 {
      for other in rows {
        let along = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
        row = zip(row, other).map { $0 - along * $1 }
      }
    }
    let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    rows.append(row.map { $0 / length })
  }
  return rows
}
