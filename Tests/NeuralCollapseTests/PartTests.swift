import CollapseCore
import NeuralCollapse
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
