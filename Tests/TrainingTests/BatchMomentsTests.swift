import CollapseCore
import Networks
import Testing
import Training

/// Features as they are in training: batch normalization by the moments of batches.
@Suite struct BatchMomentsTests {
  static let networks: [NetworkDescription] = [
    NetworkDescription(kind: "mlp", widths: [20, 12], lastLayerBatchNormalization: .withoutShift),
    NetworkDescription(kind: "convnet", widths: [16, 5]),
    NetworkDescription(
      kind: "mlp", widths: [20, 12],
      normalizationGate: NormalizationGate(threshold: -2, normalizesBy: .batch)),
  ]

  private func checkpoint(_ network: NetworkDescription) throws -> NamedTensors {
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.seed, options.threads) = (2, 16, 5, 2)
    return try Trainer(
      network: network, options: options,
      training: ToySamples.quadrants(count: 42, channels: 3),
      normalization: .centred(channels: 3)
    ).run().checkpoint
  }

  private func logits(
    _ extractor: FeatureExtractor, _ samples: any LabeledSamples
  ) throws -> [[Float]] {
    var blocks: [[Float]] = []
    try extractor.extract(samples) { blocks.append($0.logits) }
    return blocks
  }

  /// They are those that a step of training computes on the same batch, and leave nothing behind.
  @Test(arguments: networks) func theyAreThoseOfTraining(_ network: NetworkDescription) throws {
    let checkpoint = try checkpoint(network)
    let samples = ToySamples.quadrants(count: 42, channels: 3)
    let extractor = try FeatureExtractor(checkpoint, threads: 2)
    let running = try logits(extractor, samples)
    try extractor.normalizeByBatches()
    #expect(extractor.batchSize == 16)
    let found = try logits(extractor, samples)
    #expect(found.map(\.count) == [64, 64, 40])
    #expect(try logits(extractor, samples) == found)
    #expect(found.flatMap { $0 } != running.flatMap { $0 })

    let header = extractor.header
    let compiled = try CompiledNetwork(
      extractor.architecture, firstBatch: 16, trainable: true, threads: 2, seed: 0,
      policy: .exact)
    try compiled.load(checkpoint)
    let size = samples.sampleShape.elementCount
    for (number, block) in found.enumerated() {
      let range = number * 16..<min(42, (number + 1) * 16)
      var values = [Float](repeating: 0, count: range.count * size)
      values.withUnsafeMutableBufferPointer { samples.copy(range, into: $0) }
      let plane = size / 3
      for index in values.indices {
        let channel = index / plane % 3
        let normalization = try #require(header.normalization)
        values[index] = Float(
          (Double(values[index]) - normalization.means[channel])
            / normalization.standardDeviations[channel])
      }
      let expected = try compiled.logits(values, training: true)
      // Another primitive may sum in another order.
      expectClose(block, expected.map(Double.init), "batch \(number)")
    }
  }

  /// Each channel of each block is centred, and of the deviation that its scale says.
  @Test func everyBlockIsNormalized() throws {
    let extractor = try FeatureExtractor(try checkpoint(Self.networks[0]), threads: 1)
    try extractor.normalizeByBatches(of: 21)
    let scale = try #require(extractor.checkpoint["parameters/normalization/weight"]).values
    try extractor.extract(ToySamples.quadrants(count: 42, channels: 3)) { block in
      #expect(block.range.count == 21)
      for column in 0..<12 {
        let values = (0..<21).map { Double(block.layers[0].rows[$0 * 12 + column]) }
        let mean = values.reduce(0, +) / 21
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 21
        let expected = Double(scale[column] * scale[column])
        // ε = 1e-5 in the denominator, and sums in float32.
        #expect(abs(mean) < 1e-5 && (variance < 1e-12 || abs(variance / expected - 1) < 0.02))
      }
    }
  }

  @Test func theOrderIsAPermutationByTheSeed() throws {
    let extractor = try FeatureExtractor(try checkpoint(Self.networks[0]))
    #expect(extractor.batchOrder(of: 42) == nil)
    try extractor.normalizeByBatches()
    let order = try #require(extractor.batchOrder(of: 42))
    #expect(order.sorted() == Array(0..<42) && order != Array(0..<42))
    #expect(extractor.batchOrder(of: 42) == order)
  }

  @Test func withoutBatchNormalizationThereAreNone() throws {
    let network = NetworkDescription(kind: "mlp", widths: [8], batchNormalization: .none)
    let extractor = try FeatureExtractor(try checkpoint(network))
    let error = #expect(throws: TrainingError.self) { try extractor.normalizeByBatches() }
    #expect(error?.kind == .usage)
    #expect(
      error?.description.contains("no batch normalization, whose moments they would be") == true)
  }
}
