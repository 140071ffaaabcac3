import CollapseCore
import Laboratory
import LibC
import Predictions
import Testing

/// What is measured of layers and groups of a chain, at points where closed forms say all of it.
@Suite struct ChainMeasureTests {
  private func chain(_ classCount: Int, depth: Int, width: Int, n: Int = 2) -> FeatureChain {
    FeatureChain(
      classCounts: Array(repeating: n, count: classCount),
      widths: Array(repeating: width, count: depth), activation: .relu, featureDecay: 0.003,
      weightDecays: (0..<depth).map { 0.003 + 0.001 * Double($0) })
  }

  @Test func collapseIsAFrameInEveryLayer() throws {
    let chain = chain(4, depth: 3, width: 6)
    let predicted = DeepFeatures(
      depth: 3, decayProduct: chain.weightDecays.reduce(2 * chain.featureDecay, *), spread: 4)
    let state = try ChainObjective(chain).state(at: #require(chain.collapsedConstruction()))
    for layer in 1...3 {
      let geometry = state.geometry(enteringLayer: layer)
      #expect(geometry.variability < 1e-15)
      #expect(geometry.cosineDistance(from: 0) < 1e-15 && geometry.normSpread < 1e-12)
      #expect(try state.weightsOutsideMeans(ofLayer: layer) < 1e-12)
      #expect(try state.rank(ofLayer: layer) == 4)
      let values = try state.singularValues(ofLayer: layer)
      #expect(values.prefix(4).allSatisfy { abs($0 / values[0] - 1) < 1e-12 })
    }
    for penalty in state.penalties {
      #expect(abs(penalty - (try #require(predicted.groupPenalty))) < 1e-12)
      #expect(abs(penalty - state.expectedPenalty) < 1e-12)
    }
  }

  /// M₂ and M₃ are B, of rank r, in which edges that meet have the cosine ½ and others 0; M₄ has both
  /// signs, the rank r but for r = 4, and behind its ReLU is a frame.
  @Test(arguments: 4...10)
  func theStronglyRegularGraphHasRankR(rank: Int) throws {
    let classCount = rank * (rank - 1) / 2
    let chain = chain(classCount, depth: 4, width: max(12, classCount))
    let point = try #require(try chain.lowRankConstruction(.stronglyRegularGraph, rank: rank))
    let state = try ChainObjective(chain).state(at: point)
    let meeting = Double(classCount * (rank - 2))
    for layer in 2...4 {
      // BᵀB − J has the eigenvalues r−2, r−1 times, and (r−1)(4−r)/2 on the vector of ones: 0 for r = 4.
      #expect(try state.rank(ofLayer: layer) == (layer == 4 && rank == 4 ? 3 : rank))
      let after = state.geometry(enteringLayer: layer)
      #expect(after.variability < 1e-15)
      guard layer < 4 else {
        #expect(after.cosineDistance(from: 0) < 1e-12)
        continue
      }
      #expect(abs(after.cosines.reduce(0, +) - meeting / 2) < 1e-9)
      #expect(after.cosines.allSatisfy { min(abs($0), abs($0 - 0.5)) < 1e-12 })
      // Singular values of B: √(2(r−1)) once, √(r−2) r−1 times.
      let values = try state.singularValues(ofLayer: layer)
      let ratio = (Double(rank - 2) / Double(2 * (rank - 1))).squareRoot()
      #expect(abs(values[1] / values[0] - ratio) < 1e-9)
      #expect(abs(values[rank - 1] / values[0] - ratio) < 1e-9)
    }
    let before = try state.frame(ofLayer: 4).cosineMatrix
    let matrix = state.geometry(enteringLayer: 3).cosineMatrix
    // (BᵀB − J)² is K−2r+4 of an edge with itself, less r−2 where two meet, and 2r−4 where they do not.
    let (k, r) = (Double(classCount), Double(rank))
    for first in 0..<classCount {
      for second in 0..<classCount {
        let shared = matrix[first, second] * 2
        let expected = (k - 4 * r + 8 + shared * (r - 2)) / (k - 2 * r + 4)
        #expect(abs(before[first, second] - expected) < 1e-9)
      }
    }
  }

  /// What lies within classes and outside the rows of W has no gradient but its decay's.
  @Test func variabilityFallsAtTheRateOfDecay() throws {
    let chain = FeatureChain(
      classCounts: [3, 3, 3], widths: [6], loss: .crossEntropy, featureDecay: 0.02,
      weightDecays: [0.02])
    let objective = try ChainObjective(chain)
    let rate = CollapseRate(learningRate: 0.01, momentum: 0.9, featureDecay: 0.02)
    var found: [Int: Double] = [:]
    _ = try HeavyBall(learningRate: 0.01, momentum: 0.9, steps: 8001).minimize(
      objective, from: chain.start(seed: 3)
    ) { step, point, _ in
      guard step == 6000 || step == 8000 else { return }
      found[step] = objective.state(at: point).geometry(enteringLayer: 1).variability
    }
    let measured = log(try #require(found[6000]) / (try #require(found[8000]))) / 2000
    #expect(abs(measured / rate.variabilityRate - 1) < 0.01)
  }

  /// Behind a ReLU descent with momentum rests below (1−√μ)²/λ_H, and above never.
  @Test(arguments: [(0.9, true), (2, false)])
  func descentBehindAReLURestsBelowALimitOfTheRate(share: Double, rests: Bool) throws {
    let chain = FeatureChain(
      classCounts: [2, 2, 2], widths: [6], loss: .crossEntropy, featuresAreNonNegative: true,
      featureDecay: 0.05, weightDecays: [0.2])
    let predicted = NonNegativeFeatures(
      classCounts: [2, 2, 2], weightDecay: 0.2, featureDecay: 0.05)
    let root = 1 - 0.9.squareRoot()
    let objective = try ChainObjective(chain)
    let gaps = try (1...4).map { seed in
      try HeavyBall(
        learningRate: share * root * root / 0.05, momentum: 0.9, steps: 4000
      ).minimize(objective, from: chain.start(seed: seed)).value / predicted.loss - 1
    }
    #expect(gaps.contains { $0 < 1e-9 } == rests)
    #expect(gaps.allSatisfy { $0 > (rests ? -1e-12 : 1e-7) })
  }
}
