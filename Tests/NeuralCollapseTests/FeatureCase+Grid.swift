import CollapseCore
import LibC

func cosine(_ x: Double) -> Double { cos(x) }
func sine(_ x: Double) -> Double { sin(x) }

extension FeatureCase {
  /// The cases the analyzer is compared on with the reference.
  static let grid: [FeatureCase] =
    sizes + offsets + hierarchies + frames + [
      longTail, absentClasses, constantFeatures, oneSamplePerClass, moreClassesThanRows, float32,
      tinyClasses,
    ]

  /// N, d and C from the least to some hundreds, C > d and d > N among them.
  private static let sizes: [FeatureCase] = [
    (2, 1, 2), (5, 1, 3), (6, 3, 2), (40, 2, 7), (40, 7, 2), (64, 64, 4), (65, 8, 3),
    (100, 33, 10), (129, 17, 5), (300, 20, 30), (257, 128, 10), (30, 200, 3), (2500, 12, 10),
    // More classes than tables of C² serve, more and fewer than features.
    (900, 20, 300), (600, 310, 280),
  ].map { n, d, c in
    gaussian(
      "N=\(n) d=\(d) C=\(c)", counts: (0..<c).map { n / c + ($0 < n % c ? 1 : 0) },
      means: randomMeans(c, d, seed: UInt64(n * 1000 + d)), spread: 0.7, bias: n.isMultiple(of: 2),
      seed: UInt64(n * 100 + c))
  }

  /// ‖μ_G‖ about 30, class means of spread about 1, ever closer to collapse: `nc1_pinv` from 1e−6
  /// to 1e−14.
  private static let offsets: [FeatureCase] = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7].map { spread in
    gaussian(
      "offset 30, spread \(spread)", counts: [40, 31, 22, 50],
      means: randomMeans(4, 9, offset: 10, seed: 77), spread: spread, seed: 5)
  }

  /// Two super-classes far apart, their halves near each other: an eigenvalue ratio of 4e−6.
  private static let hierarchies: [FeatureCase] = [1e-2, 2e-3].map { ratio in
    let means = [[1, ratio, 0, 0], [1, -ratio, 0, 0], [-1, 0, ratio, 0], [-1, 0, -ratio, 0]]
    return gaussian(
      "hierarchy of ratio \(ratio)", counts: [50, 50, 50, 50],
      means: means.map { $0.map { Double($0) } }, spread: 1e-3, seed: 9)
  }

  private static let frames: [FeatureCase] = [
    gaussian(
      "simplex, within spread 1e-7", counts: [20, 20, 20, 20, 20], means: simplex(5), spread: 1e-7,
      seed: 3),
    FeatureCase(
      name: "exact simplex", dimension: 4, features: (0..<24).flatMap { simplex(4)[$0 % 4] },
      labels: (0..<24).map { Int64($0 % 4) },
      classifier: LinearClassifier(
        weights: Matrix(rows: 4, columns: 4, elements: simplex(4, scale: 3).flatMap { $0 }),
        bias: nil)),
    gaussian(
      "orthogonal frame", counts: [10, 10, 10],
      means: (0..<3).map { k in (0..<5).map { $0 == k ? 2 : 0 } }, spread: 1e-2, seed: 4),
    planarDecagon,
  ]

  /// Ten classes on a circle: equinorm and centred, and far from a simplex ETF.
  static let planarDecagon = FeatureCase(
    name: "planar decagon", dimension: 2,
    features: (0..<100).flatMap { index in
      let angle = Double(index % 10) * Double.pi / 5
      let radius = 1 + 0.01 * sin(Double(7 * index))
      return [radius * cos(angle), radius * sin(angle)]
    },
    labels: (0..<100).map { Int64($0 % 10) },
    classifier: LinearClassifier(
      weights: Matrix(
        rows: 10, columns: 2,
        elements: (0..<10).flatMap { [cos(Double($0) * .pi / 5), sin(Double($0) * .pi / 5)] }),
      bias: nil))

  static let longTail = gaussian(
    "long tail", counts: [200, 90, 40, 18, 8, 4, 2, 1], means: randomMeans(8, 10, seed: 12),
    spread: 0.4, seed: 12)

  /// W has rows for classes without samples.
  static let absentClasses: FeatureCase = {
    var all = gaussian(
      "absent classes", counts: [12, 12, 12, 12, 12], means: randomMeans(5, 6, seed: 21),
      spread: 0.5, seed: 21)
    all = all.selecting(all.labels.indices.filter { ![1, 4].contains(all.labels[$0]) })
    return all
  }()

  /// Features that never vary, zero or not.
  static let constantFeatures: FeatureCase = {
    var result = gaussian(
      "constant features", counts: [15, 20, 25], means: randomMeans(3, 7, seed: 31), spread: 0.3,
      seed: 31)
    for row in 0..<result.sampleCount {
      result.features[row * 7 + 2] = 0.1
      result.features[row * 7 + 5] = 0
    }
    return result
  }()

  static let oneSamplePerClass = gaussian(
    "one sample per class", counts: [1, 1, 1, 1, 1], means: randomMeans(5, 8, seed: 41),
    spread: 0.5, seed: 41)

  private static let moreClassesThanRows = gaussian(
    "C > d + 1", counts: Array(repeating: 6, count: 12), means: randomMeans(12, 4, seed: 51),
    spread: 0.2, seed: 51)

  /// Values that float32 holds exactly, as a float32 file has them.
  private static let float32: FeatureCase = {
    var result = gaussian(
      "float32 values", counts: [60, 60, 60], means: randomMeans(3, 16, offset: 5, seed: 61),
      spread: 1e-3, seed: 61)
    result.features = result.features.map { Double(Float($0)) }
    return result
  }()

  private static let tinyClasses = gaussian(
    "scale 1e-6", counts: [9, 9, 9],
    means: randomMeans(3, 5, seed: 71).map { $0.map { $0 * 1e-6 } },
    spread: 1e-7, seed: 71)
}
