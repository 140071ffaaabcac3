import CollapseCore
import LinearAlgebra

/// Rows that can be read anywhere and in any order: shards of one set, over which an analysis takes
/// its passes.
struct RowSource {
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
  }

  /// The first pass.
  func analysis() throws -> Analysis {
    let index = try LabelIndex(
      reading: shards, selection: options.labels, interruption: options.interruption)
    let pass = MeanPass(
      index: index, columns: shards[0].features.columnCount,
      droppingNonFinite: options.droppingNonFinite)
    let reader = reader(partition(classes: index.count), index)
    return Analysis(try pass.result(pass.run(reader, threads: options.threads)), options: options)
  }

  /// Both passes, and those that were asked for besides.
  func report(classifier: LinearClassifier?) throws -> CollapseReport {
    let analysis = try analysis()
    let present = try analysis.classifierRows(classifier)
    var summary = try summary(
      analysis,
      MeansFrame(
        about: analysis.statistics, classifier: present?.classifier, options: options),
      spectrum: options.spectrum)
    if options.classSpectra { summary.classSpectra = try classSpectra(analysis.statistics) }
    var training: CollapseSummary?
    if case .of(let means) = analysis.trainingMeans {
      training = try self.summary(
        analysis, MeansFrame(about: means, classifier: nil, options: options), spectrum: false)
    }
    return try analysis.report(
      summary, classifier: present, training: training,
      outOfDistribution: analysis.outOfDistributionMeasures(
        shards, globalMean: summary.globalMean, classifier: present?.classifier))
  }

  /// The second pass.
  private func summary(
    _ analysis: Analysis, _ frame: MeansFrame, spectrum wantsSpectrum: Bool
  ) throws -> CollapseSummary {
    let (sums, isNarrow, spectrum) = try sumUp(analysis, frame, spectrum: wantsSpectrum)
    return try frame.summary(sums, isNarrow: isNarrow, spectrum: spectrum)
  }

  /// What the second pass leaves: its plan is gone with its end.
  private func sumUp(
    _ analysis: Analysis, _ frame: MeansFrame, spectrum wantsSpectrum: Bool
  ) throws -> (ScatterSums, isNarrow: Bool, SpectrumPlan?) {
    let plan = try frame.plan()
    let index = LabelIndex(labels: analysis.statistics.labels)
    // A second pass that begins where the first ended finds the last rows in the cache.
    let partition = partition(classes: index.count, products: plan.factors?.count ?? 0).reversed
    var spectrum: SpectrumPlan?
    if wantsSpectrum {
      let stripes = SpectrumPlan.sampleStripes(partition, columns: analysis.columns)
      spectrum = try SpectrumPlan(
        analysis,
        sample: SpectrumPlan.needsSample(analysis.statistics)
          ? reader(partition.replacingStripes(stripes), index) : nil)
    }
    let pass = ScatterPass(
      plan: plan, blockRows: partition.blockRows, droppingNonFinite: analysis.dropped > 0,
      spectrum: spectrum)
    let sums = try pass.run(reader(partition, index), threads: options.threads)
    return (sums, plan.isNarrow, spectrum)
  }

  /// A third pass.
  private func classSpectra(_ statistics: ClassStatistics) throws -> ClassSpectra {
    let rows = try ClassRows(statistics, options)
    let partition = partition(classes: statistics.labels.count)
    let reader = reader(partition, LabelIndex(labels: statistics.labels))
    for stripe in partition.stripes { try reader.forEachBlock(of: stripe) { rows.add($0) } }
    return try rows.spectra()
  }

  private func partition(classes: Int, products: Int = 0) -> RowPartition {
    RowPartition(
      rowCounts: shards.map(\.features.rowCount), columns: shards[0].features.columnCount,
      classes: classes, products: products, blockRows: options.blockRows)
  }

  private func reader(_ partition: RowPartition, _ index: LabelIndex) -> BlockReader {
    BlockReader(
      shards: shards, partition: partition, index: index, interruption: options.interruption)
  }
}
