import CollapseCore
import LinearAlgebra

/// One analysis under way: the class means that its first pass found. Where the rows come from is
/// the matter of ``RowSource`` and ``StreamedAnalysis``.
struct Analysis: Sendable {
  let options: AnalysisOptions
  let columns: Int
  let statistics: ClassStatistics
  /// Rows left out because they hold NaN or infinite features, and because of their labels.
  let dropped: Int
  let ignored: Int

  /// - Parameters:
  ///   - sums: those of the first pass.
  ///   - labels: the labels that it counted, ascending.
  /// - Throws: ``AnalysisError`` where rows are no numbers, or none is left.
  init(_ sums: MeanSums, labels: [Int64], options: AnalysisOptions) throws {
    self.options = options
    (columns, dropped, ignored) = (sums.columns, sums.nonFinite, sums.ignored)
    let samples = sums.counts.reduce(0, +)
    if dropped > 0 && !options.droppingNonFinite {
      throw AnalysisError.nonFinite(
        rows: sums.firstNonFinite, count: dropped, total: samples + dropped)
    }
    guard samples > 0 else {
      throw dropped > 0
        ? AnalysisError.nothingFinite(count: dropped) : AnalysisError.nothingLeft(count: ignored)
    }
    let present = labels.indices.filter { sums.counts[$0] > 0 }
    let means = Matrix(
      rows: labels.count, columns: columns,
      elements: sums.means.elements(rows: labels.count, columns: columns, stride: sums.stride))
    statistics = ClassStatistics(
      labels: present.map { labels[$0] }, counts: present.map { sums.counts[$0] },
      means: present.count == labels.count ? means : means.selectingRows(present))
  }

  /// - Throws: ``AnalysisError`` for options that do not fit rows of `columns` features.
  static func check(_ options: AnalysisOptions, columns: Int) throws {
    if let weightDecay = options.weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
      throw AnalysisError.weightDecay(weightDecay)
    }
    if let means = options.meansFrom, means.dimension != columns {
      throw AnalysisError.meansDimension(expected: columns, found: means.dimension)
    }
    if let mean = options.outOfDistributionMean, mean.count != columns {
      throw AnalysisError.outOfDistributionDimension(expected: columns, found: mean.count)
    }
  }

  // MARK: - Before the second pass

  /// The rows of the classifier that belong to the classes present.
  ///
  /// - Throws: ``AnalysisError`` also where what follows takes more memory than there is.
  func classifierRows(_ classifier: LinearClassifier?) throws -> ClassifierRows? {
    try AnalysisMemory.check(self, hasClassifier: classifier != nil)
    return try classifier.map {
      try ClassifierRows(
        $0, labels: statistics.labels, mapping: options.classifierRows, columns: columns)
    }
  }

  /// The class means that the second pass measures about.
  ///
  /// - Parameter classifier: as ``classifierRows(_:)`` gave it.
  func frame(_ classifier: ClassifierRows?) throws -> MeansFrame {
    try MeansFrame(about: statistics, classifier: classifier?.classifier, options: options)
  }

  /// The class means of a training set, for measures about them.
  enum TrainingMeans {
    case none(reason: String)
    case of(ClassStatistics)
  }

  /// `nil` where no measures about them were asked for.
  var trainingMeans: TrainingMeans? {
    guard options.measuresAboutTraining else { return nil }
    guard let training = options.meansFrom else {
      return TrainingMeans.none(reason: "no class means of a training set")
    }
    let places = Dictionary(
      uniqueKeysWithValues: training.labels.enumerated().map { ($0.element, $0.offset) })
    let rows = statistics.labels.map { places[$0] }
    guard rows.allSatisfy({ $0 != nil }) else {
      return TrainingMeans.none(reason: "a class has no training mean")
    }
    // The rows are these, the means they are measured about those of the training set.
    return .of(
      ClassStatistics(
        labels: statistics.labels, counts: statistics.counts,
        means: training.means.selectingRows(rows.map { $0! })))
  }

  // MARK: - The report

  /// - Parameters:
  ///   - classifier: as ``classifierRows(_:)`` gave it.
  ///   - training: what was found about ``trainingMeans``, where there are any.
  ///   - outOfDistribution: what was found of other sets.
  func report(
    _ summary: CollapseSummary, classifier: ClassifierRows?, training: CollapseSummary? = nil,
    outOfDistribution: OutOfDistributionFindings = OutOfDistributionFindings()
  ) throws -> CollapseReport {
    var findings = Findings()
    var measures: [(key: String, measurement: Measurement)] = []
    for family in MeasureFamily.all {
      try options.interruption.check()
      findings.family = family.measures
      try family.evaluate(summary, &findings)
      for measure in family.measures {
        if measure.requirement == .spectrum && !options.spectrum { continue }
        if measure.requirement == .classSpectra && !options.classSpectra { continue }
        if measure.requirement == .fewShot && options.fewShotCount == nil { continue }
        if measure.requirement == .localElasticity && options.elasticityRows == nil { continue }
        if measure.requirement == .targets { continue }
        let measurement = findings.measurements[measure.key] ?? .undefined(missing(measure))
        measures.append((measure.key, measurement))
      }
    }
    if let means = trainingMeans { measures += try about(means, training, &findings) }
    measures += outOfDistribution.measurements
    findings.series.merge(outOfDistribution.series) { $1 }
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
    let absences = Absences(
      statistics: statistics, options: options, dropped: dropped, ignored: ignored)
    report.warnings =
      absences.warnings + (classifier?.warnings ?? Absences.map(of: statistics.labels))
      + findings.warnings
    report.notes = notes(summary)
    if options.meansFrom != nil { report.meansSource = options.meansSource ?? "another set" }
    return report
  }

  private func missing(_ measure: Measure) -> String {
    switch measure.requirement {
    case .classifier: "no classifier"
    case .weightDecay: "no weight decay stated"
    case .outOfDistribution: "no out-of-distribution set"
    case .spectrum, .classSpectra, .fewShot, .localElasticity, .targets, nil:
      "not defined for this input"
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
    if let shots = options.fewShotCount {
      notes.append("few-shot error of \(shots) row\(shots == 1 ? "" : "s") per class")
    }
    if let rows = options.elasticityRows {
      notes.append(
        "local elasticity of W\(options.elasticityHasBias ? " and b" : ""), \(rows) rows per class")
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
  private func about(
    _ means: TrainingMeans, _ summary: CollapseSummary?, _ findings: inout Findings
  ) throws -> [(key: String, measurement: Measurement)] {
    let families = [MeasureFamily.variability, .cosines]
    var others = Findings()
    var missing = "not defined for this input"
    if case .none(let reason) = means { missing = reason }
    if let summary {
      for family in families {
        others.family = family.measures
        try family.evaluate(summary, &others)
      }
    }
    for (key, values) in others.perClass {
      findings.perClass[key + Measure.aboutTrainingSuffix] = values
    }
    return families.flatMap(\.measures).filter { $0.requirement == nil }.map { measure in
      (
        measure.key + Measure.aboutTrainingSuffix,
        others.measurements[measure.key] ?? .undefined(missing)
      )
    }
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
