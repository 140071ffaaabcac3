import CollapseCore
import LinearAlgebra

/// What the passes over the rows leave, from which every measure follows.
struct CollapseSummary: Sendable {
  /// What the second pass found, by class.
  struct Scatter: Sendable {
    /// mean‖h − μ_c‖² and mean‖diag(1/s) Vᵀ(h − μ_c)‖² per class.
    let variances: [Double]
    let projectedVariances: [Double]
    /// tr(Σ_W Σ_B⁺) where it comes from Σ zzᵀ rather than from projections.
    let projectedTrace: Double?
    let centredDirections: DirectionStatistics
    let uncentredDirections: DirectionStatistics
    let decisions: DecisionSums
    /// `nil` without a classifier.
    let loss: LossSums?
    /// How many rows float32 left in doubt; `nil` where all was decided in float64.
    let rechecked: Int?
  }

  let convention: Convention
  let threads: Int
  let tiles: PairTiles
  let pairTables: PairTables
  let counts: [Int]
  /// μ_c, classes × d.
  let means: Matrix
  /// μ_G.
  let globalMean: [Double]
  /// m_c = μ_c − μ_G.
  let centredMeans: Matrix
  let between: BetweenDirections
  /// What the class means span, and the rows of W about their mean, where there is W.
  let spans: (means: Span, weights: Span)?
  /// Of the centred means.
  let meanPairs: PairStatistics
  let scatter: Scatter
  /// `nil` when the spectrum was not asked for.
  let scatterFactor: ScatterSpectrum?
  /// `nil` when they were not asked for.
  var classRows: ClassRowMeasures?
  /// The rows of the classes present.
  let classifier: LinearClassifier?
  let weightDecay: Double?
  let outOfDistributionMean: [Double]?

  /// Whether the report is to hold values per pair.
  var wantsPairTables: Bool {
    switch pairTables {
    case .all, .extremes: true
    case .automatic: classCount <= PairTables.fewClasses
    case .none: false
    }
  }

  var classCount: Int { counts.count }
  var sampleCount: Int { counts.reduce(0, +) }
  var dimension: Int { means.columns }
  /// v_c = mean‖h − μ_c‖².
  var classVariances: [Double] { scatter.variances }

  /// The centred means, those no longer than rounding made zero: they have no direction.
  var directedCentredMeans: Matrix {
    let isLong = centredMeans.rowNorms.map { $0 > between.negligibleLength }
    return isLong.allSatisfy { $0 }
      ? centredMeans : centredMeans.scalingRows(by: isLong.map { $0 ? 1 : 0 })
  }

  /// tr Σ_W.
  var withinTrace: Double { weightedWithin(scatter.variances) }

  /// tr(Σ_W Σ_B⁺).
  var projectedTrace: Double {
    scatter.projectedTrace ?? weightedWithin(scatter.projectedVariances)
  }

  /// tr Σ_B.
  var betweenTrace: Double {
    zip(convention.betweenShares(counts), centredMeans.rowNorms).reduce(0) {
      $0 + $1.0 * $1.1 * $1.1
    }
  }

  /// mean‖h − μ_y‖² over samples, whatever the convention.
  var sampleVarianceWithin: Double {
    zip(counts, scatter.variances).reduce(0) { $0 + Double($1.0) * $1.1 } / Double(sampleCount)
  }

  /// α² = mean‖h‖² = Σ (n_c/N)(v_c + ‖μ_c‖²).
  var featureMeanSquare: Double {
    sampleVarianceWithin
      + zip(counts, means.rowNorms).reduce(0) { $0 + Double($1.0) * $1.1 * $1.1 }
      / Double(sampleCount)
  }

  private func weightedWithin(_ variances: [Double]) -> Double {
    zip(convention.withinShares(counts), variances).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

extension Convention {
  /// The weight of each class's own covariance in Σ_W.
  func withinShares(_ counts: [Int]) -> [Double] {
    switch withinWeights {
    case .samples: Convention.sampleShares(counts)
    case .classes: counts.map { _ in 1 / Double(counts.count) }
    }
  }

  /// The weight of each class mean in Σ_B.
  func betweenShares(_ counts: [Int]) -> [Double] {
    switch betweenWeights {
    case .samples: Convention.sampleShares(counts)
    case .classes: counts.map { _ in 1 / Double(counts.count) }
    }
  }

  private static func sampleShares(_ counts: [Int]) -> [Double] {
    let total = Double(counts.reduce(0, +))
    return counts.map { Double($0) / total }
  }
}
