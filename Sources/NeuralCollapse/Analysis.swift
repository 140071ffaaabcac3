import CollapseCore

/// One analysis under way: its rows, and the class means the first pass found.
struct Analysis {
  let shards: [LabeledFeatures]
  let options: AnalysisOptions
  let statistics: ClassStatistics
  /// Rows left out because they hold NaN or infinite features.
  let dropped: Int
  let columns: Int

  init(shards: [LabeledFeatures], options: AnalysisOptions) throws {
    try Analysis.check(shards, options)
    self.shards = shards
    self.options = options
    columns = shards[0].features.columnCount
    let index = try LabelIndex(reading: shards)
    let pass = MeanPass(
      reader: BlockReader(
        shards: shards,
        partition: Analysis.partition(
          shards, classes: index.count, products: 0, blockRows: options.blockRows),
        index: index),
      columns: columns, droppingNonFinite: options.droppingNonFinite)
    let result = try pass.run(threads: options.threads)
    statistics = result.statistics
    dropped = result.dropped
  }

  private static func check(_ shards: [LabeledFeatures], _ options: AnalysisOptions) throws {
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
    if let weightDecay = options.weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
      throw AnalysisError.weightDecay(weightDecay)
    }
    let columns = shards[0].features.columnCount
    if let means = options.meansFrom, means.dimension != columns {
      throw AnalysisError.meansDimension(expected: columns, found: means.dimension)
    }
    if let mean = options.outOfDistributionMean, mean.count != columns {
      throw AnalysisError.outOfDistributionDimension(expected: columns, found: mean.count)
    }
  }

  private static func partition(
    _ shards: [LabeledFeatures], classes: Int, products: Int, blockRows: Int?
  ) -> RowPartition {
    RowPartition(
      rowCounts: shards.map(\.features.rowCount), columns: shards[0].features.columnCount,
      classes: classes, products: products, blockRows: blockRows)
  }

  // MARK: - The second pass and the report

  func report(classifier: LinearClassifier?) throws -> CollapseReport {
    var warnings = Absences(statistics: statistics, options: options, dropped: dropped).warnings
    let present = try classifier.map {
      try ClassifierRows(
        $0, labels: statistics.labels, mapping: options.classifierRows, columns: columns)
    }
    warnings += present?.warnings ?? Absences.map(of: statistics.labels)
    let summary = try summarize(classifier: present?.classifier, warnings: &warnings)

    var findings = Findings()
    var measures: [(key: String, measurement: Measurement)] = []
    for family in MeasureFamily.all {
      findings.family = family.measures.map(\.key)
      family.evaluate(summary, &findings)
      for measure in family.measures {
        if measure.requirement == .spectrum && !options.spectrum { continue }
        let measurement =
          findings.measurements[measure.key] ?? .undefined(missing(measure, classifier))
        measures.append((measure.key, measurement))
      }
    }
    var report = CollapseReport(
      convention: options.convention, sampleCount: statistics.sampleCount, dimension: columns,
      classes: zip(statistics.labels, statistics.counts).map { label, count in
        CollapseReport.Class(
          label: label,
          name: label < Int64(options.classNames.count) ? options.classNames[Int(label)] : nil,
          count: count)
      })
    report.measures = measures
    // Numbers too large for their squares leave no number: null, and no list with holes.
    report.perClass = findings.perClass.mapValues { $0.map { $0?.finite } }
    report.perPair = findings.perPair.mapValues { $0.map { $0.map { $0?.finite } } }
    report.series = findings.series.filter { $0.value.allSatisfy { $0.isFinite } }
    report.warnings = warnings + findings.warnings
    return report
  }

  private func missing(_ measure: Measure, _ classifier: LinearClassifier?) -> String {
    switch measure.requirement {
    case .classifier: "no classifier"
    case .weightDecay: "no weight decay stated"
    case .outOfDistribution: "no out-of-distribution set"
    case .spectrum, nil: "not defined for this input"
    }
  }

  private func summarize(
    classifier: LinearClassifier?, warnings: inout [String]
  ) throws -> CollapseSummary {
    let convention = options.convention
    let counts = statistics.counts
    let globalMean = statistics.globalMean(convention.centering)
    let centredMeans = statistics.means.subtractingFromRows(globalMean)
    let betweenShares = convention.betweenShares(counts)
    let between = try BetweenDirections(
      means: statistics.means, centredMeans: centredMeans, weights: betweenShares)
    let plan = ScatterPlan(
      statistics: statistics, centredMeans: centredMeans, between: between,
      classifier: classifier,
      decidingMeans: options.meansFrom.map { reference in
        statistics.labels.map { label in
          reference.labels.firstIndex(of: label).map { reference.means.row($0) }
        }
      }, threads: options.threads)
    let reader = BlockReader(
      shards: shards,
      partition: Analysis.partition(
        shards, classes: counts.count, products: plan.factors.count, blockRows: options.blockRows
      ).reversed,
      index: LabelIndex(labels: statistics.labels))
    let scatterPlan = try options.spectrum ? SpectrumPlan(self, reader: reader) : nil
    let sums = try ScatterPass(
      reader: reader, plan: plan, droppingNonFinite: dropped > 0,
      factorScales: scatterPlan?.scales ?? [], factorMethod: scatterPlan?.method ?? .gram
    ).run(threads: options.threads)
    func perSample(_ sums: AlignedBuffer) -> [Double] {
      counts.indices.map { sums.base[$0] / Double(counts[$0]) }
    }
    return CollapseSummary(
      convention: convention, threads: options.threads, counts: counts, means: statistics.means,
      globalMean: globalMean, centredMeans: centredMeans, between: between,
      scatter: CollapseSummary.Scatter(
        variances: perSample(sums.withinSquares),
        projectedVariances: perSample(sums.projectedSquares),
        centredDirections: sums.centred.statistics(of: centredMeans),
        uncentredDirections: sums.uncentred.statistics(of: statistics.means),
        decisions: CollapseSummary.Scatter.Decisions(
          correct: sums.correct, nearestMeanCorrect: sums.nearestMeanCorrect,
          mismatches: sums.mismatches),
        loss: classifier == nil ? nil : sums.loss),
      scatterFactor: try scatterPlan.map { plan in
        try plan.spectrum(
          sums.factors, centredMeans: centredMeans, between: between,
          betweenShares: betweenShares)
      }, classifier: classifier, weightDecay: options.weightDecay,
      outOfDistributionMean: options.outOfDistributionMean)
  }
}

extension Double {
  fileprivate var finite: Double? { isFinite ? self : nil }
}
