import CollapseCore
import NeuralCollapse
import Testing

/// A small set of features with what it is meant to show.
struct FeatureCase: Sendable, CustomTestStringConvertible {
  var name: String
  var dimension: Int
  /// N × dimension.
  var features: [Double]
  var labels: [Int64]
  var classifier: LinearClassifier?
  var outOfDistributionMean: [Double]?
  var weightDecay: Double?

  var testDescription: String { name }
  var sampleCount: Int { labels.count }
  var rows: InMemoryRows { InMemoryRows(features, columnCount: dimension) }

  func row(_ index: Int) -> ArraySlice<Double> {
    features[index * dimension..<(index + 1) * dimension]
  }

  func report(_ change: (inout AnalysisOptions) -> Void = { _ in }) throws -> CollapseReport {
    var options = AnalysisOptions()
    options.threads = 2
    options.spectrum = true
    options.classSpectra = true
    (options.fewShotCount, options.elasticityRows) = (2, 3)
    options.outOfDistributionMean = outOfDistributionMean
    options.weightDecay = weightDecay
    change(&options)
    return try CollapseAnalyzer(options: options).analyze(
      features: rows, labels: InMemoryLabels(labels), classifier: classifier)
  }

  /// The rows in another order, possibly repeated or in part.
  func selecting(_ indices: [Int]) -> FeatureCase {
    var copy = self
    copy.features = indices.flatMap { row($0) }
    copy.labels = indices.map { labels[$0] }
    return copy
  }

  func mappingFeatures(_ transform: (Double) -> Double) -> FeatureCase {
    var copy = self
    copy.features = features.map(transform)
    return copy
  }
}

extension FeatureCase {
  /// The deterministic case of the reference, 24 imbalanced samples of 4 classes.
  static let golden: FeatureCase = {
    let counts = [9, 7, 5, 3]
    let labels = counts.enumerated().flatMap {
      Array(repeating: Int64($0.offset), count: $0.element)
    }
    let base = (0..<4).map { k in
      (0..<6).map { j in cosine(1.3 * Double((k + 1) * (j + 1))) }
    }
    var features: [Double] = []
    for (i, label) in labels.enumerated() {
      for j in 0..<6 {
        let noise: Double = sine(0.7 * Double((i + 1) * (j + 1)))
        features.append(2 * base[Int(label)][j] + 1.5 + 0.25 * noise)
      }
    }
    return FeatureCase(
      name: "golden", dimension: 6, features: features, labels: labels,
      classifier: LinearClassifier(
        weights: Matrix(rows: 4, columns: 6, elements: base.flatMap { $0 }), bias: [6, -4, 7, 0]))
  }()

  /// Classes of Gaussian features.
  ///
  /// - Parameters:
  ///   - means: one per class.
  ///   - spread: standard deviation of the noise in each feature.
  ///   - classifier: whether to add W, near the centred means, and b.
  static func gaussian(
    _ name: String, counts: [Int], means: [[Double]], spread: Double, classifier: Bool = true,
    bias: Bool = true, seed: UInt64
  ) -> FeatureCase {
    var generator = SeededGenerator(seed: seed)
    let dimension = means[0].count
    let labels = counts.enumerated().flatMap {
      Array(repeating: Int64($0.offset), count: $0.element)
    }
    let order = generator.permutation(labels.count)
    let shuffled = order.map { labels[$0] }
    let features = shuffled.flatMap { label in
      means[Int(label)].map { $0 + spread * generator.normal() }
    }
    let weights = means.flatMap { $0.map { 0.5 * ($0 - means[0][0]) + 0.3 * generator.normal() } }
    return FeatureCase(
      name: name, dimension: dimension, features: features, labels: shuffled,
      classifier: classifier
        ? LinearClassifier(
          weights: Matrix(rows: counts.count, columns: dimension, elements: weights),
          bias: bias ? counts.map { _ in generator.normal() } : nil) : nil)
  }

  /// Random class means of spread 1 about `offset` in every feature.
  static func randomMeans(
    _ classes: Int, _ dimension: Int, offset: Double = 0, seed: UInt64
  ) -> [[Double]] {
    var generator = SeededGenerator(seed: seed, stream: "means")
    return (0..<classes).map { _ in (0..<dimension).map { _ in offset + generator.normal() } }
  }

  /// The C vectors of a simplex equiangular tight frame in C dimensions.
  static func simplex(_ classes: Int, scale: Double = 1) -> [[Double]] {
    (0..<classes).map { k in
      (0..<classes).map { j in scale * ((j == k ? 1 : 0) - 1 / Double(classes)) }
    }
  }
}
