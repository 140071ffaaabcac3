public import CollapseCore
public import Networks

/// Some consecutive samples' features.
public struct FeatureBlock: Sendable {
  /// Which samples, counted in their source's order.
  public let range: Range<Int>
  /// Per layer asked for, in the order asked: its name, and per sample `columnCount` numbers.
  public let layers: [(name: String, columnCount: Int, rows: [Float])]
  /// Per sample one number for each class: the classifier's output.
  public let logits: [Float]

  package init(
    range: Range<Int>, layers: [(name: String, columnCount: Int, rows: [Float])], logits: [Float]
  ) {
    self.range = range
    self.layers = layers
    self.logits = logits
  }
}

/// Runs samples through a trained network in inference mode, in float32, and hands out what
/// its layers say. All it needs is a checkpoint.
public final class FeatureExtractor: FeatureNetwork {
  /// The most samples per block where no number is given.
  public static let mostSamples = 256
  /// Bytes of what layers take and give for a block that caches may keep.
  private static let cachedByteCount = 32 << 20
  /// Fewer samples would leave a network's last layers, of few pixels and many parameters, waiting for the
  /// parameters.
  private static let fewestSamples = 16
  /// Bytes that are too many even so.
  private static let blockByteCount = 1 << 30
  /// Samples per block where no number is given: 256, or the power of two below for which what layers take
  /// and give at a time is no more than 32 MiB, but no fewer than 16 as long as that is no more than
  /// 1 GiB. ResNet-18 at 32² takes 64, ResNet-50 at 224² 16.
  public var batchSize: Int {
    if let batchOfMoments { return batchOfMoments }
    let sample = NetworkMemory(inference: architecture, batch: 1).activationBytes
    var count = Self.mostSamples
    while count > 1 {
      let limit = count > Self.fewestSamples ? Self.cachedByteCount : Self.blockByteCount
      if sample * Double(count) <= Double(limit) { break }
      count /= 2
    }
    return count
  }
  /// What the checkpoint says of itself.
  public let header: CheckpointHeader
  /// The layers whose outputs can be asked for, in order of execution, and their shapes.
  public var layers: [(name: String, shape: Shape)] {
    architecture.layers.map { ($0.name, $0.output) }
  }
  public var blocks: [String] { architecture.blocks.map(\.name) }
  public var inputShape: Shape { header.inputShape }
  public var classNames: [String] { header.classNames }
  /// The layer whose output is the classifier's input.
  public let featureLayer: String
  package let checkpoint: NamedTensors
  /// The affine map that samples go through first.
  package let normalization: ChannelNormalization?
  /// The network, for samples of the shape it was trained on.
  public let architecture: Architecture
  private let threads: Int?
  /// Samples of the batches whose moments batch normalization divides by; absent: by the running ones.
  public private(set) var batchOfMoments: Int?
  /// The network as the last extraction had it compiled, for others that ask for the same.
  private var compiled: (layers: [String], batch: Int, network: CompiledNetwork)?
  /// Where the time of all extractions so far went.
  public private(set) var times = ExtractionTimes()
  /// The checkpoint's arrays, the network that is compiled from them, and what it makes of its
  /// parameters: the same with normalizations in them, and kernels carried to Winograd's points.
  public var memoryByteCount: Int {
    let network = NetworkMemory(inference: architecture, batch: batchSize)
    let kernels = architecture.allLayers.reduce(0.0) { sum, place in
      let layer = place.description.layer as? Convolution
      return layer?.window == Window(3, padding: 1)
        ? sum + 4 * Double(place.parameterCount) : sum
    }
    // 36 points of 9 taps.
    return Int(min(network.byteCount + 2 * network.parameterBytes + 4 * kernels, 0x1p56))
  }

  /// - Parameters:
  ///   - checkpoint: what a ``Trainer`` saved.
  ///   - normalization: the affine map of samples in place of the one it was trained with.
  ///   - threads: absent: one per core.
  /// - Throws: ``TrainingError`` when `checkpoint` is malformed, or the map has another number of
  ///   channels than its samples.
  public init(
    _ checkpoint: NamedTensors, normalization: ChannelNormalization? = nil, threads: Int? = nil
  ) throws {
    self.checkpoint = checkpoint
    self.threads = threads
    header = try CheckpointHeader(checkpoint)
    self.normalization = normalization ?? header.normalization
    if let given = normalization?.means.count, given != 1, given != header.inputShape[0] {
      throw TrainingError(
        kind: .usage, operation: "extract features",
        reason: "the normalization is of \(given) channels, the network takes samples of shape "
          + "\(header.inputShape)")
    }
    let classes = header.classNames.count
    architecture = try header.network.storedArchitecture(
      input: header.inputShape, classes: classes)
    featureLayer = try architecture.featureLayer.name
  }

  /// W and b of the classifier.
  ///
  /// - Throws: ``TrainingError`` of kind `badInput` where W or b is missing or has another shape.
  public func classifier() throws -> LinearClassifier {
    let name = "parameters/\(architecture.layers.last!.name)"
    let weights = try checkpoint.expecting("\(name)/weight")
    guard weights.shape.rank == 2, weights.shape[0] == header.classNames.count else {
      throw TrainingError(
        kind: .badInput, operation: "load '\(name)/weight'",
        reason: "expected a row for each of \(header.classNames.count) classes, found shape "
          + "\(weights.shape)")
    }
    let bias = checkpoint["\(name)/bias"]
    if let bias, bias.shape != [weights.shape[0]] {
      throw TrainingError(
        kind: .badInput, operation: "load '\(name)/bias'",
        reason: "expected shape \(weights.shape[0]), found \(bias.shape)")
    }
    return LinearClassifier(
      weights: Matrix(
        rows: weights.shape[0], columns: weights.shape[1],
        elements: weights.values.map(Double.init)),
      bias: bias.map { $0.values.map(Double.init) })
  }

  /// Has batch normalization divide by the moments of each block of samples, as in training, instead of
  /// the running ones; everything else stays as in inference. Which samples share a block then matters:
  /// ``batchOrder(of:)`` mixes them.
  ///
  /// - Parameter size: samples of a block; absent: those of a batch of the training.
  /// - Throws: ``TrainingError`` of kind `usage` where there is no batch normalization.
  public func normalizeByBatches(of size: Int? = nil) throws {
    guard architecture.allLayers.contains(where: { $0.description.layer is BatchNormalization })
    else {
      throw TrainingError(
        kind: .usage, operation: "take features by the moments of batches",
        reason: "the network has no batch normalization, whose moments they would be")
    }
    compiled = nil
    batchOfMoments = size ?? header.options.batchSize
  }

  /// A seeded order of samples in which each block is as mixed as a batch of training; `nil` where blocks
  /// make no difference.
  public func batchOrder(of count: Int) -> [Int]? {
    guard batchOfMoments != nil else { return nil }
    var generator = SeededGenerator(seed: header.options.seed, stream: "batches of moments")
    return generator.permutation(count)
  }

  /// Calls `body` with the features of all `samples`, block after block in their order.
  ///
  /// - Parameters:
  ///   - samples: of the shape the network was trained on.
  ///   - names: names from ``layers``; by default ``featureLayer`` alone.
  ///   - pooling: what becomes of maps.
  ///   - batchSize: samples per block; ``batchSize`` where `nil`.
  ///   - interruption: ends the extraction between two blocks by an `interruption` result.
  ///   - body: is given each block, in the order of the samples.
  /// - Returns: whether all samples were extracted.
  /// - Throws: ``TrainingError`` for an unknown layer, samples of another shape or a checkpoint
  ///   whose tensors do not fit its network; what `body` throws.
  @discardableResult
  public func extract(
    _ samples: any LabeledSamples, layers names: [String]? = nil,
    pooling: FeaturePooling = .mean, batchSize: Int? = nil,
    interruption: Interruption = Interruption(), _ body: (FeatureBlock) throws -> Void
  ) throws -> Bool {
    let names = names ?? [featureLayer]
    let outputs = try names.map(output)
    try checkShape(of: samples)
    guard samples.count > 0 else { return true }
    let batchSize = min(batchSize ?? self.batchSize, samples.count)
    var whole = LapClock()
    let network = try network(observing: names, batch: batchSize)
    times.prepareSeconds += whole.lap()
    var processor = LapClock(.processor)
    defer {
      times.seconds += whole.lap()
      times.processorSeconds += processor.lap()
    }
    var clock = LapClock()
    let feeder = BatchFeeder(
      samples, normalization: normalization, batchSize: batchSize)
    var isComplete = true
    try network.team.flushingSubnormals {
      try feeder.forEach(of: Array(0..<samples.count)) { number, batch in
        if interruption.isRequested {
          isComplete = false
          return false
        }
        times.waitSeconds += clock.lap()
        let plan = try network.inferencePlan(batch: batch.count)
        try plan.input.bind(to: batch.samples)
        try plan.runForward()
        let start = number * batchSize
        var rows: [(name: String, columnCount: Int, rows: [Float])] = []
        for (name, shape) in zip(names, outputs) {
          let values = plan.observe(name).prefix(batch.count * shape.elementCount)
          let width = pooling.columnCount(of: shape)
          rows.append((name, width, pooling.rows(of: values, shape: shape)))
        }
        let block = FeatureBlock(
          range: start..<start + batch.count, layers: rows,
          logits: Array(plan.logits.floats.prefix(batch.count * header.classNames.count)))
        times.decodeSeconds += batch.fillSeconds
        times.images += batch.count
        times.forwardSeconds += clock.lap()
        try body(block)
        times.writeSeconds += clock.lap()
        return true
      }
    }
    return isComplete
  }

  /// Counts what `body` does with all features, after the last block, as writing them.
  public func countingAsWriting(_ body: () throws -> Void) rethrows {
    try times.countAsWriting(body)
  }

  /// Takes over the compiled network of another checkpoint of the same structure, which will compile
  /// its own again if it is asked for more.
  package func takeCompilation(of other: FeatureExtractor) throws {
    guard other.architecture == architecture, other.threads == threads,
      other.header.algorithms == header.algorithms, other.batchOfMoments == batchOfMoments,
      let found = other.compiled
    else { return }
    other.compiled = nil
    try found.network.load(checkpoint)
    compiled = found
  }

  private func network(observing layers: [String], batch: Int) throws -> CompiledNetwork {
    if let compiled, compiled.layers == layers, compiled.batch == batch { return compiled.network }
    compiled = nil  // frees its memory first
    try NetworkMemory(inference: architecture, batch: batch).check()
    let network = try CompiledNetwork(
      architecture, firstBatch: batch, trainable: false, threads: threads,
      seed: header.options.seed, policy: header.options.algorithms, known: header.algorithms,
      normalizesByBatch: batchOfMoments != nil, observed: Set(layers))
    try network.load(checkpoint)
    compiled = (layers, batch, network)
    return network
  }
}
