public import CollapseCore
import LinearAlgebra

extension CollapseAnalyzer {
  /// The sums of the first pass over a part of the rows. Labels are read of all rows, features of the
  /// part's.
  ///
  /// ```swift
  /// // On as many machines as there are parts:
  /// let first = try analyzer.meanSums(of: shards, part: AnalysisPart(2, of: 8))
  /// // With the first sums of all eight, on the machines again:
  /// let second = try analyzer.scatterSums(of: shards, after: firsts, part: AnalysisPart(2, of: 8))
  /// // With the second sums of all eight, once; no row is read:
  /// let report = try analyzer.report(of: shards, means: firsts, scatter: seconds)
  /// ```
  /// The report has the bits of ``analyze(_:classifier:)``.
  public func meanSums(of shards: [LabeledFeatures], part: AnalysisPart) throws -> PartialSums {
    try refuseWhatTakesAllRows()
    let rows = try RowSource(shards, options: options)
    return try FirstPass(rows, try rows.labels()).sums(of: part, threads: options.threads)
  }

  /// The sums of the second pass over a part of the rows.
  ///
  /// - Parameters:
  ///   - shards: all rows; only those of the part are read.
  ///   - classifier: W and b, where there are.
  ///   - means: the sums of the first pass of all its parts, however many they are.
  ///   - part: which rows are summed.
  /// - Throws: ``PartialSumsError`` where they are not those of one analysis.
  public func scatterSums(
    of shards: [LabeledFeatures], classifier: LinearClassifier? = nil, after means: [PartialSums],
    part: AnalysisPart
  ) throws -> PartialSums {
    try refuseWhatTakesAllRows()
    return try measuring(
      try RowSource(shards, options: options), classifier: classifier, after: means
    ).sums(of: part, threads: options.threads)
  }

  /// The second pass, ready to begin.
  func measuring(
    _ rows: RowSource, classifier: LinearClassifier?, after means: [PartialSums]
  ) throws -> MeasuringPass {
    let (analysis, labels) = try analysis(rows.shape, means)
    let second = try rows.secondPass(
      analysis, about: analysis.frame(analysis.classifierRows(classifier)),
      spectrum: options.spectrum)
    return MeasuringPass(
      frame: PartialSums.Frame(.scatter, rows.shape, second.reader, labels: labels),
      pass: second.pass, reader: second.reader, method: second.spectrum?.method)
  }

  /// The report that follows from the sums of both passes; of the rows nothing is read but their
  /// shapes.
  ///
  /// - Throws: ``PartialSumsError`` where sums are not all those of one analysis of these shards.
  public func report(
    of shards: [LabeledFeatures], classifier: LinearClassifier? = nil, means: [PartialSums],
    scatter: [PartialSums]
  ) throws -> CollapseReport {
    try refuseWhatTakesAllRows()
    let shape = try RowSource(shards, options: options).shape
    let (analysis, labels) = try analysis(shape, means)
    let frame = try scatter.check(.scatter)
    guard frame.labels == labels, frame.columns == shape.columns, frame.rows == shape.rowCount
    else { throw PartialSumsError.differs(place: 0, what: "its first pass is not this one") }
    let method = scatter.first?.method
    guard (method != nil) == options.spectrum else {
      throw PartialSumsError.differs(
        place: 0, what: options.spectrum ? "it has no spectrum" : "it has a spectrum")
    }
    let present = try analysis.classifierRows(classifier)
    let spectrum = try method.map { try SpectrumPlan(analysis, method: $0) }
    try scatter.checkScatter(
      classes: analysis.statistics.labels.count, factors: spectrum?.scales.count ?? 0)
    let summary = try analysis.frame(present).summary(
      root(scatter.flatMap(\.scatter), stripes: frame.stripes, threads: options.threads).sum,
      spectrum: spectrum)
    return try analysis.report(summary, classifier: present)
  }

  func analysis(
    _ shape: RowShape, _ means: [PartialSums]
  ) throws -> (Analysis, labels: [Int64]) {
    let frame = try means.check(.means)
    guard frame.rows == shape.rowCount, frame.columns == shape.columns else {
      throw PartialSumsError.differs(
        place: 0,
        what: "\(frame.rows) × \(frame.columns) features, these are "
          + "\(shape.rowCount) × \(shape.columns)")
    }
    let sums = try root(means.flatMap(\.means), stripes: frame.stripes, threads: options.threads)
      .sum
    return (try Analysis(sums, labels: frame.labels, options: options), frame.labels)
  }

  func refuseWhatTakesAllRows() throws {
    if options.classSpectra { throw PartialSumsError.takesAllRows("the spectrum of each class") }
    if options.fewShotCount != nil { throw PartialSumsError.takesAllRows("the few-shot error") }
    if options.elasticityRows != nil { throw PartialSumsError.takesAllRows("local elasticity") }
    if options.measuresAboutTraining {
      throw PartialSumsError.takesAllRows("what is measured about training means")
    }
    if !options.outOfDistributionSets.isEmpty {
      throw PartialSumsError.takesAllRows("NECO and NCI")
    }
  }
}

/// The first pass over rows whose labels are known.
struct FirstPass {
  let frame: PartialSums.Frame
  private let pass: MeanPass
  private let reader: BlockReader

  init(_ rows: RowSource, _ index: LabelIndex) {
    (pass, reader) = rows.firstPass(index)
    frame = PartialSums.Frame(.means, rows.shape, reader, labels: index.labels)
  }

  func sums(of part: AnalysisPart, threads: Int) throws -> PartialSums {
    PartialSums(
      frame: frame, part: part, means: try pass.run(reader, part: part, threads: threads),
      scatter: [], method: nil)
  }
}

/// The second pass, about means that are known.
struct MeasuringPass {
  let frame: PartialSums.Frame
  fileprivate let pass: ScatterPass
  fileprivate let reader: BlockReader
  /// How the spectrum is accumulated, where it is.
  fileprivate let method: TriangularFactor.Method?

  func sums(of part: AnalysisPart, threads: Int) throws -> PartialSums {
    PartialSums(
      frame: frame, part: part, means: [],
      scatter: try pass.run(reader, part: part, threads: threads), method: method)
  }
}
