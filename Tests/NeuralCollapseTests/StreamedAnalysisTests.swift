import CollapseCore
import NeuralCollapse
import Testing

/// Rows that are handed over, in pieces of any size, are measured as those that are read.
@Suite struct StreamedAnalysisTests {
  private static func report(
    _ item: FeatureCase, pieces: [Int], element: RowElement = .float64, classes: [Int64]? = nil,
    passes: inout [StreamedAnalysis.Pass], options: AnalysisOptions
  ) throws -> CollapseReport {
    let analysis = try StreamedAnalysis(
      columns: item.dimension, element: element, classes: classes, classifier: item.classifier,
      options: options)
    let floats = item.features.map { Float($0) }
    repeat {
      passes.append(analysis.pass)
      var (first, number) = (0, 0)
      while first < item.sampleCount {
        let count = min(pieces[number % pieces.count], item.sampleCount - first)
        try item.labels.withUnsafeBufferPointer { labels in
          try item.features.withUnsafeBytes { doubles in
            try floats.withUnsafeBytes { floats in
              let bytes = element == .float64 ? doubles : floats
              try analysis.add(
                bytes.baseAddress! + first * item.dimension * element.byteCount,
                labels: labels.baseAddress! + first, count: count)
            }
          }
        }
        first += count
        number += 1
      }
    } while try analysis.beginNextPass()
    return try analysis.report()
  }

  private static let many = FeatureCase.gaussian(
    "many classes", counts: Array(repeating: 30, count: 300),
    means: FeatureCase.randomMeans(300, 24, seed: 3), spread: 0.6, seed: 3)
  private static let few = FeatureCase.gaussian(
    "few classes", counts: [4000, 3000, 2000, 737],
    means: FeatureCase.randomMeans(4, 12, offset: 3, seed: 4), spread: 0.4, seed: 4)

  @Test(arguments: [few, many], [[100_000], [1], [7, 2048, 500, 4096], [2049]])
  func theBitsAreThoseOfRowsThatAreRead(item: FeatureCase, pieces: [Int]) throws {
    for threads in [1, 3] {
      var options = AnalysisOptions()
      options.threads = threads
      options.weightDecay = 5e-4
      options.spectrum = item.dimension == 12
      options.classSpectra = item.dimension == 12
      let read = try CollapseAnalyzer(options: options).analyze(
        features: item.rows, labels: InMemoryLabels(item.labels), classifier: item.classifier)
      var passes: [StreamedAnalysis.Pass] = []
      let handed = try Self.report(item, pieces: pieces, passes: &passes, options: options)
      #expect(handed.json.text == read.json.text)
      #expect(
        passes == [.labels, .means, .measures] + (options.classSpectra ? [.classes] : []))
    }
  }

  /// Classes that are stated save the pass that finds them, and not one bit differs.
  @Test func statedClassesSaveAPass() throws {
    var passes: [StreamedAnalysis.Pass] = []
    let options = AnalysisOptions()
    let found = try Self.report(Self.few, pieces: [512], passes: &passes, options: options)
    passes = []
    let stated = try Self.report(
      Self.few, pieces: [512], classes: [0, 1, 2, 3], passes: &passes, options: options)
    #expect(passes == [.means, .measures])
    #expect(stated.json.text == found.json.text)
  }

  /// Many rows choose the method for the spectrum by a sample, which takes a pass.
  @Test func theSpectrumOfManyRowsTakesASample() throws {
    let item = FeatureCase.gaussian(
      "wide", counts: [2000, 1500], means: FeatureCase.randomMeans(2, 200, seed: 5), spread: 1,
      seed: 5)
    // 2³¹ multiplications are too many for a test: repeated rows cost no time to draw.
    let repeated = item.selecting((0..<16).flatMap { _ in 0..<3500 })
    var options = AnalysisOptions()
    options.spectrum = true
    var passes: [StreamedAnalysis.Pass] = []
    let handed = try Self.report(repeated, pieces: [9999], passes: &passes, options: options)
    #expect(passes == [.labels, .means, .sample, .measures])
    let read = try CollapseAnalyzer(options: options).analyze(
      features: repeated.rows, labels: InMemoryLabels(repeated.labels),
      classifier: repeated.classifier)
    #expect(handed.json.text == read.json.text)
  }

  @Test func meansOfATrainingSetDecideAndAreMeasuredAbout() throws {
    let training = FeatureCase.gaussian(
      "training", counts: [900, 800, 700], means: FeatureCase.randomMeans(3, 5, seed: 6),
      spread: 0.5, seed: 6)
    let test = FeatureCase.gaussian(
      "test", counts: [90, 80, 70], means: FeatureCase.randomMeans(3, 5, seed: 6), spread: 0.5,
      seed: 7)
    var options = AnalysisOptions()
    options.meansFrom = try CollapseAnalyzer().statistics(
      of: training.rows, labels: InMemoryLabels(training.labels))
    options.measuresAboutTraining = true
    options.unitNorm = false
    var passes: [StreamedAnalysis.Pass] = []
    let handed = try Self.report(test, pieces: [11], passes: &passes, options: options)
    #expect(passes == [.labels, .means, .measures, .training])
    let read = try CollapseAnalyzer(options: options).analyze(
      features: test.rows, labels: InMemoryLabels(test.labels), classifier: test.classifier)
    #expect(handed.json.text == read.json.text)
    #expect(handed["nc1_pinv_about_training"]?.value != nil)
  }

  @Test func unitNormAndFloat32AreTheSameToo() throws {
    var item = Self.few
    item.features = item.features.map { Double(Float($0)) }
    var options = AnalysisOptions()
    options.unitNorm = true
    var passes: [StreamedAnalysis.Pass] = []
    let handed = try Self.report(
      item, pieces: [300], element: .float32, passes: &passes, options: options)
    let rows = InMemoryRows(item.features.map { Float($0) }, columnCount: item.dimension)
    let read = try CollapseAnalyzer(options: options).analyze(
      features: rows, labels: InMemoryLabels(item.labels), classifier: item.classifier)
    #expect(handed.json.text == read.json.text)
  }

  // MARK: - What cannot be

  /// Adds `labels` with features of zeros, in one pass after another.
  private static func passes(
    _ all: [[Int64]], classes: [Int64]? = nil, options: AnalysisOptions = AnalysisOptions()
  ) throws {
    let analysis = try StreamedAnalysis(
      columns: 2, element: .float32, classes: classes, options: options)
    for labels in all {
      let rows = [Float](repeating: 0, count: 2 * labels.count)
      try labels.withUnsafeBufferPointer { labels in
        try rows.withUnsafeBytes { rows in
          try analysis.add(
            rows.baseAddress!, labels: labels.baseAddress!, count: labels.count)
        }
      }
      _ = try analysis.beginNextPass()
    }
  }

  @Test func passesOverDifferentRowsAreRefused() {
    #expect(throws: AnalysisError.passLength(expected: 3, found: 2)) {
      try Self.passes([[0, 1, 1], [0, 1]])
    }
    #expect(throws: AnalysisError.passLength(expected: 2, found: 3)) {
      try Self.passes([[0, 1], [0, 1, 1]])
    }
  }

  /// A loader that draws other rows each time would give numbers that mean nothing.
  @Test func passesOverOtherLabelsAreRefused() throws {
    #expect(throws: AnalysisError.passLabels) { try Self.passes([[0, 0, 1], [0, 1, 1]]) }
    // Another order will do.
    try Self.passes([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
  }

  /// The pass that gathers the rows of each class has room for as many as there were.
  @Test(arguments: [[0, 1, 1, 1], [0, 0, 0, 1]])
  func moreRowsOfAClassAreRefusedBeforeTheyAreStored(last: [Int64]) {
    var options = AnalysisOptions()
    options.classSpectra = true
    let same: [Int64] = [0, 0, 1, 1]
    #expect(throws: AnalysisError.passLabels) {
      try Self.passes([same, same, same, last], options: options)
    }
  }

  @Test func labelsThatWereNotStatedAreRefused() {
    #expect(throws: AnalysisError.unstatedLabel(row: 2, label: 5)) {
      try Self.passes([[0, 1, 5]], classes: [0, 1])
    }
    #expect(throws: AnalysisError.negativeLabel(row: 1, label: -100)) {
      try Self.passes([[0, -100]])
    }
  }

  @Test func nothingCanBeAddedAfterAnError() throws {
    let analysis = try StreamedAnalysis(columns: 1, element: .float64)
    #expect(throws: AnalysisError.noRows) { try analysis.beginNextPass() }
    let (number, label) = (0.0, Int64(0))
    #expect(throws: AnalysisError.passesOver) {
      try withUnsafePointer(to: label) { label in
        try withUnsafeBytes(of: number) { number in
          try analysis.add(number.baseAddress!, labels: label, count: 1)
        }
      }
    }
    #expect(throws: AnalysisError.passesLeft) { try analysis.report() }
  }

  @Test func anInterruptedAnalysisEnds() throws {
    let options = AnalysisOptions()
    options.interruption.request()
    #expect(throws: WorkInterrupted.self) { try Self.passes([[0, 1]], options: options) }
  }
}
