import CollapseCore
import Networks
import Training

/// What a run takes, estimated from its configuration before it begins.
public struct ResourceEstimate: Sendable, Hashable, Encodable {
  /// Trained numbers of the network.
  public let parameters: Int
  /// Bytes of memory while it trains, the data not counted.
  public let memoryBytes: Int
  /// Bytes of all its checkpoints.
  public let checkpointBytes: Int
  /// Bytes of all its feature files.
  public let featureBytes: Int
  /// Multiplications and additions of the whole training, forward and backward.
  public let operations: Double

  /// - Throws: `NetworkError` when the network cannot take the samples.
  public init(_ configuration: RunConfiguration, data: DataFacts) throws {
    let training = configuration.training
    let input = data.sampleShape
    let classes = data.classCount
    let samples = data.counts["train"] ?? 0
    let network = try configuration.network.architecture(input: input, classes: classes)
    parameters = network.parameterCount
    try NetworkMemory(training: network, training, samples: samples).check()
    let number = Double(MemoryLayout<Float>.size)
    let stateBytes = number * Double(parameters) * Double(1 + training.optimizer.momentCount)

    let batch = min(training.batchSize, samples)
    let evaluated = min(training.evaluation.batchSize, samples)
    let kept = training.checkpoints.count(of: training.epochs)
    checkpointBytes = Int(capping: stateBytes * Double(kept + 1))  // and latest.h5
    let extractions = configuration.features.epochs == .last ? min(kept, 1) : kept
    let extracted =
      try configuration.features.layers == .all ? network.blocks : [network.featureLayer]
    let pooling = configuration.features.pooling
    let width = extracted.reduce(0.0) { $0 + Double(pooling.columnCount(of: $1.output)) }
    let counts = configuration.features.splits.map { data.counts[$0] ?? 0 }
    let isMeasured = configuration.measures.when == .duringTraining
    let keptFeatures =
      isMeasured
      ? min(
        Double(TrajectoryMeasurement.standardMemoryLimit),
        Double(counts.max() ?? 0) * width * number) : 0
    // Outputs and their gradients in training, outputs in evaluation, and the parameters twice
    // more: their gradients, and the copy a checkpoint is written from.
    memoryBytes = Int(
      capping: Double(64 << 20) + 2 * stateBytes + Double(parameters) * number + keptFeatures
        + number * Double(network.outputCount) * (3 * Double(batch) + Double(evaluated)))
    featureBytes =
      isMeasured
      ? 0 : Int(capping: Double(extractions) * Double(counts.reduce(0, +)) * (width + 1) * number)
    operations =
      3 * Double(network.operationCount) * Double(samples) * Double(training.epochs)
  }

  /// Bytes on the disk.
  public var diskBytes: Int { checkpointBytes + featureBytes }
}

extension Int {
  /// A number of bytes, at most 2⁵⁶ of them: no disk has room for more.
  fileprivate init(capping bytes: Double) { self = Int(Swift.min(bytes, 0x1p56)) }
}
