import CollapseCore
import Laboratory
import Predictions
import Testing

/// Where descents from configurations of low rank end, over the loss of collapse, as was found
/// independently.
@Suite struct LowRankDescentTests {
  struct Descent: Sendable {
    var construction: LowRankFeatures.Construction
    var rank: Int
    var depth: Int
    var decay: Double
    var printed: Double
  }

  static let descents = [
    Descent(construction: .stronglyRegularGraph, rank: 5, depth: 4, decay: 0.004, printed: 0.883),
    Descent(construction: .stronglyRegularGraph, rank: 5, depth: 5, decay: 0.004, printed: 0.804),
    Descent(construction: .stronglyRegularGraph, rank: 4, depth: 4, decay: 0.004, printed: 0.944),
    Descent(construction: .stronglyRegularGraph, rank: 5, depth: 3, decay: 0.004, printed: 1.016),
    Descent(construction: .triangles, rank: 5, depth: 4, decay: 0.004, printed: 0.816),
    Descent(construction: .triangles, rank: 5, depth: 5, decay: 0.004, printed: 0.752),
    Descent(construction: .triangles, rank: 5, depth: 3, decay: 0.004, printed: 0.921),
    Descent(construction: .triangles, rank: 6, depth: 3, decay: 0.002, printed: 0.863),
  ]

  @Test(arguments: descents)
  func endsWhereItDid(_ descent: Descent) throws {
    let low = LowRankFeatures(
      descent.construction, rank: descent.rank, depth: descent.depth)
    let chain = FeatureChain(
      classCounts: Array(repeating: 1, count: low.classCount),
      widths: Array(repeating: min(2 * low.classCount, 20), count: descent.depth),
      activation: .relu,
      featureDecay: descent.decay,
      weightDecays: Array(repeating: descent.decay, count: descent.depth))
    let collapse = DeepFeatures(
      depth: descent.depth, decayProduct: chain.weightDecays.reduce(descent.decay, *),
      spread: Double(low.classCount)
    ).loss
    let minimum = try LimitedMemoryBFGS(maximalSteps: 4000, gradientTolerance: 1e-9).minimize(
      ChainObjective(chain),
      from: #require(try chain.lowRankConstruction(descent.construction, rank: descent.rank)))
    #expect(abs(minimum.value / collapse - descent.printed) <= 5e-4, "\(minimum.value / collapse)")
  }
}
