import CollapseCore
import Networks
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

  /// A block is of fewer samples where 256 would leave the caches, and of fewer still where 16 would take more
  /// than a gigabyte: by the shapes, whatever the machine has.
  @Test(arguments: [(16, 256), (64, 16), (256, 16), (512, 8)]) func blocksOfLargeNetworksAreSmall(
    side: Int, expected: Int
  ) throws {
    let images = LabeledImages(
      sampleShape: [1, side, side], pixels: [UInt8](repeating: 7, count: 2 * side * side),
      labels: [0, 1], classNames: ["a", "b"])
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.threads) = (1, 1, 1)
    options.algorithms = .exact
    let checkpoint = try Trainer(
      network: NetworkDescription(
        kind: "custom",
        layers: [
          LayerDescription("wide", Convolution(outputs: 64, window: Window(1))),
          LayerDescription("mean", GlobalAveragePooling()),
          LayerDescription("classifier", Dense(outputs: 2)),
        ]), options: options, training: images, normalization: .centred(channels: 1)
    ).checkpoint()
    let extractor = try FeatureExtractor(checkpoint, threads: 1)
    #expect(extractor.batchSize == expected)
    #expect(extractor.memoryByteCount < 2 << 30)
    var rows = 0
    try extractor.extract(images) { rows += $0.range.count }
    #expect(rows == 2)
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

  /// Layers that give maps are pooled to a mean per channel, unless every pixel is asked for; layers
  /// that give vectors stay.
  @Test func pooling() throws {
    var options = TrainingOptions()
    options.epochs = 1
    let samples = ToySamples.quadrants(count: 20, channels: 2)
    let checkpoint = try Trainer(
      network: NetworkDescription(kind: "convnet", widths: [16, 12]), options: options,
      training: samples
    ).run().checkpoint
    let extractor = try FeatureExtractor(checkpoint)
    let names = ["features.2", "features.6", "avgpool"]
    func rows(_ pooling: FeaturePooling) throws -> [(columnCount: Int, rows: [Float])] {
      var all: [(Int, [Float])] = []
      try extractor.extract(samples, layers: names, pooling: pooling) { block in
        all = block.layers.map { ($0.columnCount, $0.rows) }
      }
      return all
    }
    let (pooled, whole) = (try rows(.mean), try rows(.none))
    #expect(pooled.map(\.columnCount) == [16, 12, 12])
    #expect(whole.map(\.columnCount) == [16 * 64, 12 * 16, 12])
    var standard: [[Float]] = []
    try extractor.extract(samples, layers: names) { standard = $0.layers.map(\.rows) }
    #expect(standard == pooled.map(\.rows))
    #expect(pooled[2].rows == whole[2].rows)
    for (layer, plane) in [(0, 64), (1, 16)] {
      let means = stride(from: 0, to: whole[layer].rows.count, by: plane).map { start in
        whole[layer].rows[start..<start + plane].reduce(0.0) { $0 + Double($1) } / Double(plane)
      }
      #expect(zip(pooled[layer].rows, means).allSatisfy { abs(Double($0) - $1) < 1e-6 })
    }
  }

  /// A field that its network does not read was let stand once: such checkpoints are read for ever,
  /// and only new trainings are refused.
  @Test func fieldsThatWereIgnored() throws {
    var network = NetworkDescription(
      kind: "custom",
      layers: [
        LayerDescription("flat", Flatten()), LayerDescription("hidden", Dense(outputs: 6)),
        LayerDescription("classifier", Dense(outputs: 4)),
      ])
    let checkpoint = try Trainer(
      network: network, options: TrainingOptions(), training: Self.samples
    ).checkpoint()
    guard case .string(let text)? = checkpoint.attributes["network"] else {
      Issue.record("no network in the checkpoint")
      return
    }
    var old = checkpoint
    old.attributes["network"] = .string(
      text.replacing(#""batchNormalization":"all""#, with: #""batchNormalization":"none""#))
    #expect(old != checkpoint)
    #expect(try FeatureExtractor(old).featureLayer == "hidden")
    #expect(try Trainer(resuming: old, training: Self.samples).epoch == 0)
    network.batchNormalization = .none
    #expect(throws: NetworkError.self) {
      try Trainer(network: network, options: TrainingOptions(), training: Self.samples)
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
