import CollapseCore
import LinearAlgebra

/// Class means that rows are measured about, and what follows from them before the rows are seen
/// again: the second pass compares rows with its ``plan()``, and its sums become a summary.
struct MeansFrame: Sendable {
  private let options: AnalysisOptions
  private let statistics: ClassStatistics
  private let classifier: LinearClassifier?
  private let tiles: PairTiles
  private let globalMean: [Double]
  private let between: BetweenDirections
  private let pairs: PairStatistics

  /// - Parameter classifier: the rows of the classes present.
  init(
    about statistics: ClassStatistics, classifier: LinearClassifier?, options: AnalysisOptions
  ) throws {
    self.options = options
    self.statistics = statistics
    self.classifier = classifier
    tiles = PairTiles(threads: options.threads, interruption: options.interruption)
    globalMean = statistics.globalMean(options.convention.centering)
    let centredMeans = statistics.means.subtractingFromRows(globalMean)
    between = try BetweenDirections(
      means: statistics.means, centredMeans: centredMeans,
      weights: options.convention.betweenShares(statistics.counts))
    try options.interruption.check()
    pairs = try PairStatistics(
      of: centredMeans, offset: globalMean, negligible: between.negligibleLength,
      findsNeighbours: true, tiles)
  }

  /// The weight of each class's own covariance in Σ_W, per sample.
  private var withinWeights: [Double] {
    zip(options.convention.withinShares(statistics.counts), statistics.counts).map {
      $0 / Double($1)
    }
  }

  /// What the second pass compares rows with; large where there are many classes.
  func plan() throws -> ScatterPlan {
    try ScatterPlan(
      statistics: statistics, globalMean: globalMean, between: between, pairs: pairs,
      classifier: classifier,
      decidingMeans: options.meansFrom.map { reference in
        let rows = Dictionary(
          uniqueKeysWithValues: reference.labels.enumerated().map { ($0.element, $0.offset) })
        return statistics.labels.map { label in rows[label].map { reference.means.row($0) } }
      }, withinWeights: withinWeights, options: options)
  }

  /// - Parameters:
  ///   - sums: what the second pass summed up.
  ///   - spectrum: the plan of the spectrum, where it was asked for.
  func summary(_ sums: ScatterSums, spectrum: SpectrumPlan?) throws -> CollapseSummary {
    let counts = statistics.counts
    let centredMeans = statistics.means.subtractingFromRows(globalMean)
    let (spans, projectedTrace) = try decompose(sums)
    func perSample(_ sums: AlignedBuffer) -> [Double] {
      counts.indices.map { sums.base[$0] / Double(counts[$0]) }
    }
    return CollapseSummary(
      convention: options.convention, threads: options.threads, tiles: tiles,
      pairTables: options.pairs,
      counts: counts, means: statistics.means, globalMean: globalMean,
      centredMeans: centredMeans, between: between, spans: spans, meanPairs: pairs,
      scatter: CollapseSummary.Scatter(
        variances: perSample(sums.withinSquares),
        projectedVariances: perSample(sums.projectedSquares), projectedTrace: projectedTrace,
        centredDirections: sums.centred.statistics(of: centredMeans),
        uncentredDirections: sums.uncentred.statistics(of: statistics.means),
        decisions: sums.decisions, loss: classifier == nil ? nil : sums.loss,
        rechecked: sums.decisions.rechecked),
      scatterFactor: try spectrum.map { plan in
        try plan.spectrum(
          sums.factors, means: statistics.means, centredMeans: centredMeans, between: between,
          betweenShares: options.convention.betweenShares(counts))
      }, classRows: nil, classifier: classifier, weightDecay: options.weightDecay,
      outOfDistributionMean: options.outOfDistributionMean)
  }

  /// What takes decompositions of matrices as large as the means, each on one thread, side by side:
  /// spans, tr(Σ_W Σ_B⁺) where Σ zzᵀ was summed up, and the values that the report asks for.
  private func decompose(
    _ sums: ScatterSums
  ) throws -> (spans: (means: Span, weights: Span)?, projectedTrace: Double?) {
    enum Part: Sendable { case values, trace(Double?), span(Span) }
    let isMany = statistics.labels.count > RowPartition.fewClasses
    let parts = try Parallel.map(
      classifier == nil ? 2 : 4, threads: isMany ? options.threads : 1
    ) { part -> Part in
      try options.interruption.check()
      switch part {
      case 0:
        _ = try between.singularValues()
        return .values
      case 1:
        return .trace(
          try sums.scatter.map {
            try between.projectedTrace(of: $0.symmetricMatrix()) * withinWeights.max()!
          })
      case 2: return .span(try Span(of: statistics.means))
      default: return .span(try Span(ofCentred: classifier!.weights))
      }
    }
    guard case .trace(let trace) = parts[1] else { preconditionFailure("in their order") }
    guard parts.count == 4, case .span(let means) = parts[2], case .span(let weights) = parts[3]
    else { return (nil, trace) }
    return ((means, weights), trace)
  }
}
