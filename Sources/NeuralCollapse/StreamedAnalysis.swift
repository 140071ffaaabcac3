public import CollapseCore
import LinearAlgebra

/// An analysis of rows that are handed over, in their order and in pieces of any size, once for each
/// pass; in memory that does not grow with their number.
///
/// ```swift
/// let analysis = try StreamedAnalysis(columns: 512, element: .float32)
/// repeat {
///   for batch in batches { try analysis.add(batch.rows, labels: batch.labels, count: batch.count) }
/// } while try analysis.beginNextPass()
/// let report = try analysis.report()
/// ```
/// The report has the bits of ``CollapseAnalyzer``'s for the same rows, however they are cut.
///
/// Not to be used by two threads at once; two analyses know nothing of one another. After an error
/// nothing can be added.
public final class StreamedAnalysis {
  /// What the rows are handed over for.
  public enum Pass: String, Sendable, CaseIterable {
    /// To find the classes, where they were not stated: labels alone are enough.
    case labels
    /// To find the class means.
    case means
    /// To look at some of the rows, from which the method for the spectrum is chosen.
    case sample
    /// To measure everything about the class means.
    case measures
    /// To measure about the class means of another set.
    case training
    /// To keep all rows, for the spectra of the classes.
    case classes
    /// No pass: the report is there.
    case finished
  }

  private enum State {
    case labels(LabelScan)
    case means(PassFeed<MeanPass>)
    case sample(SampledRows, SecondPass, MeansFrame)
    case measures(PassFeed<ScatterPass>, MeansFrame)
    case training(PassFeed<ScatterPass>, MeansFrame)
    case classes(ClassRows, RowPartition)
    case finished(CollapseReport)
    case failed
  }

  /// Number of features of a row, d.
  public let columns: Int
  /// How the numbers of the rows are stored.
  public let element: RowElement
  private let options: AnalysisOptions
  private let classifier: LinearClassifier?
  private let isUnlabelled: Bool
  private var state: State
  private var index = LabelIndex(labels: [])
  /// What a pass went over, once one has ended, and what this one has so far.
  private var whole: PassContent?
  private var content = PassContent()

  // What the passes leave, in their order.
  private var analysis: Analysis?
  private var present: ClassifierRows?
  private var spectrum: SpectrumPlan?
  private var summary: CollapseSummary?
  private var trainingSummary: CollapseSummary?

  /// - Parameters:
  ///   - columns: d.
  ///   - element: the type of the numbers that will come.
  ///   - classes: the labels there will be; `nil` where a pass is to find them.
  ///   - classifier: W and b, where there are.
  ///   - options: what is measured, and how.
  ///   - isUnlabelled: whether only what needs no labels is measured; labels do not count then.
  /// - Throws: ``AnalysisError`` for options or classes that do not fit.
  public init(
    columns: Int, element: RowElement, classes: [Int64]? = nil, classifier: LinearClassifier? = nil,
    options: AnalysisOptions = AnalysisOptions(), isUnlabelled: Bool = false
  ) throws {
    precondition(columns > 0)
    self.columns = columns
    self.element = element
    self.options = isUnlabelled ? options.withoutLabels : options
    self.classifier = isUnlabelled ? nil : classifier
    self.isUnlabelled = isUnlabelled
    try Analysis.check(self.options, columns: columns)
    var scan = LabelScan(selection: self.options.labels)
    state = .labels(scan)
    if let classes = isUnlabelled ? [0] : classes {
      try classes.withUnsafeBufferPointer { try scan.add($0) }
      try beginMeans(scan.index)
    }
  }

  /// What the rows are wanted for now.
  public var pass: Pass {
    switch state {
    case .labels: .labels
    case .means: .means
    case .sample: .sample
    case .measures: .measures
    case .training: .training
    case .classes: .classes
    case .finished, .failed: .finished
    }
  }

  /// Rows handed over in this pass.
  public var rowCount: Int { content.count }

  /// Class counts and means, once they are known: for ``AnalysisOptions/meansFrom`` of another.
  public var statistics: ClassStatistics? { analysis?.statistics }

  // MARK: - Rows

  /// The next rows of the pass.
  ///
  /// - Parameters:
  ///   - numbers: `count` rows of d numbers, read before this returns; `nil` will do for labels.
  ///   - labels: one per row; `nil` will do for rows without.
  ///   - count: how many rows come.
  /// - Throws: ``AnalysisError`` for rows that cannot be analyzed, `WorkInterrupted`.
  public func add(
    _ numbers: UnsafeRawPointer?, labels: UnsafePointer<Int64>?, count: Int
  ) throws {
    precondition(count >= 0)
    try failing {
      var first = 0
      // Labels that there are none of are made a piece at a time.
      let step = isUnlabelled ? StreamedAnalysis.unlabelledRows : count
      while first < count {
        let rows = min(step, count - first)
        let start = numbers.map { $0 + first * columns * element.byteCount }
        if isUnlabelled {
          try noLabels.withUnsafeBufferPointer { try take(start, labels: $0.baseAddress!, rows) }
        } else {
          guard let labels else {
            throw AnalysisError.labelCount(shard: 0, rows: count, labels: 0)
          }
          try take(start, labels: labels, rows)
        }
        first += rows
      }
    }
  }

  private static let unlabelledRows = 1 << 16
  private lazy var noLabels = [Int64](repeating: 0, count: StreamedAnalysis.unlabelledRows)

  private func take(
    _ numbers: UnsafeRawPointer?, labels: UnsafePointer<Int64>, _ count: Int
  ) throws {
    try options.interruption.check()
    content.add(UnsafeBufferPointer(start: labels, count: count))
    if let whole, content.count > whole.count {
      throw AnalysisError.passLength(expected: whole.count, found: content.count)
    }
    if case .labels(var scan) = state {
      try scan.add(UnsafeBufferPointer(start: labels, count: count))
      state = .labels(scan)
      return
    }
    guard let numbers else { throw AnalysisError.noRows }
    let first = content.count - count
    let rows = BorrowedRows(
      rowCount: count, columnCount: columns, element: element, numbers: numbers, labels: labels)
    switch state {
    case .means(let feed):
      for row in 0..<count where options.labels.contains(labels[row]) && index(labels[row]) < 0 {
        throw AnalysisError.unstatedLabel(row: first + row, label: labels[row])
      }
      try feed.add(rows)
    case .sample(let sample, _, _): sample.add(rows, first: first)
    case .measures(let feed, _), .training(let feed, _): try feed.add(rows)
    case .classes(let classes, let partition):
      let reader = reader([rows.labeled(options)], partition)
      let segment = RowPartition.Segment(shard: 0, rows: 0..<count, firstRow: first)
      try reader.forEachBlock(of: RowPartition.Stripe(segments: [segment])) { try classes.add($0) }
    case .labels, .finished, .failed: throw AnalysisError.passesOver
    }
  }

  private func reader(_ shards: [LabeledFeatures], _ partition: RowPartition) -> BlockReader {
    BlockReader(
      shards: shards, partition: partition, index: index, interruption: options.interruption)
  }

  // MARK: - Passes

  /// Ends the pass.
  ///
  /// - Returns: whether another one follows, for which all rows are to be handed over again.
  /// - Throws: ``AnalysisError`` for rows that cannot be analyzed, `WorkInterrupted`.
  public func beginNextPass() throws -> Bool {
    try failing {
      if let whole, content.count != whole.count {
        throw AnalysisError.passLength(expected: whole.count, found: content.count)
      }
      if let whole, content != whole { throw AnalysisError.passLabels }
      guard content.count > 0 else { throw AnalysisError.noRows }
      (whole, content) = (content, PassContent())
      try endPass()
      if case .finished = state { return false }
      return true
    }
  }

  /// - Throws: ``AnalysisError/passesLeft`` before the last pass has ended.
  public func report() throws -> CollapseReport {
    guard case .finished(let report) = state else { throw AnalysisError.passesLeft }
    return report
  }

  private func failing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      state = .failed
      throw error
    }
  }

  private func endPass() throws {
    // What the pass compared rows with, which may be large, is gone before the next begins.
    let ended = state
    state = .failed
    switch ended {
    case .labels(let scan): try beginMeans(scan.index)
    case .means(let feed): try beginMeasures(feed.finish())
    case .sample(let sample, let second, let frame):
      let reader = reader(sample.shards(options), sample.partition(second.partition))
      spectrum = try SpectrumPlan(
        analysis!, method: SpectrumPlan.method(analysis!, sample: reader))
      state = .measures(feed(second, spectrum), frame)
    case .measures(let feed, let frame):
      summary = try frame.summary(feed.finish(), spectrum: spectrum)
      try beginTraining()
    case .training(let feed, let frame):
      trainingSummary = try frame.summary(feed.finish(), spectrum: nil)
      try beginClasses()
    case .classes(let rows, _):
      summary!.classRows = try rows.measures()
      try finish()
    case .finished, .failed: throw AnalysisError.passesOver
    }
  }

  private func beginMeans(_ index: LabelIndex) throws {
    self.index = index
    try AnalysisMemory.check(
      classes: index.count, columns: columns, hasClassifier: classifier != nil, options,
      blockRows: 512 * options.threads)
    let pass = MeanPass(index: index, columns: columns)
    state = .means(feed(pass, shape.partition(classes: index.count)))
  }

  private func beginMeasures(_ sums: MeanSums) throws {
    let analysis = try Analysis(sums, labels: index.labels, options: options)
    self.analysis = analysis
    index = LabelIndex(labels: analysis.statistics.labels)
    present = try analysis.classifierRows(classifier)
    let frame = try analysis.frame(present)
    let second = try SecondPass(analysis, about: frame, shape)
    if options.spectrum {
      if let sample = second.sample {
        state = .sample(SampledRows(sample, columns, element), second, frame)
        return
      }
      spectrum = try SpectrumPlan(analysis, method: .orthogonal)
    }
    state = .measures(feed(second, spectrum), frame)
  }

  private func beginTraining() throws {
    guard case .of(let means) = analysis!.trainingMeans else { return try beginClasses() }
    let frame = try MeansFrame(about: means, classifier: nil, options: options)
    state = .training(feed(try SecondPass(analysis!, about: frame, shape), nil), frame)
  }

  private func beginClasses() throws {
    guard options.needsClassRows else { return try finish() }
    state = .classes(
      try ClassRows(
        analysis!.statistics,
        options.knowing(hasBias: classifier.map { $0.bias != nil } ?? true)),
      shape.partition(classes: index.count))
  }

  private func finish() throws {
    let report = try analysis!.report(summary!, classifier: present, training: trainingSummary)
    (summary, trainingSummary, present) = (nil, nil, nil)
    state = .finished(isUnlabelled ? report.withoutLabels : report)
  }

  private func feed(_ second: SecondPass, _ spectrum: SpectrumPlan?) -> PassFeed<ScatterPass> {
    feed(
      second.pass(spectrum), second.partition, mirroring: second.partition.stripes.count)
  }

  private func feed<Pass: RowPass>(
    _ pass: Pass, _ partition: RowPartition, mirroring stripeCount: Int? = nil
  ) -> PassFeed<Pass> {
    PassFeed(
      pass, partition: partition, index: index, columns: columns, element: element,
      options: options, mirroring: stripeCount)
  }

  private var shape: RowShape {
    RowShape(
      rowCounts: whole.map { [$0.count] } ?? [], columns: columns, blockRows: options.blockRows)
  }
}

/// How many rows a pass went over, and which labels they had, in whatever order.
private struct PassContent: Equatable {
  private(set) var count = 0
  private var labels: UInt64 = 0

  mutating func add(_ more: UnsafeBufferPointer<Int64>) {
    count += more.count
    var sum: UInt64 = 0
    for label in more {
      // The finalizer of SplitMix64: sums of what it makes of labels tell their multisets apart.
      var word = UInt64(bitPattern: label) &+ 0x9e37_79b9_7f4a_7c15
      word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
      sum &+= word ^ (word >> 31)
    }
    labels &+= sum
  }
}

extension BorrowedRows {
  /// As the options have them measured.
  func labeled(_ options: AnalysisOptions) -> LabeledFeatures {
    let whole = LabeledFeatures(features: self, labels: self)
    return options.unitNorm ? whole.normalized : whole
  }
}
