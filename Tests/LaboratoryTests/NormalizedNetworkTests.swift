import CollapseCore
import Laboratory
import LibC
import Predictions
import Testing

/// Perceptrons that normalize batches: derivatives, gates, and how alike samples are.
@Suite struct NormalizedNetworkTests {
  typealias Normalization = NormalizedNetwork.Normalization

  private func normals(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(
      rows: rows, columns: columns,
      elements: (0..<rows * columns).map { _ in generator.normal() })
  }

  /// A network whose running moments have moved from their first values, at a point where γ and β have too.
  private func network(
    _ normalization: Normalization
  ) throws -> (network: NormalizedNetwork, point: [Double]) {
    var network = try NormalizedNetwork(widths: [5, 7, 6, 3], normalization: .batch)
    var generator = SeededGenerator(seed: 3)
    let point = network.start(&generator).map { $0 + 0.1 * generator.normal() }
    network.follow(network.pass(normals(9, 5, seed: 4), at: point, by: .batch))
    var result = try NormalizedNetwork(
      widths: [5, 7, 6, 3], normalization: normalization)
    (result.runningMeans, result.runningVariances) = (
      network.runningMeans, network.runningVariances
    )
    return (result, normalization == .none ? Array(point.prefix(result.parameterCount)) : point)
  }

  /// Central differences of a step of 1e−6: its error of rounding is of the order of 1e−10.
  @Test(arguments: [
    Normalization.none, .batch, .substituting(threshold: -2), .substituting(threshold: 1),
    .skipping(threshold: -2),
  ])
  func gradientIsThatOfTheLoss(_ normalization: Normalization) throws {
    let (network, point) = try network(normalization)
    let inputs = normals(9, 5, seed: 5)
    let labels = [0, 1, 2, 0, 1, 2, 1, 1, 0]
    func loss(_ point: [Double]) -> Double {
      network.gradient(
        of: network.pass(inputs, at: point, by: .training), at: point, labels: labels
      ).loss
    }
    let gradient = network.gradient(
      of: network.pass(inputs, at: point, by: .training), at: point, labels: labels
    ).gradient
    for index in point.indices {
      var (above, below) = (point, point)
      above[index] += 1e-6
      below[index] -= 1e-6
      let expected = (loss(above) - loss(below)) / 2e-6
      #expect(abs(gradient[index] - expected) < 1e-8, "\(index)")
    }
  }

  @Test func aGateThatNeverClosesChangesNoBit() throws {
    let inputs = normals(12, 5, seed: 6)
    let labels = (0..<12).map { $0 % 3 }
    func end(_ normalization: Normalization) throws -> (point: [Double], means: [[Double]]) {
      var (network, point) = try network(normalization)
      for _ in 0..<5 {
        let step = network.step(inputs, labels: labels, rate: 0.1, at: &point)
        #expect(step.gated == [false, false])
      }
      return (point, network.runningMeans)
    }
    let plain = try end(.batch)
    for gated in [Normalization.substituting(threshold: 1), .skipping(threshold: 1)] {
      let other = try end(gated)
      #expect(other.point == plain.point && other.means == plain.means)
    }
  }

  /// With moments that nothing has moved, one that is always closed is an affine map of every sample.
  @Test func aGateThatIsAlwaysClosedIsAffine() throws {
    var network = try NormalizedNetwork(
      widths: [5, 7, 3], normalization: .substituting(threshold: -2))
    var generator = SeededGenerator(seed: 3)
    var point = network.start(&generator)
    let inputs = normals(9, 5, seed: 7)
    let labels = (0..<9).map { $0 % 3 }
    #expect(network.step(inputs, labels: labels, rate: 0.1, at: &point).gated == [true])
    #expect(network.runningMeans == [[0, 0, 0, 0, 0, 0, 0]])
    #expect(network.runningVariances == [[1, 1, 1, 1, 1, 1, 1]])
    let pass = network.pass(inputs, at: point, by: .training)
    // γ and β follow the 35 weights.
    for row in 0..<9 {
      for column in 0..<7 {
        let expected =
          point[35 + column] * pass.hidden[0].entering[7 * row + column] / sqrt(1 + 1e-5)
          + point[42 + column]
        #expect(abs(pass.hidden[0].normalized[7 * row + column] - expected) < 1e-14)
      }
    }
  }

  @Test func skippedBatchesAreNormalizedByTheirOwnMoments() throws {
    let (network, point) = try network(.skipping(threshold: -2))
    let inputs = normals(9, 5, seed: 8)
    let (own, gated) = (
      network.pass(inputs, at: point, by: .batch), network.pass(inputs, at: point, by: .training)
    )
    #expect(own.logits == gated.logits && gated.hidden.allSatisfy(\.isGated))
    var other = network
    other.follow(gated)
    #expect(other.runningMeans == network.runningMeans)
  }

  /// Orthogonal rows, corners of a simplex, equal rows; rows of zeros are left out.
  @Test func condensationOfFrames() {
    let orthogonal: [Double] = [1, 0, 0, 0, 2, 0, 0, 0, 3]
    #expect(abs(Condensation.unbiased(orthogonal, columns: 3)) < 1e-15)
    let simplex: [Double] = [2, -1, -1, -1, 2, -1, -1, -1, 2]
    #expect(abs(Condensation.unbiased(simplex, columns: 3) + 0.5) < 1e-15)
    #expect(Condensation.unbiased([0.1, 0.2, 0.3, 0.6, 0.1, 0.2], columns: 2) <= 1)
    #expect(abs(Condensation.unbiased([3, 4, 0, 0, 6, 8], columns: 2) - 1) < 1e-15)
    #expect(Condensation.unbiased([3, 4, 0, 0], columns: 2).isNaN)
    #expect(Condensation.unbiased([.nan, 4, 1, 2], columns: 2).isNaN)
  }

  /// Where training begins, as predicted of infinite width: within 0.015, and 0.02 without normalization,
  /// which the widths here allow.
  @Test func beginsAsPredicted() throws {
    let inputs = normals(200, 1024, seed: 9)
    for normalization in [Normalization.batch, .none] {
      let network = try NormalizedNetwork(
        widths: [1024, 1024, 1024, 1024, 3], normalization: normalization)
      var generator = SeededGenerator(seed: 10)
      let pass = network.pass(inputs, at: network.start(&generator), by: .batch)
      let predicted = CondensedFeatures.behindRectifiers(cosine: 0, depth: 3)
      for (index, hidden) in pass.hidden.enumerated() {
        let found = Condensation.unbiased(hidden.rectified, columns: 1024)
        if normalization == .batch {
          #expect(abs(found - CondensedFeatures.behindNormalizedRectifier) < 0.015)
          let centred = Condensation.unbiased(hidden.normalized, columns: 1024)
          #expect(
            abs(centred - CondensedFeatures.behindNormalization(sampleCount: 200)) < 0.015)
        } else {
          #expect(abs(found - predicted[index]) < 0.02)
        }
      }
    }
  }
}
