import CollapseCore
import Laboratory
import Predictions
import Testing

/// Shallow networks on given samples, and the linear programme that decides about them.
@Suite struct ShallowTests {
  static let hasSolver: Bool = {
    do {
      _ = try LinearFeasibility.solverVersion()
      return true
    } catch { return false }
  }()

  private static func labels(_ classCount: Int, _ perClass: Int) -> [Int] {
    (0..<classCount).flatMap { Array(repeating: $0, count: perClass) }
  }

  @Test(arguments: [[5], [6, 4]], FeatureChain.Loss.allCases)
  func gradientIsThatOfTheValue(widths: [Int], loss: FeatureChain.Loss) throws {
    let samples = GaussianClasses.samples(
      classCount: 3, perClass: 4, dimension: 5, signal: 2, seed: 1, stream: "test")
    let network = try ShallowNetwork(
      samples: samples, labels: Self.labels(3, 4), widths: widths, loss: loss, weightDecay: 0.02,
      featureDecay: 0.03)
    let point = network.start(seed: 2)
    var gradient = [Double](repeating: 0, count: point.count)
    var other = gradient
    _ = network.value(at: point, gradient: &gradient)
    for index in point.indices {
      var moved = point
      moved[index] += 1e-6
      let above = network.value(at: moved, gradient: &other)
      moved[index] -= 2e-6
      let below = network.value(at: moved, gradient: &other)
      #expect(abs((above - below) / 2e-6 - gradient[index]) < 1e-8, "\(index)")
    }
  }

  /// Class means are a simplex of the stated norm: told by many samples.
  @Test func classMeansAreASimplex() {
    let (classCount, perClass, dimension, signal) = (3, 4000, 5, 4.0)
    let samples = GaussianClasses.samples(
      classCount: classCount, perClass: perClass, dimension: dimension, signal: signal, seed: 7,
      stream: "test")
    let geometry = FrameGeometry(
      samples, classCounts: Array(repeating: perClass, count: classCount))
    let scale = Double(dimension).squareRoot()
    for norm in geometry.norms { #expect(abs(norm * scale - signal) < 0.1) }
    #expect(geometry.cosineDistance(from: -0.5) < 0.02)
  }

  struct Separation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let rows: [[Double]]
    let labels: [Int]
    let isFeasible: Bool
  }

  static let separations = [
    Separation(
      testDescription: "opposite on a line", rows: [[1], [-1]], labels: [0, 1], isFeasible: true),
    Separation(
      testDescription: "two values for one class on a line", rows: [[1], [2], [-1]],
      labels: [0, 0, 1], isFeasible: false),
    Separation(
      testDescription: "the same with a dimension more", rows: [[1, 0], [2, 1], [-1, 0]],
      labels: [0, 0, 1], isFeasible: true),
    Separation(
      testDescription: "one sample of two classes", rows: [[1, 1], [1, 1]], labels: [0, 1],
      isFeasible: false),
    Separation(
      testDescription: "more dimensions than samples", rows: [[1, 2, 3], [3, 1, 2]],
      labels: [0, 1], isFeasible: true),
  ]

  @Test(.enabled(if: hasSolver, "needs Clp"), arguments: separations)
  func whatCanBeTold(_ item: Separation) throws {
    let samples = Matrix(
      rows: item.rows.count, columns: item.rows[0].count, elements: item.rows.flatMap(\.self))
    #expect(
      try LinearFeasibility.separatesEveryClass(samples, labels: item.labels) == item.isFeasible)
  }

  /// Where half the draws separate, as measured independently with another solver and other draws.
  @Test(
    .enabled(if: hasSolver, "needs Clp"),
    arguments: [
      (2, 20, 0, 31), (2, 20, 1, 28), (2, 20, 2, 26), (2, 20, 4, 23), (2, 20, 8, 22),
      (2, 20, 16, 21), (3, 12, 0, 26), (3, 12, 2, 22), (3, 12, 4, 18), (3, 12, 8, 16),
    ])
  func halfTheDrawsSeparate(classCount: Int, perClass: Int, signal: Int, dimension: Int) throws {
    func share(_ dimension: Int) throws -> Double {
      let count = try (1...40).count { draw in
        try LinearFeasibility.separatesEveryClass(
          GaussianClasses.samples(
            classCount: classCount, perClass: perClass, dimension: dimension,
            signal: Double(signal), seed: UInt64(draw), stream: "separation"),
          labels: Self.labels(classCount, perClass))
      }
      return Double(count) / 40
    }
    // The least dimension with half of them, ±1.5 by chance.
    #expect(try share(dimension - 2) < 0.5)
    #expect(try share(dimension + 2) > 0.5)
  }

  private func gap(
    _ loss: FeatureChain.Loss, dimension: Int, signal: Double, seed: UInt64, widths: [Int]
  ) throws -> (gap: Double, nc1: Double, separates: Bool) {
    let (classCount, perClass, decay) = (3, 12, 2e-3)
    let bound =
      loss == .crossEntropy
      ? CrossEntropyFeatures(
        classCount: classCount, perClass: perClass, weightDecay: decay, featureDecay: decay,
        isNonNegative: true
      ).loss
      : SquaredErrorFeatures(
        classCount: classCount, perClass: perClass, weightDecay: decay, featureDecay: decay,
        bias: .none
      ).loss
    let labels = Self.labels(classCount, perClass)
    let samples = GaussianClasses.samples(
      classCount: classCount, perClass: perClass, dimension: dimension, signal: signal,
      seed: seed, stream: "samples")
    let network = try ShallowNetwork(
      samples: samples, labels: labels, widths: widths, loss: loss, weightDecay: decay,
      featureDecay: decay)
    let minimum = try LimitedMemoryBFGS(maximalSteps: 3000)
      .minimize(network, from: network.start(seed: seed))
    let geometry = FrameGeometry(
      network.features(at: minimum.point), classCounts: [perClass, perClass, perClass])
    return (
      minimum.value - bound, geometry.variability,
      try LinearFeasibility.separatesEveryClass(samples, labels: labels)
    )
  }

  @Test func boundOfTheExperiment() {
    let predicted = CrossEntropyFeatures(
      classCount: 3, perClass: 12, weightDecay: 2e-3, featureDecay: 2e-3, isNonNegative: true)
    #expect(abs(predicted.loss - 0.09776552) < 5e-9)
  }

  /// Where the programme has a solution networks reach the bound, and where it has none they stay
  /// above by as much as was measured independently.
  @Test(.enabled(if: hasSolver, "needs Clp"), arguments: FeatureChain.Loss.allCases)
  func networksReachTheBoundWhereSamplesSeparate(loss: FeatureChain.Loss) throws {
    let able = try gap(loss, dimension: 36, signal: 4, seed: 1, widths: [32])
    #expect(able.separates)
    #expect(able.gap > -1e-12 && able.gap < 1e-9)
    #expect(able.nc1 < 2e-5)
    let unable = try gap(loss, dimension: 12, signal: 4, seed: 1, widths: [32])
    #expect(!unable.separates)
    #expect(unable.gap > 2e-4 && unable.gap < 4e-3)
    #expect(unable.nc1 > 1e-3)
  }

  /// A wide first layer makes samples of few dimensions separate.
  @Test(.enabled(if: hasSolver, "needs Clp"))
  func twoHiddenLayersReachTheBoundInFewDimensions() throws {
    let deep = try gap(.crossEntropy, dimension: 6, signal: 3, seed: 1, widths: [48, 64])
    #expect(!deep.separates)
    #expect(deep.gap > -1e-12 && deep.gap < 2e-6)
    #expect(deep.nc1 < 1e-4)
  }
}
