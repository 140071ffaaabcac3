import CollapseCore
import Laboratory
import LinearAlgebra
import Predictions
import Testing

/// Minima of the supervised contrastive loss in few dimensions and in fixed batches, against what was
/// found independently.
@Suite struct ContrastiveOptimumTests {
  private func minimum(_ objective: ContrastiveObjective, seed: UInt64) throws -> Minimum {
    try LimitedMemoryBFGS(maximalSteps: 5000, gradientTolerance: 1e-9)
      .minimize(objective, from: objective.start(seed: seed))
  }

  /// Two dimensions fewer than a simplex needs: several minima, all above its loss.
  @Test func fewDimensionsHaveSeveralMinima() throws {
    let counts = [3, 3, 3, 3, 3, 3]
    let objective = try ContrastiveObjective(
      classCounts: counts, featureDimension: 4, temperature: 0.3)
    let losses = try (1...10).map { try minimum(objective, seed: $0).value }
    let simplex = try #require(
      ContrastiveFeatures(classCounts: counts, temperature: 0.3).simplexLoss)
    #expect(abs(losses.min()! - 0.8572) <= 5e-5)
    #expect(losses.allSatisfy { $0 > simplex + 0.03 })
    let worse = losses.filter { $0 > losses.min()! + 1e-4 }
    #expect(!worse.isEmpty && worse.allSatisfy { $0 > 0.8587 && $0 < 0.8608 })
  }

  /// From K−1 dimensions on every start ends at the simplex, and of classes of two sizes at the
  /// programme's optimum.
  @Test(arguments: [5, 6, 7])
  func enoughDimensionsHaveOneMinimum(dimension: Int) throws {
    let counts = [3, 3, 3, 3, 3, 3]
    let objective = try ContrastiveObjective(
      classCounts: counts, featureDimension: dimension, temperature: 0.3)
    let simplex = try #require(
      ContrastiveFeatures(classCounts: counts, temperature: 0.3).simplexLoss)
    for seed in 1...24 {
      #expect(abs(try minimum(objective, seed: UInt64(seed)).value - simplex) < 1e-9)
    }
  }

  @Test(arguments: [(8, 4), (20, 2), (40, 2)])
  func threeDimensionsAreEnoughForTwoSizes(larger: Int, smaller: Int) throws {
    let objective = try ContrastiveObjective(
      classCounts: [larger, larger, smaller, smaller], featureDimension: 3, temperature: 0.5)
    let groups = ContrastiveFeatures.groups(
      size: 2, larger: larger, smaller: smaller, temperature: 0.5)
    for seed in 1...12 {
      #expect(abs(try minimum(objective, seed: UInt64(seed)).value - groups.loss) < 1e-9)
    }
  }

  struct Scheme: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let batches: [[Int]]
    /// max |G − G*| over products of two features, as was found independently.
    let free: ClosedRange<Double>
    let notNegative: ClosedRange<Double>
  }

  private static let classes = (0..<4).map { Array($0 * 6..<$0 * 6 + 6) }
  private static let binding = classes.map { $0[0] }
  private static let pairs = [classes[0] + classes[1], classes[2] + classes[3]]
  private static let halves = [
    classes.flatMap { $0.prefix(3) }, classes.flatMap { $0.suffix(3) },
  ]
  private static func bound(_ batches: [[Int]]) -> [[Int]] {
    batches.map { batch in batch + binding.filter { !batch.contains($0) } }
  }

  static let schemes = [
    Scheme(
      testDescription: "full", batches: [classes.flatMap(\.self)], free: 0...1e-6,
      notNegative: 0...1e-12),
    // The bound of the batches has many minimizers: which is found is the start's.
    Scheme(
      testDescription: "two classes", batches: pairs, free: 0.6...1, notNegative: 0.4...0.9),
    Scheme(testDescription: "halves", batches: halves, free: 0.1...2, notNegative: 0.1...1),
    Scheme(
      testDescription: "two classes and binding", batches: bound(pairs), free: 0.5...0.6,
      notNegative: 0...1e-12),
    Scheme(
      testDescription: "halves and binding", batches: bound(halves), free: 0...1e-6,
      notNegative: 0...1e-12),
  ]

  @Test(arguments: schemes, [false, true])
  func fixedBatches(_ scheme: Scheme, isNonNegative: Bool) throws {
    let objective = try ContrastiveObjective(
      classCounts: [6, 6, 6, 6], featureDimension: 8, temperature: 0.5,
      isNonNegative: isNonNegative, batches: scheme.batches)
    let best = try #require(try (1...4).map { try minimum(objective, seed: $0) }.best)
    let directions = objective.directions(of: best.point).directions
    let between = isNonNegative ? 0 : -1.0 / 3
    let gram = try directions.timesTransposed(directions)
    var distance = 0.0
    for first in 0..<24 {
      for second in 0..<24 {
        let ideal = first / 6 == second / 6 ? 1 : between
        distance = max(distance, abs(gram[first, second] - ideal))
      }
    }
    let expected = isNonNegative ? scheme.notNegative : scheme.free
    #expect(expected.contains(distance), "\(distance)")
    let variability = FrameGeometry(directions, classCounts: [6, 6, 6, 6]).variability
    if scheme.testDescription == "halves" { #expect(variability > 0.2) }
    if scheme.testDescription == "two classes" { #expect(variability < 1e-9) }
    guard scheme.testDescription == "two classes and binding", !isNonNegative else { return }
    // Without a ReLU binding is not enough: cosines of class means are this far from a simplex's.
    let means = FrameGeometry(directions, classCounts: [6, 6, 6, 6])
    #expect(abs(means.cosineDistance(from: between) - 0.55) <= 0.005)
  }
}
