public import CollapseCore

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
    let index = try rows.labels()
    let first = rows.firstPass(index)
    return PartialSums(
      frame: PartialSums.Frame(.means, rows.shape, first.reader, labels: index.labels),
      part: part,
      means: try first.pass.run(first.reader, part: part, threads: options.threads),
      scatter: [], method: nil)
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
    let rows = try RowSource(shards, options: options)
    let (analysis, labels) = try analysis(rows.shape, means)
    let second = try rows.secondPass(
      analysis, about: analysis.frame(analysis.classifierRows(classifier)),
      spectrum: options.spectrum)
    return PartialSums(
      frame: PartialSums.Frame(.scatter, rows.shape, second.reader, labels: labels),
      part: part, means: [],
      scatter: try second.pass.run(second.reader, part: part, threads: options.threads),
      method: second.spectrum?.method)
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

  /// Every measure of the union of shards, found by all ranks together: each passes over a part of
  /// the rows. All are given the same shards, and read the labels of all and the features of their
  /// own part.
  ///
  /// - Returns: the report on rank 0, with the bits of ``analyze(_:classifier:)``; `nil` on the others.
  /// - Throws: ``PartialSumsError`` where ranks see other rows.
  public func analyze(
    _ shards: [LabeledFeatures], classifier: LinearClassifier? = nil, over ranks: any Communicator
  ) throws -> CollapseReport? {
    let part = AnalysisPart(ranks.rank, of: ranks.size)
    let mine = try meanSums(of: shards, part: part)
    let frame = try ArrayCoding.decode(
      PartialSums.Frame.self, from: try ranks.broadcast(try ArrayCoding.encode(mine.frame)))
    guard frame == mine.frame else {
      throw PartialSumsError.differs(place: ranks.rank, what: "it sees other rows than rank 0")
    }
    let nodes = try ranks.reduce(mine.means, of: frame.stripes) { earlier, later in
      earlier.merge(later)
      return earlier
    }
    // Whatever rank asks: nodes are there on rank 0, which is the one that is asked.
    let first = try ArrayCoding.decode(
      PartialSums.self,
      from: try ranks.broadcast(try ArrayCoding.encode(mine.replacing(means: nodes ?? []))))
    let second = try scatterSums(
      of: shards, classifier: classifier, after: [first], part: part)
    let sums = try ranks.reduce(second.scatter, of: second.frame.stripes) { earlier, later in
      try earlier.merge(later)
      return earlier
    }
    guard let sums else { return nil }
    return try report(
      of: shards, classifier: classifier, means: [first], scatter: [second.replacing(scatter: sums)]
    )
  }

  private func analysis(
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

  private func refuseWhatTakesAllRows() throws {
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
