import CollapseCore
import Laboratory
import LibC
import Predictions
import Testing

/// Two classes under many layers: the optimum, the rung below it, and how far the branch goes.
@Suite struct DepthTests {
  private func chain(
    _ predicted: DeepFeatures, _ activation: FeatureChain.Activation, perClass: Int = 5,
    width: Int = 16
  ) -> FeatureChain {
    let decay = pow(predicted.decayProduct / Double(perClass), 1 / Double(predicted.depth + 1))
    return FeatureChain(
      classCounts: [perClass, perClass], widths: Array(repeating: width, count: predicted.depth),
      activation: activation, featureDecay: decay,
      weightDecays: Array(repeating: decay, count: predicted.depth))
  }

  /// The best of twelve starts, and every linear chain on a rung: to what was found independently.
  @Test(arguments: [(2, 4e-15), (3, 3e-11), (4, 1e-11), (5, 1e-9)])
  func linearChainsEndOnTheLadder(depth: Int, tolerance: Double) throws {
    let predicted = DeepFeatures(depth: depth, classCount: 2, shareOfThreshold: 0.05)
    let chain = chain(predicted, .identity)
    let objective = try ChainObjective(chain)
    let rungs = try (0...2).map { try #require(predicted.ladder(learned: $0, of: 2)) }
    let losses = try (1...12).map { seed in
      try LimitedMemoryBFGS(maximalSteps: 20_000)
        .minimize(objective, from: chain.start(seed: seed)).value
    }
    #expect(abs(losses.min()! - rungs[2]) <= tolerance)
    for loss in losses { #expect(rungs.contains { abs(loss - $0) <= tolerance }, "\(loss)") }
  }

  /// With ReLUs and five layers, too, starts end where one of two classes is learned: halfway between
  /// the optimum and zero.
  @Test func fiveLayersEndOnTheRungOfOneClass() throws {
    let predicted = DeepFeatures(depth: 5, classCount: 2, shareOfThreshold: 0.05)
    let chain = chain(predicted, .relu)
    let objective = try ChainObjective(chain)
    let losses = try (1...12).map { seed in
      try LimitedMemoryBFGS(maximalSteps: 5000)
        .minimize(objective, from: chain.start(seed: seed, penalty: 1)).value
    }
    let half = (0.5 - predicted.loss) / 2
    #expect(losses.contains { abs($0 - predicted.loss - half) < 1e-9 }, "\(losses)")
    #expect(losses.allSatisfy { $0 > predicted.loss - 1e-9 })
  }

  /// The branch of collapse is there at 0.98 of the fold, and gone at 1.02.
  @Test(arguments: [3, 4], FeatureChain.Activation.allCases)
  func theBranchEndsAtTheFold(depth: Int, activation: FeatureChain.Activation) throws {
    let predicted = DeepFeatures(depth: depth, classCount: 2, shareOfThreshold: 0.5)
    let chain = chain(predicted, activation, perClass: 1, width: 4)
    let fold = predicted.fold / predicted.decayProduct
    let places = try Continuation.follow(
      chain, from: try #require(chain.collapsedConstruction()),
      factors: [1, 0.5 * fold, 0.98 * fold, 1.02 * fold],
      solver: LimitedMemoryBFGS(maximalSteps: 20_000))
    for place in places.dropLast() {
      let there = DeepFeatures(
        depth: depth, decayProduct: place.factor * predicted.decayProduct, spread: 2)
      #expect(abs(place.minimum.value - (try #require(there.localLoss))) < 1e-8)
    }
    #expect(abs(places[3].minimum.value - 0.5) < 1e-8)
  }
}
