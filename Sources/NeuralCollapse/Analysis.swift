import CollapseCore
import LinearAlgebra

/// One analysis under way: its rows, and the class means the first pass found.
struct Analysis {
  let shards: [LabeledFeatures]
  let options: AnalysisOptions
  let statistics: ClassStatistics
  /// Rows left out because they hold NaN or infinite features, and because of their labels.
  let dropped: Int
  let ignored: Int
  let columns: Int

  init(shards whole: [LabeledFeatures], options: AnalysisOptions) throws {
    try Analysis.check(whole, options)
    shards = options.unitNorm ? whole.map(\.normalized) : whole
    self.options = options
    columns = shards[0].features.columnCount
    let index = try LabelIndex(
      reading: shards, selection: options.labels, interruption: options.interruption)
    let pass = MeanPass(
      reader: BlockReader(
        shards: shards,
        partition: Analysis.partition(
          shards, classes: index.count, products: 0, blockRows: options.blockRows),
        index: index, interruption: options.interruption),
      columns: columns, droppingNonFinite: options.droppingNonFinite)
    let result = try pass.run(threads: options.threads)
    statistics = result.statistics
    dropped = result.dropped
    ignored = result.ignored
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
    try AnalysisMemory.check(self, hasClassifier: classifier != nil)
    var warnings = Absences(
      statistics: statistics, options: options, dropped: dropped, ignored: ignored
    ).warnings
    let present = try classifier.map {
      try ClassifierRows(
        $0, labels: statistics.labels, mapping: options.classifierRows, columns: columns)
    }
    warnings += present?.warnings ?? Absences.map(of: statistics.labels)
    let summary = try summarize(about: statistics, classifier: present?.classifier)

    var findings = Findings()
    var measures: [(key: String, measurement: Measurement)] = []
    for family in MeasureFamily.all {
      try options.interruption.check()
      findings.family = family.measures.map(\.key)
      try family.evaluate(summary, &findings)
      for measure in family.measures {
        if measure.requirement == .spectrum && !options.spectrum { continue }
        if measure.requirement == .classSpectra && !options.classSpectra { continue }
        let measurement =
          findings.measurements[measure.key] ?? .undefined(missing(measure, classifier))
        measures.append((measure.key, measurement))
      }
    }
    if options.measuresAboutTraining {
      measures += try aboutTraining(classifier: present?.classifier, &findings)
    }
    measures += try outOfDistributionMeasures(
      globalMean: summary.globalMean, classifier: present?.classifier)
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
    report.extremePairs = findings.extremePairs
    report.series = findings.series.filter { $0.value.allSatisfy { $0.isFinite } }
    report.warnings = warnings + findings.warnings
    report.notes = notes(summary)
    if options.meansFrom != nil { report.meansSource = options.meansSource ?? "another set" }
    return report
  }

  private func missing(_ measure: Measure, _ classifier: LinearClassifier?) -> String {
    switch measure.requirement {
    case .classifier: "no classifier"
    case .weightDecay: "no weight decay stated"
    case .outOfDistribution: "no out-of-distribution set"
    case .spectrum, .classSpectra, nil: "not defined for this input"
    }
  }

  /// How the numbers came about.
  private func notes(_ summary: CollapseSummary) -> [String] {
    var notes: [String] = []
    if options.unitNorm { notes.append("measured on h/‖h‖") }
    if ignored > 0 {
      notes.append("\(ignored) row\(ignored == 1 ? "" : "s") left out by label")
    }
    if options.meansFrom != nil {
      notes.append(
        "decided (NC4) by the class means of "
          + (options.meansSource.map { "'\($0)'" } ?? "another set"))
    }
    if !options.outOfDistributionSets.isEmpty {
      notes.append(
        "NECO projects on principal directions of "
          + (options.principalFeatures == nil ? "these features" : "the training features")
          + ", NCI adds \(options.magnitudeShare)‖h‖₁")
    }
    if let rechecked = summary.scatter.rechecked {
      let share = 100 * Double(rechecked) / Double(summary.sampleCount)
      notes.append(
        "decided in float32, \(share.roundedText) % of the rows again in float64"
          + (share > 50 ? ": so many are near ties that the time is float64's" : ""))
    }
    return notes
  }

  /// The measures about the class means of another set, of the classes that it has too: keys with
  /// the suffix `_about_training`.
  private func aboutTraining(
    classifier: LinearClassifier?, _ findings: inout Findings
  ) throws -> [(key: String, measurement: Measurement)] {
    let families = [MeasureFamily.variability, .cosines]
    func undefined(_ reason: String) -> [(key: String, measurement: Measurement)] {
      families.flatMap(\.measures).filter { $0.requirement == nil }.map {
        ($0.key + Measure.aboutTrainingSuffix, .undefined(reason))
      }
    }
    guard let training = options.meansFrom else {
      return undefined("no class means of a training set")
    }
    let places = Dictionary(
      uniqueKeysWithValues: training.labels.enumerated().map { ($0.element, $0.offset) })
    let rows = statistics.labels.map { places[$0] }
    guard rows.allSatisfy({ $0 != nil }) else {
      return undefined("a class has no training mean")
    }
    // The rows are these, the means they are measured about those of the training set.
    let about = ClassStatistics(
      labels: statistics.labels, counts: statistics.counts,
      means: training.means.selectingRows(rows.map { $0! }))
    let summary = try summarize(about: about, classifier: nil)
    var others = Findings()
    for family in families {
      others.family = family.measures.map(\.key)
      try family.evaluate(summary, &others)
    }
    for (key, values) in others.perClass {
      findings.perClass[key + Measure.aboutTrainingSuffix] = values
    }
    return families.flatMap(\.measures).filter { $0.requirement == nil }.map { measure in
      (
        measure.key + Measure.aboutTrainingSuffix,
        others.measurements[measure.key] ?? .undefined("not defined for this input")
      )
    }
  }

  private func summarize(
    about statistics: ClassStatistics, classifier: LinearClassifier?
  ) throws -> CollapseSummary {
    let convention = options.convention
    let counts = statistics.counts
    let tiles = PairTiles(threads: options.threads, interruption: options.interruption)
    let globalMean = statistics.globalMean(convention.centering)
    let betweenShares = convention.betweenShares(counts)
    let (between, pairs) = try {
      let centredMeans = statistics.means.subtractingFromRows(globalMean)
      let between = try BetweenDirections(
        means: statistics.means, centredMeans: centredMeans, weights: betweenShares)
      try options.interruption.check()
      return (
        between,
        try PairStatistics(
          of: centredMeans, offset: globalMean, negligible: between.negligibleLength,
          findsNeighbours: true, tiles)
      )
    }()
    let (sums, spectrum, scatter) = try sumUp(
      statistics, globalMean: globalMean, between: between, pairs: pairs, classifier: classifier)
    let centredMeans = statistics.means.subtractingFromRows(globalMean)
    func perSample(_ sums: AlignedBuffer) -> [Double] {
      counts.indices.map { sums.base[$0] / Double(counts[$0]) }
    }
    return CollapseSummary(
      convention: convention, threads: options.threads, tiles: tiles, pairTables: options.pairs,
      counts: counts, means: statistics.means, globalMean: globalMean,
      centredMeans: centredMeans, between: between, meanPairs: pairs,
      scatter: CollapseSummary.Scatter(
        variances: perSample(sums.withinSquares),
        projectedVariances: perSample(sums.projectedSquares), projectedTrace: scatter.trace,
        centredDirections: sums.centred.statistics(of: centredMeans),
        uncentredDirections: sums.uncentred.statistics(of: statistics.means),
        decisions: sums.decisions, loss: classifier == nil ? nil : sums.loss,
        rechecked: scatter.isNarrow ? sums.decisions.rechecked : nil),
      scatterFactor: try spectrum.map { plan in
        try plan.spectrum(
          sums.factors, means: statistics.means, centredMeans: centredMeans, between: between,
          betweenShares: betweenShares)
      }, classSpectra: try options.classSpectra ? ClassSpectra(self) : nil, classifier: classifier,
      weightDecay: options.weightDecay,
      outOfDistributionMean: options.outOfDistributionMean)
  }

  /// The second pass, whose plan is gone with its end.
  private func sumUp(
    _ statistics: ClassStatistics, globalMean: [Double], between: BetweenDirections,
    pairs: PairStatistics, classifier: LinearClassifier?
  ) throws -> (
    ScatterSums, SpectrumPlan?, (trace: Double?, isNarrow: Bool)
  ) {
    let counts = statistics.counts
    let shares = options.convention.withinShares(counts)
    let plan = try ScatterPlan(
      statistics: statistics, globalMean: globalMean, between: between, pairs: pairs,
      classifier: classifier,
      decidingMeans: options.meansFrom.map { reference in
        let rows = Dictionary(
          uniqueKeysWithValues: reference.labels.enumerated().map { ($0.element, $0.offset) })
        return statistics.labels.map { label in rows[label].map { reference.means.row($0) } }
      }, withinWeights: zip(shares, counts).map { $0 / Double($1) }, options: options)
    let reader = BlockReader(
      shards: shards,
      partition: Analysis.partition(
        shards, classes: counts.count, products: plan.factors?.count ?? 0,
        blockRows: options.blockRows
      ).reversed,
      index: LabelIndex(labels: statistics.labels), interruption: options.interruption)
    let spectrum = try options.spectrum ? SpectrumPlan(self, reader: reader) : nil
    let sums = try ScatterPass(
      reader: reader, plan: plan, droppingNonFinite: dropped > 0,
      factorScales: spectrum?.scales ?? [], factorMethod: spectrum?.method ?? .gram
    ).run(threads: options.threads)
    var isNarrow = false
    if case .many(let vectors) = plan.decisions { isNarrow = vectors.isNarrow }
    // tr(Σ_W Σ_B⁺) = Σ_k V_kᵀ Σ_W V_k / s_k².
    let trace = try sums.scatter.map { scatter in
      let largest = zip(shares, counts).map { $0 / Double($1) }.max()!
      let products = try between.directions.timesTransposed(scatter.symmetricMatrix())
      return (0..<between.rank).reduce(0.0) { sum, index in
        let value = between.singularValues[index]
        return sum + dot(products.row(index), between.directions.row(index)) / value / value
      } * largest
    }
    return (sums, spectrum, (trace, isNarrow))
  }
}

extension Double {
  fileprivate var finite: Double? { isFinite ? self : nil }

  /// Two digits behind the point.
  fileprivate var roundedText: String {
    let hundredths = Int((self * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)"
  }
}
