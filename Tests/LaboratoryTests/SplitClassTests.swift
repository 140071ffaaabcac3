import CollapseCore
import Laboratory
import LibC
import Predictions
import Testing

/// Minima of chains with ReLUs in which classes fall into parts with features of their own: found from
/// random starts, and what they cost by the closed form.
@Suite struct SplitClassTests {
  struct Found: Sendable, CustomTestStringConvertible {
    var depth: Int
    var classCount: Int
    var share: Double
    var perClass: Int
    var seed: UInt64
    var penalty = 0.25
    /// The shares of each class behind the first ReLU.
    var parts: [[Double]]
    /// As was found independently, to half a unit of its last digit.
    var printed: Double?

    var testDescription: String { "K=\(classCount), L=\(depth), P/P*=\(share), n=\(perClass)" }

    var chain: FeatureChain {
      let features = DeepFeatures(depth: depth, classCount: classCount, shareOfThreshold: share)
      let decay = pow(features.decayProduct / Double(perClass), 1 / Double(depth + 1))
      return FeatureChain(
        classCounts: Array(repeating: perClass, count: classCount),
        widths: Array(repeating: 8, count: depth), activation: .relu, featureDecay: decay,
        weightDecays: Array(repeating: decay, count: depth))
    }
  }

  private static let third = [1 / 3.0, 2 / 3.0]

  static let found = [
    Found(
      depth: 2, classCount: 4, share: 0.01, perClass: 3, seed: 2,
      parts: [[1], [1], [1], third], printed: 0.141102),
    Found(
      depth: 4, classCount: 2, share: 0.3, perClass: 3, seed: 20, penalty: 1, parts: [[1], third],
      printed: 0.454743),
    Found(
      depth: 2, classCount: 4, share: 0.01, perClass: 3, seed: 6,
      parts: [[1], [1], third, third], printed: nil),
    Found(
      depth: 4, classCount: 2, share: 0.3, perClass: 3, seed: 8, penalty: 1, parts: [[], third],
      printed: nil),
    Found(
      depth: 3, classCount: 2, share: 0.05, perClass: 3, seed: 15, parts: [[1], third],
      printed: nil),
  ]

  @Test(arguments: found)
  func costsWhatTheClosedFormSays(_ item: Found) throws {
    let chain = item.chain
    let objective = try ChainObjective(chain)
    // From the seed on, as where a start ends may hang on how a processor rounds.
    for seed in item.seed..<item.seed + 200 {
      let minimum = try LimitedMemoryBFGS().minimize(
        objective, from: chain.start(seed: seed, penalty: item.penalty))
      let state = objective.state(at: minimum.point)
      let seen = state.parts(enteringLayer: 2).map { $0.sorted() }
        .sorted { ($0.count, $0.first ?? 0) < ($1.count, $1.first ?? 0) }
      guard seen == item.parts, let split = state.splitLoss() else { continue }
      if let printed = item.printed { #expect(abs(minimum.value - printed) <= 5e-7) }
      #expect(abs(split - minimum.value) < 1e-8)
      // A stationary point: no gradient is left but at a ReLU's kink, and all groups pay the same.
      #expect(minimum.gradientNorm < 2e-5)
      #expect(try #require(state.imbalance) < 1e-5)
      return
    }
    Issue.record("no start ended with these parts")
  }

  /// Two layers, four classes of five: every start ends on the ladder or where classes are split.
  @Test(arguments: [0.01, 0.1])
  func everyStartEndsWithClassesWholeOrSplitOrNotLearned(share: Double) throws {
    let item = Found(
      depth: 2, classCount: 4, share: share, perClass: 5, seed: 0, parts: [], printed: nil)
    let ladder = DeepFeatures(depth: 2, classCount: 4, shareOfThreshold: share)
    let objective = try ChainObjective(item.chain)
    let minima = try Starts.minima(
      of: objective, seeds: Array(1...50), threads: 2, start: { item.chain.start(seed: $0) },
      minimize: { try LimitedMemoryBFGS().minimize($0, from: $1) })
    let off = try minima.filter { minimum in
      try (0...4).allSatisfy {
        abs(try #require(ladder.ladder(learned: $0, of: 4)) - minimum.value) > 1e-6
      }
    }
    #expect(!off.isEmpty)
    for minimum in off {
      let split = try #require(objective.state(at: minimum.point).splitLoss())
      #expect(abs(split - minimum.value) < 1e-8)
    }
  }
}
