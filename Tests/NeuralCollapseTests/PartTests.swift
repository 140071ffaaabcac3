import CollapseCore
import NeuralCollapse
import Synchronization
import Testing

/// An analysis that is cut into parts has the bits of the whole.
@Suite struct PartTests {
  private static func few() -> FeatureCase {
    .gaussian(
      "few", counts: [9_000, 7_000, 5_000], means: FeatureCase.randomMeans(3, 12, seed: 4),
      spread: 0.7, seed: 5)
  }

  /// More classes than share tables: stripes are the work of all threads, Σ zzᵀ is not projected.
  private static func many() -> FeatureCase {
    .gaussian(
      "many", counts: Array(repeating: 40, count: 300),
      means: FeatureCase.randomMeans(300, 8, seed: 6), spread: 0.2, seed: 7)
  }

  /// The rows of a case, cut into shards of any sizes.
  private func shards(_ item: FeatureCase, _ count: Int) -> [LabeledFeatures] {
    let total = item.rows.rowCount
    let bounds = (0...count).map { $0 == count ? total : total * $0 / count + ($0 % 3) }
    return (0..<count).map { number in
      let rows = Array(bounds[number]..<bounds[number + 1])
      let part = item.selecting(rows)
      return LabeledFeatures(features: part.rows, labels: InMemoryLabels(part.labels))
    }
  }

  /// In parts whose sums go through bytes, as they do between machines.
  private func inParts(
    _ item: FeatureCase, _ options: AnalysisOptions, first: Int, second: Int, shards count: Int
  ) throws -> CollapseReport {
    let analyzer = CollapseAnalyzer(options: options)
    let rows = shards(item, count)
    func sent(_ sums: PartialSums) throws -> PartialSums {
      try ArrayCoding.decode(PartialSums.self, from: ArrayCoding.encode(sums))
    }
    let means = try (0..<first).map {
      try sent(analyzer.meanSums(of: rows, part: AnalysisPart($0, of: first)))
    }
    let scatter = try (0..<second).map {
      try sent(
        analyzer.scatterSums(
          of: rows, classifier: item.classifier, after: means, part: AnalysisPart($0, of: second)))
    }
    // In any order, and again: the sums are not used up.
    _ = try analyzer.report(
      of: rows, classifier: item.classifier, means: means, scatter: scatter.reversed())
    return try analyzer.report(
      of: rows, classifier: item.classifier, means: means, scatter: scatter)
  }

  @Test(arguments: [1, 2, 3, 5], [1, 2])
  func anyNumberOfPartsHasTheSameBits(parts: Int, threads: Int) throws {
    for item in [PartTests.few(), PartTests.many()] {
      var options = AnalysisOptions()
      options.threads = 1
      options.spectrum = true
      let whole = try CollapseAnalyzer(options: options).analyze(
        features: item.rows, labels: InMemoryLabels(item.labels), classifier: item.classifier)
      options.threads = threads
      let joined = try inParts(
        item, options, first: parts, second: parts == 2 ? 3 : parts, shards: 4)
      #expect(joined == whole, "\(item.name)")
    }
  }

  @Test(arguments: [1, 2, 3, 5], [1, 2])
  func anyNumberOfRanksHasTheSameBits(count: Int, threads: Int) throws {
    for item in [PartTests.few(), PartTests.many()] {
      var options = AnalysisOptions()
      options.spectrum = true
      options.threads = threads
      let whole = try CollapseAnalyzer(options: options).analyze(
        features: item.rows, labels: InMemoryLabels(item.labels), classifier: item.classifier)
      let rows = shards(item, 3)
      let reports = try ThreadRanks.run(count) { [options] ranks in
        try CollapseAnalyzer(options: options).analyze(
          rows, classifier: item.classifier, over: ranks)
      }
      #expect(reports[0] == whole, "\(item.name)")
      #expect(reports.dropFirst().allSatisfy { $0 == nil })
    }
  }

  /// Each rank reads features and labels of its own rows, the same in both passes, but for the stripe or
  /// two where the passes are cut in other places.
  @Test(arguments: [2, 3, 5]) func ranksReadTheirOwnRows(count: Int) throws {
    // 25 stripes of 2048 rows.
    let item = FeatureCase.gaussian(
      "long", counts: [20_000, 31_200], means: FeatureCase.randomMeans(2, 4, seed: 4), spread: 0.7,
      seed: 5)
    let total = item.rows.rowCount
    let features = try ThreadRanks.run(count) { ranks in
      let rows = RowsRead(rows: item.rows, labels: InMemoryLabels(item.labels))
      _ = try CollapseAnalyzer().analyze(
        [LabeledFeatures(features: rows, labels: rows)], over: ranks)
      return rows.read.withLock { $0 }
    }
    let slack = 5 * 2048
    for (rank, read) in features.enumerated() {
      let share = max(0, total * rank / count - slack)...total * (rank + 1) / count + slack
      #expect(read.rows.allSatisfy { share.contains($0) }, "rank \(rank)")
      #expect(read.labels.allSatisfy { share.contains($0) }, "rank \(rank)")
    }
    #expect(Set(features.map(\.rows).joined()).count == total)
  }

  /// What is wrong with the rows of one rank ends all of them, said by the one that found it, or by the
  /// first where all did.
  @Test func ranksEndTogether() throws {
    let item = PartTests.few()
    var labels = item.labels
    labels[labels.count - 1] = -5
    let failures = try ThreadRanks.run(3) { [labels] ranks -> RankFailure? in
      do {
        _ = try CollapseAnalyzer().analyze(
          [LabeledFeatures(features: item.rows, labels: InMemoryLabels(labels))], over: ranks)
        return nil
      } catch let failure as RankFailure {
        return failure
      }
    }
    let expected = AnalysisError.negativeLabel(row: labels.count - 1, label: -5)
    #expect(failures.map { $0?.rank } == [2, 2, 2])
    #expect(failures[0]?.description == "\(expected)" && failures[0]?.cause == nil)
    #expect(failures[2]?.cause as? AnalysisError == expected)
  }

  /// What a rank merges grows with the logarithm of their number, however many stripes there are, and
  /// whether they are counted from the first row or from the last.
  @Test(arguments: [2, 3, 5, 48, 63, 64], [489, 1000, 1024, 12_345])
  func mergesOfARank(count: Int, stripes: Int) throws {
    for mirrored in [false, true] {
      let merges = Mutex([Int](repeating: 0, count: count))
      let sums = try ThreadRanks.run(count) { ranks in
        let place = mirrored ? count - 1 - ranks.rank : ranks.rank
        let mine = try Parallel.fold(
          AnalysisPart(place, of: count).stripes(of: stripes), of: stripes, threads: 1
        ) {
          [$0, $0 + 1]
        } merge: {
          [$0[0], $1[1]]
        }
        return try ranks.reduce(mine, of: stripes) { earlier, later in
          merges.withLock { $0[ranks.rank] += 1 }
          return [earlier[0], later[1]]
        }
      }
      #expect(sums[0]?.map(\.sum) == [[0, stripes]])
      let turns = (1...).first { 1 << $0 >= count }!
      let most = merges.withLock { $0.max()! }
      #expect(most <= 7 * turns, "\(most) merges in \(turns) turns")
    }
  }

  /// More parts than there are stripes: some have none.
  @Test func emptyPartsCount() throws {
    let item = PartTests.few()
    let options = AnalysisOptions()
    let whole = try CollapseAnalyzer(options: options).analyze(
      features: item.rows, labels: InMemoryLabels(item.labels), classifier: item.classifier)
    #expect(try inParts(item, options, first: 40, second: 33, shards: 1) == whole)
  }

  @Test func whatMakesNoAnalysisIsRefused() throws {
    let item = PartTests.few()
    let rows = shards(item, 1)
    let analyzer = CollapseAnalyzer()
    let parts = try (0..<3).map { try analyzer.meanSums(of: rows, part: AnalysisPart($0, of: 3)) }
    func refusal(_ means: [PartialSums]) -> PartialSumsError? {
      #expect(throws: PartialSumsError.self) {
        try analyzer.scatterSums(of: rows, after: means, part: AnalysisPart(0, of: 1))
      }
    }
    #expect(refusal([parts[0], parts[2]]) == .missing(parts: [1], count: 3))
    #expect(refusal([parts[0], parts[2], parts[0]]) == .twice(part: 0))
    let other = try analyzer.meanSums(of: rows, part: AnalysisPart(1, of: 2))
    #expect(
      refusal([parts[0], other])?.description
        == "partial 2 is of another analysis: 2 parts, that of partial 1 has 3")
    let fewer = try analyzer.meanSums(
      of: shards(item.selecting(Array(0..<100)), 1), part: AnalysisPart(0, of: 1))
    #expect(
      refusal([fewer])?.description
        == "partial 1 is of another analysis: 100 × 12 features, these are 21000 × 12")
    let second = try analyzer.scatterSums(
      of: rows, classifier: item.classifier, after: parts, part: AnalysisPart(0, of: 1))
    #expect(
      refusal([second])?.description
        == "partial 1 is of the second pass, expected those of the first")
    var options = AnalysisOptions()
    options.spectrum = true
    #expect(throws: PartialSumsError.differs(place: 0, what: "it has no spectrum")) {
      try CollapseAnalyzer(options: options).report(
        of: rows, classifier: item.classifier, means: parts, scatter: [second])
    }
    options.spectrum = false
    options.classSpectra = true
    #expect(throws: PartialSumsError.takesAllRows("the spectrum of each class")) {
      try CollapseAnalyzer(options: options).meanSums(of: rows, part: AnalysisPart(0, of: 1))
    }
  }
}

/// Rows and labels that keep in mind which of them were read.
private final class RowsRead: RowBlocks, LabelBlocks {
  struct Places: Sendable {
    var rows: Set<Int> = []
    var labels: Set<Int> = []
  }

  let read = Mutex(Places())
  private let rows: any RowBlocks
  private let labels: any LabelBlocks

  init(rows: any RowBlocks, labels: any LabelBlocks) { (self.rows, self.labels) = (rows, labels) }

  var rowCount: Int { rows.rowCount }
  var columnCount: Int { rows.columnCount }
  var precision: RowPrecision { rows.precision }
  var labelCount: Int { labels.labelCount }

  func read(_ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    read.withLock { $0.rows.formUnion(range) }
    try rows.read(range, into: buffer)
  }

  func read(_ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws {
    read.withLock { $0.rows.formUnion(range) }
    try rows.read(range, into: buffer)
  }

  func read(_ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) throws {
    read.withLock { $0.labels.formUnion(range) }
    try labels.read(range, into: buffer)
  }
}
