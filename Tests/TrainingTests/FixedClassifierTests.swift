import CollapseCore
import Networks
import Testing
import Training

/// A classifier that is a simplex and stays one.
@Suite struct FixedClassifierTests {
  @Test(arguments: [(2, 1), (4, 3), (5, 9), (10, 32)])
  func rowsAreASimplex(classes: Int, dimension: Int) {
    let frames = [
      FixedFrame(length: 1.5), FixedFrame(length: 1.5, rotation: 3),
      FixedFrame(length: 1.5, rotation: 3, permutation: 5),
    ]
    let matrices = frames.map { $0.rows(classes: classes, dimension: dimension) }
    for rows in matrices {
      for a in 0..<classes {
        for b in 0..<classes {
          let product = (0..<dimension).reduce(0) {
            $0 + rows[a * dimension + $1] * rows[b * dimension + $1]
          }
          let expected = 2.25 * (a == b ? 1 : -1 / Double(classes - 1))
          #expect(abs(product - expected) < 1e-12, "\(a), \(b)")
        }
      }
    }
    // A permutation gives the same rows in another order.
    func sorted(_ rows: [Double]) -> [[Double]] {
      (0..<classes).map { Array(rows[$0 * dimension..<($0 + 1) * dimension]) }
        .sorted { $0.lexicographicallyPrecedes($1) }
    }
    #expect(sorted(matrices[1]) == sorted(matrices[2]))
    if dimension > 1 { #expect(matrices[0] != matrices[1]) }
  }

  @Test func trainingLeavesItAlone() throws {
    let samples = ToySamples.clusters(count: 24)
    let frame = FixedFrame(length: 1.5, rotation: 7)
    func weights(_ decay: Double, clipping: Double?) throws -> (
      first: [Float], fixed: [Float], bias: [Float], penalty: Double
    ) {
      var options = TrainingOptions()
      options.epochs = 3
      options.batchSize = 8
      options.seed = 1
      options.threads = 2
      options.weightDecay = WeightDecay(coefficient: decay)
      options.gradientClipping = clipping
      var last: EpochMetrics?
      let end = try Trainer(
        network: NetworkDescription(
          kind: "mlp", widths: [10], batchNormalization: .none, classifierFrame: frame),
        options: options, training: samples
      ).run { event in
        if case .epochFinished(let metrics) = event { last = metrics }
      }.checkpoint
      func values(_ name: String) throws -> [Float] {
        try #require(end["parameters/\(name)"]).values
      }
      let metrics = try #require(last)
      return (
        try values("features.0/weight"), try values("classifier/weight"),
        try values("classifier/bias"),
        try #require(metrics.regularizedLoss) - (try #require(metrics.trainLoss))
      )
    }
    let kept = frame.rows(classes: samples.classCount, dimension: 10).map { Float($0) }
    let (plain, decayed) = (try weights(0, clipping: nil), try weights(0.1, clipping: nil))
    #expect(plain.fixed == kept && decayed.fixed == kept)
    #expect(plain.first != decayed.first)
    // What is not trained has no part in the penalty, …
    #expect(plain.penalty == 0)
    #expect(decayed.penalty < 0.05 * 1.5 * 1.5 * Double(samples.classCount) + 0.5)
    // … nor in the gradient that is clipped: its own is of no length.
    let clipped = try weights(0, clipping: 1e-3)
    #expect(clipped.fixed == kept && clipped.first != plain.first)
  }

  @Test func fewerInputsThanASimplexNeedsAreRefused() {
    let network = NetworkDescription(kind: "mlp", widths: [3], classifierFrame: FixedFrame())
    #expect(throws: NetworkError.self) { try network.architecture(input: [4], classes: 5) }
    #expect(throws: Never.self) { try network.architecture(input: [4], classes: 4) }
  }

  /// The permuted frame with permuted labels is the same training but for the order of sums.
  @Test func permutedRowsArePermutedClasses() throws {
    let samples = ToySamples.clusters(count: 24)
    let classes = samples.classCount
    let (plain, permuted) = (FixedFrame(rotation: 2), FixedFrame(rotation: 2, permutation: 9))
    let (rows, others) = (
      plain.rows(classes: classes, dimension: 10), permuted.rows(classes: classes, dimension: 10)
    )
    func row(_ label: Int, of rows: [Double]) -> [Double] {
      Array(rows[label * 10..<(label + 1) * 10])
    }
    // Of each class in the plain frame its place in the permuted one.
    var places: [Int] = []
    for label in 0..<classes {
      let own = row(label, of: rows)
      places.append(try #require((0..<classes).first { row($0, of: others) == own }))
    }
    func features(_ frame: FixedFrame, _ samples: some LabeledSamples) throws -> [Float] {
      var options = TrainingOptions()
      options.epochs = 5
      options.batchSize = 24
      options.seed = 1
      options.threads = 1
      let end = try Trainer(
        network: NetworkDescription(
          kind: "mlp", widths: [10], batchNormalization: .none, classifierBias: false,
          classifierFrame: frame),
        options: options, training: samples
      ).run().checkpoint
      return try #require(end["parameters/features.0/weight"]).values
    }
    let relabeled = samples.relabeled(
      samples.labels.map { Int32(places[Int($0)]) }, classNames: samples.classNames)
    let (a, b) = (try features(plain, samples), try features(permuted, relabeled))
    let largest = zip(a, b).map { abs($0 - $1) }.max() ?? 0
    #expect(largest < 1e-5)
  }
}
