import CollapseCore
import NeuralCollapse
import Synchronization
import Testing

/// More classes than have tables of C²: the same numbers, in any precision of the products, on any
/// number of threads, from any cut into files.
@Suite struct ManyClassTests {
  /// `count` classes of which every third has a twin: the same mean and the same row of W, or one a
  /// hair away, so that decisions are ties and near ties.
  static func ties(_ count: Int, dimension: Int, hair: Double) -> FeatureCase {
    var means = FeatureCase.randomMeans(count, dimension, offset: 1, seed: 5)
    for index in stride(from: 3, to: count, by: 3) {
      means[index] = means[index - 1]
      means[index][index % dimension] += hair
    }
    var item = FeatureCase.gaussian(
      "ties \(hair)", counts: Array(repeating: 4, count: count), means: means, spread: 0.8, seed: 6)
    var weights = item.classifier!.weights
    for index in stride(from: 3, to: count, by: 3) {
      for column in 0..<dimension { weights[index, column] = weights[index - 1, column] }
      weights[index, index % dimension] += hair
    }
    var bias = item.classifier!.bias!
    for index in stride(from: 3, to: count, by: 3) { bias[index] = bias[index - 1] }
    item.classifier = LinearClassifier(weights: weights, bias: bias)
    return item
  }

  @Test(arguments: [0, 1e-12, 1e-8, 1e-5])
  func float32DecidesAsFloat64(hair: Double) throws {
    let item = Self.ties(300, dimension: 24, hair: hair)
    let wide = try item.report { $0.decidesInFloat32 = false }
    let narrow = try item.report { $0.decidesInFloat32 = true }
    for key in ["accuracy", "nc4_ncc_accuracy", "nc4_mismatch", "margin_min", "cosine_margin_min"] {
      #expect(narrow[key] == wide[key], "\(key)")
    }
    #expect(narrow.perClass["accuracy"] == wide.perClass["accuracy"])
    #expect(narrow.perClass["nc4_ncc_accuracy"] == wide.perClass["nc4_ncc_accuracy"])
    let (value, expected) = (narrow["cross_entropy"]?.value, wide["cross_entropy"]?.value)
    #expect(try abs(#require(value) - #require(expected)) < 1e-6)
    #expect(narrow.notes.contains { $0.hasPrefix("decided in float32") })
    #expect(!wide.notes.contains { $0.hasPrefix("decided in float32") })
  }

  /// Every row is as near to every class: all is decided again, and the first class wins.
  @Test func whereAllRowsTie() throws {
    let count = 300
    let item = FeatureCase(
      name: "all tie", dimension: 3,
      features: (0..<2 * count).flatMap { [Double($0 / count), 1, 2] },
      labels: (0..<2 * count).map { Int64($0 % count) },
      classifier: LinearClassifier(
        weights: Matrix(rows: count, columns: 3, repeating: 0.5), bias: nil))
    let report = try item.report { $0.decidesInFloat32 = true }
    #expect(report["accuracy"]?.value == 1 / Double(count))
    #expect(report["nc4_ncc_accuracy"]?.value == 1 / Double(count))
    #expect(report.notes.contains { $0.contains("the time is float64's") })
  }

  /// The tables of few classes and the tiles of many say the same.
  @Test func fewAndManyClassesAgree() throws {
    // 256 classes, and the same with 64 more that are copies moved far away.
    let item = Self.ties(256, dimension: 24, hair: 0.1)
    let few = try item.report()
    var more = item
    more.features += (0..<64).flatMap { _ in (0..<24).map { 1e3 + Double($0) } }
    more.labels += (0..<64).map { Int64(256 + $0) }
    let filler = Matrix(rows: 64, columns: 24, repeating: -1e3)
    more.classifier = LinearClassifier(
      weights: Matrix(
        rows: 320, columns: 24, elements: item.classifier!.weights.elements + filler.elements),
      bias: item.classifier!.bias! + Array(repeating: -1e6, count: 64))
    let many = try more.report { $0.decidesInFloat32 = true }
    for label in 0..<256 {
      #expect(many.perClass["accuracy"]![label] == few.perClass["accuracy"]![label])
      #expect(
        many.perClass["nc4_ncc_accuracy"]![label] == few.perClass["nc4_ncc_accuracy"]![label])
    }
  }

  @Test(arguments: [40, 300], [false, true])
  func sameBitsOnAnyThreadsAndShards(classes: Int, spectrum: Bool) throws {
    let counts = (0..<classes).map { 3 + $0 % 7 + 9000 / classes }
    let item = FeatureCase.gaussian(
      "bits", counts: counts, means: FeatureCase.randomMeans(classes, 20, seed: 8), spread: 0.7,
      seed: 8)
    func report(threads: Int, cuts: [Int]) throws -> CollapseReport {
      var options = AnalysisOptions()
      options.threads = threads
      options.spectrum = spectrum
      options.blockRows = 64
      let ends = [0] + cuts + [item.sampleCount]
      let shards = zip(ends, ends.dropFirst()).map { start, end in
        let part = item.selecting(Array(start..<end))
        return LabeledFeatures(features: part.rows, labels: InMemoryLabels(part.labels))
      }
      return try CollapseAnalyzer(options: options).analyze(shards, classifier: item.classifier)
    }
    let whole = try report(threads: 1, cuts: [])
    for threads in [1, 2, 3, 8] {
      let cut = try report(threads: threads, cuts: [64 * 5, 64 * 6, 64 * 77])
      #expect(cut == whole, "\(threads) threads, four shards")
      #expect(try report(threads: threads, cuts: []) == whole, "\(threads) threads")
    }
  }

  /// One strip of tiles, and two.
  @Test(arguments: [200, 300]) func extremesStandForPairs(classes: Int) throws {
    let item = Self.ties(classes, dimension: 24, hair: 1e-3)
    let all = try item.report { $0.pairs = .all }
    let extremes = try item.report { $0.pairs = .extremes }
    #expect(try item.report().perPair.isEmpty)
    #expect(extremes.perPair.isEmpty)
    for key in ["cos_inter", "cos_inter_uncentred"] {
      let table = try #require(all.perPair[key])
      let values = table.indices.flatMap { a in (a + 1..<classes).compactMap { table[a][$0] } }
        .sorted()
      let found = try #require(extremes.extremePairs[key])
      #expect(found.prefix(100).map(\.value) == values.suffix(100).reversed())
      #expect(found.suffix(100).map(\.value) == Array(values.prefix(100)))
      for pair in found { #expect(table[pair.first][pair.second] == pair.value) }
    }
  }

  /// ``PairTables/none`` leaves the values per pair of few classes out, too.
  @Test func noPairsAtAll() throws {
    #expect(try !FeatureCase.golden.report().perPair.isEmpty)
    #expect(try FeatureCase.golden.report { $0.pairs = .none }.perPair.isEmpty)
  }

  @Test func memoryThatIsNotThere() throws {
    let item = Self.ties(300, dimension: 24, hair: 0)
    let error = #expect(throws: AnalysisError.self) {
      try item.report {
        $0.spectrum = false
        $0.memoryLimit = 1000
      }
    }
    #expect(
      error?.description == "300 classes of 24 features take 1 MiB, 0 MiB are available")
  }

  @Test func interruptionEndsIt() throws {
    #expect(throws: WorkInterrupted.self) {
      try FeatureCase.golden.report { $0.interruption.request() }
    }
  }

  /// Rows that are read as somebody asks for the end of the work.
  private final class EndingRows: RowBlocks {
    let rows: InMemoryRows
    let interruption: Interruption
    let last: Int
    let reads = Atomic(0)

    init(rows: InMemoryRows, interruption: Interruption, last: Int) {
      (self.rows, self.interruption, self.last) = (rows, interruption, last)
    }

    var rowCount: Int { rows.rowCount }
    var columnCount: Int { rows.columnCount }
    var precision: RowPrecision { rows.precision }

    func read(_ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
      note()
      rows.read(range, into: buffer)
    }

    func read(_ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws {
      note()
      rows.read(range, into: buffer)
    }

    private func note() {
      if reads.add(1, ordering: .relaxed).newValue == last { interruption.request() }
    }
  }

  /// Rows whose products with the classes are not begun any more end nothing but the analysis.
  @Test(arguments: [1, 2], [true, false])
  func interruptionBetweenReadingAndDeciding(threads: Int, isNarrow: Bool) throws {
    let item = Self.ties(300, dimension: 8, hair: 0)
    var reads = 0
    repeat {
      reads += 1
      var options = AnalysisOptions()
      options.threads = threads
      options.decidesInFloat32 = isNarrow
      let rows = EndingRows(rows: item.rows, interruption: options.interruption, last: reads)
      do {
        _ = try CollapseAnalyzer(options: options).analyze(
          features: rows, labels: InMemoryLabels(item.labels), classifier: item.classifier)
        // That many reads there are not.
        #expect(rows.reads.load(ordering: .relaxed) < reads)
        break
      } catch {
        #expect(error is WorkInterrupted)
      }
    } while reads < 100
    #expect(reads > 6, "both passes read the rows")
  }
}
