import CollapseCore

/// What the passes over the rows leave, from which every measure follows.
struct CollapseSummary: Sendable {
  /// What the second pass found, by class.
  struct Scatter: Sendable {
    struct Decisions: Sendable {
      let correct: [Int]
      let nearestMeanCorrect: [Int]
      let mismatches: Int
    }
    /// mean‖h − μ_c‖² and mean‖diag(1/s) Vᵀ(h − μ_c)‖² per class.
    let variances: [Double]
    let projectedVariances: [Double]
    let centredDirections: DirectionStatistics
    let uncentredDirections: DirectionStatistics
    let decisions: Decisions
    /// `nil` without a classifier.
    let loss: LossSums?
  }

  let convention: Convention
  let threads: Int
  let counts: [Int]
  /// μ_c, classes × d.
  let means: Matrix
  /// μ_G.
  let globalMean: [Double]
  /// m_c = μ_c − μ_G.
  let centredMeans: Matrix
  let between: BetweenDirections
  let scatter: Scatter
  /// `nil` when the spectrum was not asked for.
  let scatterFactor: ScatterSpectrum?
  /// The rows of the classes present.
  let classifier: LinearClassifier?
  let weightDecay: Double?
  let outOfDistributionMean: [Double]?

  var classCount: Int { counts.count }
  var sampleCount: Int { counts.reduce(0, +) }
  var dimension: Int { means.columns }
  /// v_c = mean‖h − μ_c‖².
  var classVariances: [Double] { scatter.variances }

  /// The centred means, those no longer than rounding made zero: they have no direction.
  var directedCentredMeans: Matrix {
    centredMeans.scalingRows(
      by: centredMeans.rowNorms.map { between.rank > 0 && $0 > between.tolerance ? 1 : 0 })
  }

  /// tr Σ_W.
  var withinTrace: Double { weightedWithin(scatter.variances) }

  /// tr(Σ_W Σ_B⁺).
  var projectedTrace: Double { weightedWithin(scatter.projectedVariances) }

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
