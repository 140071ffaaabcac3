import CollapseCore
import NeuralCollapse
import Testing

@Suite struct AnalysisErrorTests {
  struct BadInput: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var change: @Sendable (inout FeatureCase, inout AnalysisOptions) -> Void
    var expected: String
    var kind: FailureKind = .badInput
  }

  static let cases: [BadInput] = [
    BadInput(
      testDescription: "no rows",
      change: { item, _ in (item.features, item.labels) = ([], []) },
      expected: "no rows of features"),
    BadInput(
      testDescription: "labels missing", change: { item, _ in item.labels.removeLast() },
      expected: "24 rows of features, but 23 labels"),
    BadInput(
      testDescription: "negative label", change: { item, _ in item.labels[17] = -1 },
      expected: "row 17: negative label -1"),
    BadInput(
      testDescription: "absurd label", change: { item, _ in item.labels[3] = 1 << 40 },
      expected: "row 3: label 1099511627776 is above the largest that is taken for a class, "
        + "2147483647"),
    BadInput(
      testDescription: "one NaN", change: { item, _ in item.features[6 * 4 + 2] = .nan },
      expected: "1 of 24 rows hold NaN or infinite features, the first at row 4"),
    BadInput(
      testDescription: "many infinite rows",
      change: { item, _ in
        for row in 2..<9 {
          item.features[row * 6 + row % 6] = row % 2 == 0 ? .infinity : -.infinity
        }
      },
      expected:
        "7 of 24 rows hold NaN or infinite features, the first at rows 2, 3, 4, 5, 6"),
    BadInput(
      testDescription: "nothing left",
      change: { item, options in
        item.features = item.features.map { _ in .nan }
        options.droppingNonFinite = true
      }, expected: "all 24 rows hold NaN or infinite features"),
    BadInput(
      testDescription: "W of the wrong width",
      change: { item, _ in
        item.classifier = LinearClassifier(weights: Matrix(rows: 4, columns: 5), bias: nil)
      }, expected: "the classifier's weights have 5 columns, the features 6"),
    BadInput(
      testDescription: "W with too few rows",
      change: { item, _ in
        item.classifier = LinearClassifier(weights: Matrix(rows: 3, columns: 6), bias: nil)
      },
      expected: "the classifier's weights have 3 rows, fewer than the 4 classes present"),
    BadInput(
      testDescription: "a label beyond W",
      change: { item, _ in
        item.labels[0] = 9
        item.classifier = LinearClassifier(weights: Matrix(rows: 7, columns: 6), bias: nil)
      }, expected: "label 9 has no row among the classifier's 7"),
    BadInput(
      testDescription: "a label without a row in the mapping",
      change: { _, options in options.classifierRows = [0: 0, 1: 1, 2: 2] },
      expected: "label 3 has no row among the classifier's 4"),
    BadInput(
      testDescription: "NaN in W",
      change: { item, _ in
        item.classifier = LinearClassifier(
          weights: Matrix(rows: 4, columns: 6, repeating: .nan), bias: nil)
      }, expected: "the classifier holds NaN or infinite weights"),
    BadInput(
      testDescription: "means of another width",
      change: { _, options in
        options.meansFrom = ClassStatistics(
          labels: [0], counts: [1], means: Matrix(rows: 1, columns: 3))
      }, expected: "the class means to decide by have 3 features, the rows 6"),
    BadInput(
      testDescription: "an out-of-distribution mean of another width",
      change: { _, options in options.outOfDistributionMean = [1, 2] },
      expected: "the out-of-distribution mean has 2 features, the rows 6"),
    BadInput(
      testDescription: "negative weight decay",
      change: { _, options in options.weightDecay = -0.1 },
      expected: "a weight decay of -0.1 is no non-negative number", kind: .usage),
    BadInput(
      testDescription: "spectrum beyond memory",
      change: { _, options in (options.memoryLimit, options.threads) = (1000, 2) },
      expected: "4 classes of 6 features take 1 MiB, 0 MiB are available", kind: .usage),
  ]

  @Test(arguments: cases) func isRefusedWithThisMessage(input: BadInput) throws {
    var item = FeatureCase.golden
    var options = AnalysisOptions()
    options.spectrum = true
    input.change(&item, &options)
    let error = #expect(throws: AnalysisError.self) {
      try CollapseAnalyzer(options: options).analyze(
        features: item.rows, labels: InMemoryLabels(item.labels), classifier: item.classifier)
    }
    #expect(error?.description == input.expected)
    #expect(error?.kind == input.kind)
  }

  @Test func shardsMustAgree() throws {
    let golden = FeatureCase.golden
    let other = FeatureCase(name: "", dimension: 2, features: [1, 2], labels: [0], classifier: nil)
    let shards = [golden, other].map {
      LabeledFeatures(features: $0.rows, labels: InMemoryLabels($0.labels))
    }
    let error = #expect(throws: AnalysisError.self) { try CollapseAnalyzer().analyze(shards) }
    #expect(
      error?.description == "shard 2: expected 6 features per row as in the first, found 2")
  }

  /// Rows left out change nothing but the warning, even where a class loses its last sample.
  @Test func nonFiniteRowsCanBeLeftOut() throws {
    let golden = FeatureCase.golden
    var item = golden
    let bad = [2, 11] + golden.labels.indices.filter { golden.labels[$0] == 3 }
    for row in bad { item.features[row * 6 + row % 6] = row % 2 == 0 ? .nan : .infinity }
    let kept = golden.selecting(golden.labels.indices.filter { !bad.contains($0) })
    let report = try item.report { $0.droppingNonFinite = true }
    let expected = try kept.report()
    #expect(report.measures.map(\.measurement) == expected.measures.map(\.measurement))
    #expect(report.classes == expected.classes)
    #expect(
      report.warnings == ["5 rows with NaN or infinite features left out"] + expected.warnings)
  }

  @Test func aMappingSaysWhichRowIsWhose() throws {
    var item = FeatureCase.golden
    let original = try item.report()
    let order = [2, 0, 3, 1]
    item.classifier = LinearClassifier(
      weights: item.classifier!.weights.selectingRows(order),
      bias: order.map { item.classifier!.bias![$0] })
    let rows = Dictionary(uniqueKeysWithValues: order.enumerated().map { (Int64($1), $0) })
    let report = try item.report { $0.classifierRows = rows }
    #expect(report.measures.map(\.measurement) == original.measures.map(\.measurement))
  }

  /// Errors of a reader pass through, whichever thread meets them.
  @Test(arguments: [1, 2, 8]) func aFailingReaderEndsTheAnalysis(threads: Int) throws {
    struct Broken: Error {}
    struct FailingRows: RowBlocks {
      let rowCount = 20_000
      let columnCount = 2
      let precision = RowPrecision.float64
      func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {}
      func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws {
        if rows.upperBound > 9000 { throw Broken() }
        buffer.update(repeating: 1)
      }
    }
    var options = AnalysisOptions()
    options.threads = threads
    #expect(throws: Broken.self) {
      try CollapseAnalyzer(options: options).analyze(
        features: FailingRows(), labels: InMemoryLabels((0..<20_000).map { $0 % 2 }))
    }
  }
}
