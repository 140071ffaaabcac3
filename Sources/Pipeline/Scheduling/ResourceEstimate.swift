import CollapseCore
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

  /// - Throws: `TrainingError` when the network cannot take the samples.
  init(_ configuration: RunConfiguration, data: TrainingData) throws {
    let training = configuration.training
    let input = data.train.sampleShape
    let classes = data.train.classCount
    let layers = try configuration.network.lowered(input: input, classes: classes)
    parameters = try layers.parameters(input: input)
      .reduce(0) { $0 + $1.parameter.shape.elementCount }
    let moments = training.optimizer.momentCount
    let stateBytes = parameters * (1 + moments) * MemoryLayout<Float>.size

    let numbersPerSample = try layers.outputCount(input: input)
    let batch = min(training.batchSize, data.train.count)
    let evaluated = min(training.evaluation.batchSize, data.train.count)
    let epochs = training.epochs
    let kept =
      epochs == 0 ? 0 : (1...epochs).count { training.checkpoints.isDue(after: $0, of: epochs) }
    checkpointBytes = stateBytes * (kept + 1)  // and latest.h5
    let extractions = configuration.features.epochs == .last ? min(kept, 1) : kept
    let width = try configuration.features.width(
      of: layers, input: input,
      last: try configuration.network.featureLayer(input: input, classes: classes))
    let rows = configuration.features.splits.reduce(0) { $0 + (data[$1]?.count ?? 0) }
    let isMeasured = configuration.measures.when == .duringTraining
    let largest = configuration.features.splits.compactMap { data[$0]?.count }.max() ?? 0
    let keptFeatures =
      isMeasured
      ? min(TrajectoryMeasurement.standardMemoryLimit, largest * width * MemoryLayout<Float>.size)
      : 0
    // Outputs and their gradients in training, outputs in evaluation, and the parameters twice
    // more: their gradients, and the copy a checkpoint is written from.
    memoryBytes =
      64 << 20 + 2 * stateBytes + parameters * 4 + keptFeatures
      + numbersPerSample * (3 * batch + evaluated) * MemoryLayout<Float>.size
    featureBytes =
      isMeasured
      ? 0 : extractions * rows * (width + 1) * MemoryLayout<Float>.size
    operations =
      3 * Double(try layers.operationCount(input: input)) * Double(data.train.count)
      * Double(epochs)
  }

  /// Bytes on the disk.
  public var diskBytes: Int { checkpointBytes + featureBytes }
}

extension OptimizerDescription {
  /// Numbers the optimizer keeps for each parameter.
  fileprivate var momentCount: Int {
    if case .sgd(let momentum, _) = self { momentum > 0 ? 1 : 0 } else { 2 }
  }
}

extension [LayerDescription] {
  /// Numbers that all layers put out for one sample, those inside of others included.
  fileprivate func outputCount(input: Shape) throws -> Int {
    var shape = input
    var total = 0
    for description in self {
      for inner in try description.layer.sublayers(input: shape) {
        total += try inner.layers.outputCount(input: inner.input)
      }
      shape = try description.layer.outputShape(for: shape)
      total += shape.elementCount
    }
    return total
  }
}

extension FeatureConfiguration {
  /// Numbers per sample of the layers that are asked for.
  fileprivate func width(of all: [LayerDescription], input: Shape, last: String) throws -> Int {
    var shape = input
    var width = 0
    for description in all {
      shape = try description.layer.outputShape(for: shape)
      if description.name == last || (layers == .all && description.kind == "relu") {
        width += shape.elementCount
      }
    }
    return width
  }
}
