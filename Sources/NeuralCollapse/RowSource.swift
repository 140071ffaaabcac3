import CollapseCore
import LinearAlgebra

/// Rows that can be read anywhere and in any order: shards of one set, over which an analysis takes
/// its passes, all at once or in parts.
struct RowSource {
  let shape: RowShape
  private let shards: [LabeledFeatures]
  private let options: AnalysisOptions

  /// - Throws: ``AnalysisError`` for shards or options that do not fit together.
  init(_ shards: [LabeledFeatures], options: AnalysisOptions) throws {
    for (index, shard) in shards.enumerated() {
      let (rows, columns) = (shard.features.rowCount, shard.features.columnCount)
      guard rows == shard.labels.labelCount else {
        throw AnalysisError.labelCount(shard: index, rows: rows, labels: shard.labels.labelCount)
      }
      guard columns == shards[0].features.columnCount else {
        throw AnalysisError.columnCount(
          shard: index, expected: shards[0].features.columnCount, found: columns)
      }
    }
    guard shards.contains(where: { $0.features.rowCount > 0 }) else { throw AnalysisError.noRows }
    try Analysis.check(options, columns: shards[0].features.columnCount)
    self.shards = options.unitNorm ? shards.map(\.normalized) : shards
    self.options = options
    shape = RowShape(
      rowCounts: shards.map(\.features.rowCount), columns: shards[0].features.columnCount,
      blockRows: options.blockRows)
  }

  // MARK: - The passes

  func labels() throws -> LabelIndex { try labels(in: 0..<shape.rowCount) }

  /// The classes that occur in some of the rows.
  func labels(in rows: Range<Int>) throws -> LabelIndex {
    try LabelIndex(
      reading: shards, rows: rows, selection: options.labels, interruption: options.interruption)
  }

  func firstPass(_ index: LabelIndex) -> (pass: MeanPass, reader: BlockReader) {
    (
      MeanPass(index: index, columns: shape.columns),
      reader(shape.partition(classes: index.count), index)
    )
  }

  func secondPass(
    _ analysis: Analysis, about frame: MeansFrame, spectrum wantsSpectrum: Bool
  ) throws -> (pass: ScatterPass, reader: BlockReader, spectrum: SpectrumPlan?) {
    let second = try SecondPass(analysis, about: frame, shape)
    let reader = reader(second.partition, LabelIndex(labels: analysis.statistics.labels))
    guard wantsSpectrum else { return (second.pass(nil), reader, nil) }
    let spectrum = try SpectrumPlan(
      analysis,
      method: second.sample.map { stripes in
        try SpectrumPlan.method(
          analysis, sample: self.reader(second.partition.replacingStripes(stripes), reader.index))
      } ?? .orthogonal)
    return (second.pass(spectrum), reader, spectrum)
  }

  /// A third pass.
  private func classRows(
    _ statistics: ClassStatistics, hasBias: Bool
  ) throws -> ClassRowMeasures {
    let rows = try ClassRows(statistics, options.knowing(hasBias: hasBias))
    let partition = shape.partition(classes: statistics.labels.count)
    let reader = reader(partition, LabelIndex(labels: statistics.labels))
    for stripe in partition.stripes { try reader.forEachBlock(of: stripe) { try rows.add($0) } }
    return try rows.measures()
  }

  private func reader(_ partition: RowPartition, _ index: LabelIndex) -> BlockReader {
    BlockReader(
      shards: shards, partition: partition, index: index, interruption: options.interruption)
  }

  // MARK: - All rows at once

  func analysis() throws -> Analysis {
    let index = try labels()
    let first = firstPass(index)
    return try Analysis(
      first.pass.run(first.reader, threads: options.threads), labels: index.labels,
      options: options)
  }

  /// Both passes, and those that were asked for besides.
  func report(classifier: LinearClassifier?) throws -> CollapseReport {
    let analysis = try analysis()
    let present = try analysis.classifierRows(classifier)
    var summary = try summary(
      analysis, about: analysis.frame(present), spectrum: options.spectrum)
    if options.needsClassRows {
      summary.classRows = try classRows(
        analysis.statistics, hasBias: classifier.map { $0.bias != nil } ?? true)
    }
    var training: CollapseSummary?
    if case .of(let means) = analysis.trainingMeans {
      training = try self.summary(
        analysis, about: MeansFrame(about: means, classifier: nil, options: options),
        spectrum: false)
    }
    return try analysis.report(
      summary, classifier: present, training: training,
      outOfDistribution: analysis.outOfDistributionMeasures(
        shards, globalMean: summary.globalMean, classifier: present?.classifier))
  }

  private func summary(
    _ analysis: Analysis, about frame: MeansFrame, spectrum wantsSpectrum: Bool
  ) throws -> CollapseSummary {
    /// What the second pass leaves: its plan is gone with its end.
    func sumUp() throws -> (ScatterSums, SpectrumPlan?) {
      let second = try secondPass(analysis, about: frame, spectrum: wantsSpectrum)
      return (try second.pass.run(second.reader, threads: options.threads), second.spectrum)
    }
    let (sums, spectrum) = try sumUp()
    return try frame.summary(sums, spectrum: spectrum)
  }
}
