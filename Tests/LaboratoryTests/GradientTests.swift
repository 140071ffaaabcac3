import CollapseCore
import Laboratory
import Testing

/// Every objective's gradient against central differences of its values.
@Suite struct GradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let chain: FeatureChain
  }

  private static func chain(
    _ widths: [Int], _ activation: FeatureChain.Activation, _ loss: FeatureChain.Loss,
    nonNegative: Bool = false, bias: Double? = nil
  ) -> FeatureChain {
    FeatureChain(
      classCounts: [3, 2, 4], widths: widths, activation: activation, loss: loss,
      featuresAreNonNegative: nonNegative, featureDecay: 0.02,
      weightDecays: widths.indices.map { 0.01 * Double($0 + 1) }, biasDecay: bias)
  }

  static let cases: [Case] = [
    Case(testDescription: "one layer", chain: chain([5], .identity, .squaredError)),
    Case(testDescription: "a bias", chain: chain([5], .identity, .squaredError, bias: 0.03)),
    Case(
      testDescription: "cross-entropy", chain: chain([4], .identity, .crossEntropy, bias: 0)),
    Case(
      testDescription: "features not negative",
      chain: chain([4], .identity, .crossEntropy, nonNegative: true)),
    Case(testDescription: "linear, deep", chain: chain([4, 6, 5], .identity, .squaredError)),
    Case(testDescription: "ReLU, deep", chain: chain([6, 7, 5], .relu, .crossEntropy, bias: 0.1)),
  ]

  private func check(_ function: some SmoothFunction, at point: [Double]) {
    var gradient = [Double](repeating: 0, count: point.count)
    var other = gradient
    _ = function.value(at: point, gradient: &gradient)
    for index in point.indices {
      let step = 1e-5
      var moved = point
      moved[index] += step
      let above = function.value(at: moved, gradient: &other)
      moved[index] -= 2 * step
      let below = function.value(at: moved, gradient: &other)
      let difference = (above - below) / (2 * step)
      #expect(abs(difference - gradient[index]) < 1e-8 * max(1, abs(difference)), "\(index)")
    }
  }

  @Test(arguments: cases)
  func ofChains(_ item: Case) throws {
    let objective = try ChainObjective(item.chain)
    var point = item.chain.start(seed: 3, penalty: 0.2)
    // Biases start at zero, where nothing would be seen of them.
    for index in point.indices where point[index] == 0 { point[index] = 0.1 + Double(index % 3) }
    check(objective, at: point)
  }

  @Test(arguments: [false, true])
  func ofContrastive(isNonNegative: Bool) throws {
    let whole = try ContrastiveObjective(
      classCounts: [3, 2, 1], featureDimension: 4, temperature: 0.4, isNonNegative: isNonNegative)
    check(whole, at: whole.start(seed: 5))
    let batched = try ContrastiveObjective(
      classCounts: [3, 3], featureDimension: 3, temperature: 0.7, isNonNegative: isNonNegative,
      batches: [[0, 1, 3, 4], [2, 5, 0]])
    check(batched, at: batched.start(seed: 6))
  }
}
