public import CollapseCore

/// Some consecutive samples' features.
public struct FeatureBlock: Sendable {
  /// Which samples, counted in their source's order.
  public let range: Range<Int>
  /// Per layer asked for, in the order asked: its name, and per sample `columnCount` numbers.
  public let layers: [(name: String, columnCount: Int, rows: [Float])]
  /// Per sample one number for each class: the classifier's output.
  public let logits: [Float]
}

/// Runs samples through a trained network in inference mode, in float32, and hands out what
/// its layers say. All it needs is a checkpoint.
public final class FeatureExtractor {
  /// Samples per block where none is given.
  public static let batchSize = 256
  /// What the checkpoint says of itself.
  public let header: CheckpointHeader
  /// The layers whose outputs can be asked for, in order of execution, and their shapes.
  public let layers: [(name: String, shape: Shape)]
  /// The layer whose output is the classifier's input.
  public let featureLayer: String
  private let checkpoint: NamedTensors
  private let descriptions: [LayerDescription]
  private let threads: Int?

  /// - Parameter threads: absent: one per core.
  /// - Throws: ``TrainingError`` when `checkpoint` is malformed.
  public init(_ checkpoint: NamedTensors, threads: Int? = nil) throws {
    self.checkpoint = checkpoint
    self.threads = threads
    header = try CheckpointHeader(checkpoint)
    let classes = header.classNames.count
    descriptions = try header.network.lowered(input: header.inputShape, classes: classes)
    featureLayer = try header.network.featureLayer(input: header.inputShape, classes: classes)
    var shape = header.inputShape
    layers = try descriptions.map {
      shape = try $0.layer.outputShape(for: shape)
      return ($0.name, shape)
    }
  }

  /// W and b of the classifier.
  public func classifier() throws -> LinearClassifier {
    let name = "parameters/\(descriptions.last!.name)"
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

  /// Calls `body` with the features of all `samples`, block after block in their order.
  ///
  /// - Parameters:
  ///   - layers: names from ``layers``; by default ``featureLayer`` alone.
  ///   - batchSize: samples per block.
  ///   - interruption: ends the extraction between two blocks by an `interruption` result.
  /// - Returns: whether all samples were extracted.
  /// - Throws: ``TrainingError`` for an unknown layer, samples of another shape or a checkpoint
  ///   whose tensors do not fit its network; what `body` throws.
  @discardableResult
  public func extract(
    _ samples: any LabeledSamples, layers names: [String]? = nil,
    batchSize: Int = FeatureExtractor.batchSize,
    interruption: Interruption = Interruption(), _ body: (FeatureBlock) throws -> Void
  ) throws -> Bool {
    let names = names ?? [featureLayer]
    let widths = try names.map(columnCount)
    guard samples.sampleShape == header.inputShape else {
      throw TrainingError(
        kind: .badInput, operation: "extract features",
        reason: "the network takes samples of shape \(header.inputShape), found "
          + "\(samples.sampleShape)")
    }
    guard samples.count > 0 else { return true }
    let batchSize = min(batchSize, samples.count)
    let network = try CompiledNetwork(
      layers: descriptions, inputShape: header.inputShape, classes: header.classNames.count,
      firstBatch: batchSize, trainable: false, threads: threads,
      seed: header.options.seed, policy: header.options.algorithms,
      known: header.algorithms, observed: Set(names))
    try network.load(checkpoint)
    let feeder = BatchFeeder(
      samples, normalization: header.normalization, batchSize: batchSize)
    var isComplete = true
    try network.team.flushingSubnormals {
      try feeder.forEach(of: Array(0..<samples.count)) { number, batch in
        if interruption.isRequested {
          isComplete = false
          return false
        }
        let plan = try network.inferencePlan(batch: batch.count)
        try plan.input.bind(to: batch.samples)
        try plan.runForward()
        let start = number * batchSize
        var rows: [(name: String, columnCount: Int, rows: [Float])] = []
        for (name, width) in zip(names, widths) {
          rows.append((name, width, Array(try plan.observe(name).prefix(batch.count * width))))
        }
        try body(
          FeatureBlock(
            range: start..<start + batch.count, layers: rows,
            logits: Array(plan.logits.floats.prefix(batch.count * network.classes))))
        return true
      }
    }
    return isComplete
  }

  private func columnCount(_ name: String) throws -> Int {
    guard let layer = layers.first(where: { $0.name == name }) else {
      throw TrainingError(
        kind: .usage, operation: "extract features",
        reason: "the network has no layer '\(name)'; there are "
          + layers.map(\.name).joined(separator: ", "))
    }
    return layer.shape.elementCount
  }
}
