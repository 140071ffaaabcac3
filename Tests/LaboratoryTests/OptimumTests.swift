import CollapseCore
import Laboratory
import LibC
import LinearAlgebra
import Predictions
import Testing

/// Optima found from random starts against closed forms, to 1e−6 of the value.
@Suite struct OptimumTests {
  private static let solver = LimitedMemoryBFGS()

  private func minima(_ chain: FeatureChain, seeds: ClosedRange<UInt64>) throws -> [Minimum] {
    try Starts.minima(
      of: ChainObjective(chain), seeds: Array(seeds), threads: 2,
      start: { chain.start(seed: $0) },
      minimize: { try Self.solver.minimize($0, from: $1) })
  }

  @Test(arguments: [nil, 0, 0.01, 0.02, 0.05, 0.1] as [Double?])
  func squaredErrorWithBias(decay: Double?) throws {
    let predicted = SquaredErrorFeatures(
      classCount: 4, perClass: 5, weightDecay: 5e-3, featureDecay: 1e-3,
      bias: decay.map { .decay($0) } ?? .none)
    let chain = FeatureChain(
      classCounts: [5, 5, 5, 5], widths: [8], featureDecay: 1e-3, weightDecays: [5e-3],
      biasDecay: decay)
    let minimum = try #require(try minima(chain, seeds: 1...2).best)
    #expect(abs(minimum.value / predicted.loss - 1) < 1e-6)
    let state = try ChainObjective(chain).state(at: minimum.point)
    let geometry = state.geometry(enteringLayer: 1)
    #expect(geometry.cosineDistance(from: try #require(predicted.meanCosine)) < 1e-4)
    #expect(geometry.variability < 1e-8)
    #expect(try #require(state.imbalance) < 1e-6)
    #expect(state.dualityDistance(factor: predicted.dualityFactor) < 1e-4)
    for value in state.bias ?? [] { #expect(abs(value - predicted.biasValue) < 1e-5) }
  }

  @Test(arguments: [false, true])
  func crossEntropy(isNonNegative: Bool) throws {
    let predicted = CrossEntropyFeatures(
      classCount: 4, perClass: 5, weightDecay: 5e-3, featureDecay: 1e-3,
      isNonNegative: isNonNegative)
    let chain = FeatureChain(
      classCounts: [5, 5, 5, 5], widths: [8], loss: .crossEntropy,
      featuresAreNonNegative: isNonNegative, featureDecay: 1e-3, weightDecays: [5e-3])
    let minimum = try #require(try minima(chain, seeds: 1...4).best)
    #expect(abs(minimum.value / predicted.loss - 1) < 1e-6)
    let geometry = try ChainObjective(chain).state(at: minimum.point)
      .geometry(enteringLayer: 1)
    #expect(geometry.cosineDistance(from: try #require(predicted.meanCosine)) < 1e-3)
    for norm in geometry.norms {
      #expect(abs(norm * norm / predicted.squaredFeatureNorm - 1) < 1e-4)
    }
  }

  @Test(arguments: [(2, FeatureChain.Activation.identity), (2, .relu), (3, .identity)])
  func chains(depth: Int, activation: FeatureChain.Activation) throws {
    let predicted = DeepFeatures(depth: depth, classCount: 2, shareOfThreshold: 0.05)
    let decay = pow(predicted.decayProduct / 3, 1 / Double(depth + 1))
    let chain = FeatureChain(
      classCounts: [3, 3], widths: Array(repeating: 6, count: depth), activation: activation,
      featureDecay: decay, weightDecays: Array(repeating: decay, count: depth))
    let minima = try minima(chain, seeds: 1...4)
    let best = try #require(minima.best)
    #expect(abs(best.value / predicted.loss - 1) < 1e-6)
    for minimum in minima { #expect(minimum.value > predicted.loss - 1e-9) }
    let state = try ChainObjective(chain).state(at: best.point)
    for penalty in state.penalties {
      #expect(abs(penalty / (try #require(predicted.groupPenalty)) - 1) < 1e-3)
    }
  }

  @Test func contrastive() throws {
    for isNonNegative in [false, true] {
      let objective = try ContrastiveObjective(
        classCounts: [4, 4, 4, 4], featureDimension: 8, temperature: 0.5,
        isNonNegative: isNonNegative)
      let predicted = ContrastiveFeatures(classCounts: [4, 4, 4, 4], temperature: 0.5)
      let expected = isNonNegative ? predicted.orthogonalLoss : try #require(predicted.simplexLoss)
      let minimum = try Self.solver.minimize(objective, from: objective.start(seed: 1))
      #expect(abs(minimum.value / expected - 1) < 1e-6)
    }
    let step = try ContrastiveObjective(
      classCounts: [8, 8, 4, 4], featureDimension: 8, temperature: 0.5)
    let groups = ContrastiveFeatures.groups(size: 2, larger: 8, smaller: 4, temperature: 0.5)
    let minimum = try Self.solver.minimize(step, from: step.start(seed: 2))
    #expect(abs(minimum.value / groups.loss - 1) < 1e-6)
    let geometry = FrameGeometry(
      step.directions(of: minimum.point).directions, classCounts: [8, 8, 4, 4])
    #expect(abs(geometry.cosines[0] - groups.majority) < 1e-3)
    #expect(abs(geometry.cosines[5] - groups.minority) < 1e-3)
    #expect(abs(geometry.cosines[1] - groups.cross) < 1e-3)
  }

  @Test(arguments: [8, 16, 18])
  func imbalance(ratio: Int) throws {
    let model = ImbalancedFeatures(
      majorityClasses: 2, majorityCount: 2 * ratio, minorityClasses: 2, minorityCount: 2,
      weightDecay: 0.02, featureDecay: 0.02)
    let predicted = model.optimum()
    let chain = FeatureChain(
      classCounts: [2 * ratio, 2 * ratio, 2, 2], widths: [6], loss: .crossEntropy,
      featureDecay: 0.02, weightDecays: [0.02])
    let minimum = try #require(try minima(chain, seeds: 1...2).best)
    #expect(abs(minimum.value / predicted.loss - 1) < 1e-6)
    let rows = FrameGeometry(
      rows: try ChainObjective(chain).state(at: minimum.point).weights[0])
    #expect(abs(rows.cosines[5] - (try #require(predicted.minorityCosine))) < 1e-3)
    let state = try ChainObjective(chain).state(at: minimum.point)
    for penalty in state.penalties { #expect(abs(penalty / predicted.groupPenalty - 1) < 1e-5) }
    // ‖w−w'‖/‖w‖ at 0.96 of the threshold, and at 1.08.
    let (first, second) = (rows.means.row(2), rows.means.row(3))
    let distance = zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    if ratio == 16 { #expect(abs(distance / rows.norms[2] - 0.4) < 0.05) }
    if ratio == 18 { #expect(distance / rows.norms[2] < 1e-4) }
  }

  /// How near the classifier is to the largest margin's, as was computed independently.
  @Test func vanishingDecay() throws {
    let margin = SimplexInterpolation(groupSize: 2, majorityCount: 10, minorityCount: 1)
    let ideal = margin.classifierGram.scaled(by: 1 / margin.classifierGram.frobeniusNorm)
    var start: [Double]?
    for (decay, printed) in [(1e-2, nil), (1e-4, 0.077), (1e-6, 0.051), (1e-8, 0.038)] {
      let chain = FeatureChain(
        classCounts: [10, 10, 1, 1], widths: [6], loss: .crossEntropy, featureDecay: decay,
        weightDecays: [decay])
      let minimum = try LimitedMemoryBFGS(maximalSteps: 20_000, gradientTolerance: 1e-13)
        .minimize(ChainObjective(chain), from: start ?? chain.start(seed: 1))
      start = minimum.point
      let weights = try ChainObjective(chain).state(at: minimum.point).weights[0]
      let gram = try weights.timesTransposed(weights)
      let distance = gram.scaled(by: 1 / gram.frobeniusNorm).distance(to: ideal)
      guard let printed else { continue }
      #expect(abs(distance - printed) <= 5e-4, "\(decay): \(distance)")
      // The slope over 1/ln(1/λ) tends to 0.70 from above.
      let slope = distance * log(1 / decay)
      #expect(slope > 0.70 && slope < 0.71, "\(decay): \(slope)")
    }
  }

  /// Linear layers and a free bias: a simplex, of (K−1)/K of the loss without one.
  @Test func linearChainWithFreeBias() throws {
    let (classCount, n, decay) = (4, 2, 0.02)
    let predicted = DeepFeatures(
      depth: 2, decayProduct: Double(n) * decay * decay * decay, spread: Double(classCount))
    let chain = FeatureChain(
      classCounts: Array(repeating: n, count: classCount), widths: [6, 6], featureDecay: decay,
      weightDecays: [decay, decay], biasDecay: 0)
    let best = try #require(try minima(chain, seeds: 1...6).best)
    #expect(abs(best.value - 0.75 * (try #require(predicted.localLoss))) < 1e-9)
    let geometry = try ChainObjective(chain).state(at: best.point).geometry(enteringLayer: 2)
    #expect(geometry.cosineDistance(from: -1.0 / 3) < 1e-4)
  }

  /// ReLUs and a free bias are not symmetric: one class is served by the bias.
  @Test func rectifiedChainWithFreeBias() throws {
    let predicted = DeepFeatures(depth: 2, classCount: 4, shareOfThreshold: 0.05)
    let decay = pow(predicted.decayProduct, 1.0 / 3)
    let chain = FeatureChain(
      classCounts: [1, 1, 1, 1], widths: [8, 8], activation: .relu, featureDecay: decay,
      weightDecays: [decay, decay], biasDecay: 0)
    let best = try #require(try minima(chain, seeds: 1...12).best)
    #expect(abs(best.value - 0.18366) <= 5e-6, "\(best.value)")
  }

  @Test(arguments: [
    (LowRankFeatures.Construction.stronglyRegularGraph, 5, 4, 1),
    (.triangles, 5, 4, 1), (.stronglyRegularGraph, 4, 4, 1), (.triangles, 5, 3, 2),
    (.stronglyRegularGraph, 5, 3, 10), (.triangles, 5, 5, 1),
  ])
  func constructionsCostWhatTheirSpreadSays(
    construction: LowRankFeatures.Construction, rank: Int, depth: Int, n: Int
  ) throws {
    let low = LowRankFeatures(construction, rank: rank, depth: depth)
    let decays = Array(repeating: 0.004, count: depth)
    let chain = FeatureChain(
      classCounts: Array(repeating: n, count: low.classCount),
      widths: Array(repeating: 12, count: depth), activation: .relu, featureDecay: 0.004,
      weightDecays: decays)
    let objective = try ChainObjective(chain)
    var gradient = [Double](repeating: 0, count: objective.dimension)
    func expected(_ spread: Double) throws -> Double {
      let product = decays.reduce(Double(n) * 0.004, *)
      return try #require(
        DeepFeatures(depth: depth, decayProduct: product, spread: spread).localLoss)
    }
    let point = try #require(try chain.lowRankConstruction(construction, rank: rank))
    let value = objective.value(at: point, gradient: &gradient)
    #expect(abs(value - (try expected(low.spread))) < 1e-12)
    let collapsed = try #require(chain.collapsedConstruction())
    let other = objective.value(at: collapsed, gradient: &gradient)
    #expect(abs(other - (try expected(Double(low.classCount)))) < 1e-12)
    // Collapse is stationary, the other is not.
    #expect(gradient.largestMagnitude < 1e-12)
  }

  @Test func descentReachesWhatTheSolverDoes() throws {
    let chain = FeatureChain(
      classCounts: [2, 2, 2], widths: [4], featureDecay: 0.02, weightDecays: [0.02],
      biasDecay: 0)
    let objective = try ChainObjective(chain)
    let start = chain.start(seed: 4)
    let solved = try Self.solver.minimize(objective, from: start)
    let descended = try HeavyBall(steps: 4000).minimize(objective, from: start)
    #expect(abs(descended.value / solved.value - 1) < 1e-10)
  }

  @Test func bitsDoNotDependOnThreads() throws {
    let chain = FeatureChain(
      classCounts: [2, 2, 2], widths: [5, 5], activation: .relu, featureDecay: 0.01,
      weightDecays: [0.01, 0.01])
    let found = try [1, 2, 3].map { threads in
      try Starts.minima(
        of: ChainObjective(chain), seeds: [1, 2, 3, 4], threads: threads,
        start: { chain.start(seed: $0) }, minimize: { try Self.solver.minimize($0, from: $1) })
    }
    #expect(found[0] == found[1] && found[1] == found[2])
  }

  @Test func theBranchEndsAtTheFold() throws {
    let predicted = DeepFeatures(depth: 2, classCount: 2, shareOfThreshold: 0.5)
    let decay = pow(predicted.decayProduct / 2, 1.0 / 3)
    let chain = FeatureChain(
      classCounts: [2, 2], widths: [4, 4], featureDecay: decay, weightDecays: [decay, decay])
    let fold = predicted.fold / predicted.decayProduct
    let start = try #require(chain.collapsedConstruction())
    let places = try Continuation.follow(
      chain, from: start, factors: [1, 0.7 * fold, 0.98 * fold, 1.02 * fold],
      solver: LimitedMemoryBFGS(maximalSteps: 20_000))
    for place in places.dropLast() {
      let there = DeepFeatures(
        depth: 2, decayProduct: place.factor * predicted.decayProduct, spread: 2)
      #expect(abs(place.minimum.value - (try #require(there.localLoss))) < 1e-8)
    }
    #expect(abs(places[3].minimum.value - 0.5) < 1e-8)
  }
}
