import CollapseCore
import Testing
import Training

@Suite struct FeatureExtractorTests {
  static let samples = ToySamples.quadrants(count: 50)

  static func checkpoint() throws -> NamedTensors {
    var options = TrainingOptions()
    options.epochs = 2
    options.batchSize = 16
    return try Trainer(
      network: NetworkDescription(
        kind: "mlp", widths: [20, 12], lastLayerBatchNormalization: .withoutShift),
      options: options, training: samples, normalization: .centred(channels: 1)
    ).run().checkpoint
  }

  /// The classifier applied to the extracted features gives the extracted logits, and these the
  /// accuracy the trainer measured.
  @Test(arguments: [7, 50, 64]) func featuresExplainLogits(_ batchSize: Int) throws {
    let checkpoint = try Self.checkpoint()
    let extractor = try FeatureExtractor(checkpoint)
    #expect(extractor.featureLayer == "normalization")
    let classifier = try extractor.classifier()
    var next = 0
    var correct = 0
    try extractor.extract(Self.samples, batchSize: batchSize) { block in
      #expect(block.range.lowerBound == next)
      next = block.range.upperBound
      let features = block.layers[0]
      #expect(features.name == "normalization" && features.columnCount == 12)
      for (row, index) in block.range.enumerated() {
        let h = features.rows[row * 12..<(row + 1) * 12].map(Double.init)
        let z = (0..<4).map { c in
          zip(classifier.weights.row(c), h).reduce(classifier.bias![c]) { $0 + $1.0 * $1.1 }
        }
        let logits = Array(block.logits[row * 4..<(row + 1) * 4])
        expectClose(logits, z, "logits of sample \(index)")
        if z.firstIndex(of: z.max()!)! == Int(Self.samples.labels[index]) { correct += 1 }
      }
    }
    #expect(next == 50)
    let metrics = try CheckpointHeader(checkpoint).metrics
    #expect(Double(correct) / 50 == metrics?.trainAccuracy)
  }

  /// Asking for a layer inside a fused pair gives what that layer says, before the ReLU.
  @Test func layersInsideFusedOnes() throws {
    let extractor = try FeatureExtractor(Self.checkpoint())
    #expect(
      extractor.layers.map(\.name) == [
        "flatten", "features.0", "features.1", "features.2", "features.3", "features.4",
        "features.5", "normalization", "classifier",
      ])
    try extractor.extract(Self.samples, layers: ["features.1", "features.2", "flatten"]) { block in
      let (before, after) = (block.layers[0].rows, block.layers[1].rows)
      #expect(before.contains { $0 < 0 })
      #expect(after == before.map { max($0, 0) })
      #expect(block.layers[2].columnCount == 64)
      #expect(block.layers[2].rows[0] == Float(Self.samples.pixels[0]) / 127.5 - 1)
    }
  }

  @Test func unknownLayer() throws {
    let extractor = try FeatureExtractor(Self.checkpoint())
    let error = #expect(throws: TrainingError.self) {
      try extractor.extract(Self.samples, layers: ["features.8"]) { _ in }
    }
    #expect(
      error?.description
        == "cannot extract features: the network has no layer 'features.8'; there are flatten, "
        + "features.0, features.1, features.2, features.3, features.4, features.5, "
        + "normalization, classifier")
  }

  @Test func otherShape() throws {
    let extractor = try FeatureExtractor(Self.checkpoint())
    let error = #expect(throws: TrainingError.self) {
      try extractor.extract(ToySamples.quadrants(count: 4, size: 6)) { _ in }
    }
    #expect(
      error?.description
        == "cannot extract features: the network takes samples of shape 1×8×8, found 1×6×6")
  }
}
