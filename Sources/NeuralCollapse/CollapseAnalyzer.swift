public import CollapseCore

/// Measures neural collapse in two streaming passes over the rows, in memory that does not grow
/// with their number: O(C·d) and a few blocks per thread.
///
/// The first pass finds the class means; everything else is measured against them in the second.
/// All sums are of doubles, and the result has the same bits for any number of threads.
public struct CollapseAnalyzer: Sendable {
  /// What is measured and how.
  public let options: AnalysisOptions

  /// An analyzer that measures as `options` say.
  public init(options: AnalysisOptions = AnalysisOptions()) { self.options = options }

  /// Class counts and means: of a training split, for instance, whose means decide on its test
  /// split (``AnalysisOptions/meansFrom``).
  ///
  /// - Throws: ``AnalysisError`` for labels or features that cannot be analyzed, and what the
  ///   readers throw.
  public func statistics(
    of features: any RowBlocks, labels: any LabelBlocks
  ) throws -> ClassStatistics {
    try statistics(of: [LabeledFeatures(features: features, labels: labels)])
  }

  /// Class counts and means of the union of shards.
  ///
  /// - Throws: ``AnalysisError`` for labels or features that cannot be analyzed, and what the
  ///   readers throw.
  public func statistics(of shards: [LabeledFeatures]) throws -> ClassStatistics {
    try RowSource(shards, options: options).analysis().statistics
  }

  /// The mean of rows without labels: of an out-of-distribution set
  /// (``AnalysisOptions/outOfDistributionMean``).
  ///
  /// - Throws: ``AnalysisError`` for features that cannot be analyzed, and what the readers throw.
  public func mean(
    of features: any RowBlocks, over ranks: any Communicator = SingleProcess()
  ) throws -> [Double] {
    var plain = options
    plain.labels = LabelSelection()
    let rows = LabeledFeatures(
      features: features, labels: OneClass(labelCount: features.rowCount))
    return try CollapseAnalyzer(options: plain).statistics(of: [rows], over: ranks).sampleMean
  }

  /// Every measure of one set of features.
  ///
  /// - Parameters:
  ///   - features: N rows of d numbers.
  ///   - labels: N labels; any non-negative integers.
  ///   - classifier: W (a row per class, d columns) and b; without it the measures that need it
  ///     are undefined.
  /// - Throws: ``AnalysisError`` for input that cannot be analyzed, and what the readers throw.
  public func analyze(
    features: any RowBlocks, labels: any LabelBlocks, classifier: LinearClassifier? = nil
  ) throws -> CollapseReport {
    try analyze([LabeledFeatures(features: features, labels: labels)], classifier: classifier)
  }

  /// What can be measured of rows without labels: norms, the uncentred cosines of all rows and, where
  /// it is asked for, the spectrum.
  ///
  /// - Throws: ``AnalysisError`` for features that cannot be analyzed, and what the readers throw.
  public func analyzeUnlabelled(_ shards: [any RowBlocks]) throws -> CollapseReport {
    try RowSource(
      shards.map {
        LabeledFeatures(features: $0, labels: OneClass(labelCount: $0.rowCount))
      }, options: options.withoutLabels
    ).report(classifier: nil).withoutLabels
  }

  /// Every measure of the union of shards.
  ///
  /// - Throws: ``AnalysisError`` for input that cannot be analyzed, and what the readers throw.
  public func analyze(
    _ shards: [LabeledFeatures], classifier: LinearClassifier? = nil
  ) throws -> CollapseReport {
    try RowSource(shards, options: options).report(classifier: classifier)
  }
}

/// Label 0 for every row.
private struct OneClass: LabelBlocks {
  let labelCount: Int

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) {
    buffer.update(repeating: 0)
  }
}

extension AnalysisOptions {
  /// The options for rows without labels, which are all of one class.
  var withoutLabels: AnalysisOptions {
    var plain = self
    (plain.labels, plain.classNames) = (LabelSelection(), [])
    (plain.meansFrom, plain.measuresAboutTraining) = (nil, false)
    return plain
  }
}

extension CollapseReport {
  /// What the report says of rows whatever their labels are.
  var withoutLabels: CollapseReport {
    var report = CollapseReport(
      convention: convention, sampleCount: sampleCount, dimension: dimension, classes: [])
    report.measures = measures.filter { Measure.named($0.key)?.needsLabels == false }
    report.series = series.filter { $0.key == TableKey.spectrumSingularValues.key }
    report.notes = notes + ["measured without labels"]
    report.warnings = warnings
    return report
  }
}
