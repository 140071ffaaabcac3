import LibC
import Predictions
import Testing

/// Closed forms of how alike features are.
@Suite struct CondensationTests {
  private static let behindRectifiers = [
    (1, "0.3183"), (2, "0.4937"), (3, "0.6048"), (4, "0.6810"), (12, "0.8971"),
  ]

  static let goldens =
    behindRectifiers.map { depth, printed in
      Golden("cosine behind \(depth) rectified layers", printed) {
        CondensedFeatures.behindRectifiers(cosine: 0, depth: depth).last
      }
    } + [
      Golden("distance behind 2000 times l²", "43.7") {
        // 44.4 to leading order.
        let last = CondensedFeatures.behindRectifiers(cosine: 0, depth: 2000).last
        return last.map { (1 - $0) * 2000 * 2000 }
      },
      Golden("the same to leading order", "44.4") {
        CondensedFeatures.distanceBehindManyRectifiers(depth: 2000) * 2000 * 2000
      },
      Golden("behind a normalization and a ReLU", "0.31831") {
        CondensedFeatures.behindNormalizedRectifier
      },
    ]

  @Test(arguments: goldens) func isAsPrinted(_ golden: Golden) { golden.check() }

  /// The cosine of −1 becomes 0, that of 1 stays, and every other grows.
  @Test func rectifiersMakeSamplesMoreAlike() {
    #expect(abs(CondensedFeatures.behindRectifier(cosine: -1)) < 1e-15)
    #expect(CondensedFeatures.behindRectifier(cosine: 1) == 1)
    for step in -9...9 {
      let cosine = Double(step) / 10
      #expect(CondensedFeatures.behindRectifier(cosine: cosine) > cosine)
    }
  }

  /// 1 − c approaches its asymptote from below, until rounding shows.
  @Test(arguments: [(100, 0.8), (2000, 0.98)])
  func manyLayers(_ depth: Int, _ least: Double) throws {
    let last = try #require(CondensedFeatures.behindRectifiers(cosine: 0, depth: depth).last)
    let share = (1 - last) / CondensedFeatures.distanceBehindManyRectifiers(depth: depth)
    #expect(share > least && share < 1)
  }

  /// One sample for each class: orthogonal ones have no cosine, corners of a simplex −1/(C − 1).
  @Test(arguments: [2, 3, 10]) func withoutSelfPairs(_ count: Int) {
    let orthogonal = CondensedFeatures.orthogonalCollapse(classCount: count)
    #expect(abs(CondensedFeatures.withoutSelfPairs(orthogonal, sampleCount: count)) < 1e-15)
    #expect(
      abs(
        CondensedFeatures.withoutSelfPairs(0, sampleCount: count)
          - CondensedFeatures.behindNormalization(sampleCount: count)) < 1e-15)
    #expect(CondensedFeatures.withoutSelfPairs(1, sampleCount: count) == 1)
  }
}
