public import Tensors

/// The part of a checkpoint that is not tensors: what was trained, on what, and how far.
///
/// Every random number of a run comes from a generator seeded by the run's seed, a purpose and
/// a place (epoch, step or parameter), so seed, epoch and step are the state of all of them.
public struct CheckpointHeader: Sendable, Hashable {
  static let format = "collapse-checkpoint"
  static let version: Int64 = 1

  public var network: NetworkDescription
  public var options: TrainingOptions
  /// The shape of one sample.
  public var inputShape: Shape
  public var classNames: [String]
  public var normalization: ChannelNormalization?
  /// Epochs done.
  public var epoch: Int
  /// Steps done of the epoch after them.
  public var step: Int
  /// Steps done since the beginning.
  public var totalSteps: Int
  /// What the steps done of this epoch add up to.
  var running: LossSum
  /// The metrics of the last epoch done.
  public var metrics: EpochMetrics?

  /// Reads the attributes of `checkpoint`.
  ///
  /// - Throws: ``TrainingError`` of kind `badInput` when it is no checkpoint, a newer one than
  ///   this version knows, or an attribute is missing or malformed.
  public init(_ checkpoint: NamedTensors) throws {
    let reader = AttributeReader(checkpoint.attributes)
    let format = try reader.string("format")
    guard format == CheckpointHeader.format else {
      throw reader.malformed("format", "expected '\(CheckpointHeader.format)', found '\(format)'")
    }
    let version = try reader.integer("version")
    guard version == CheckpointHeader.version else {
      throw reader.malformed(
        "version", "expected \(CheckpointHeader.version), found \(version)")
    }
    network = try reader.value("network")
    options = try reader.value("options")
    inputShape = try reader.value("input_shape")
    classNames = try reader.strings("class_names")
    normalization = try reader.optionalValue("normalization")
    epoch = try reader.count("epoch")
    step = try reader.count("step")
    totalSteps = try reader.count("total_steps")
    running = LossSum(
      loss: try reader.double("running_loss"), correct: try reader.count("running_correct"))
    metrics = try reader.optionalValue("metrics")
  }

  init(
    network: NetworkDescription, options: TrainingOptions, inputShape: Shape,
    classNames: [String], normalization: ChannelNormalization?, epoch: Int, step: Int,
    totalSteps: Int, running: LossSum, metrics: EpochMetrics?
  ) {
    self.network = network
    self.options = options
    self.inputShape = inputShape
    self.classNames = classNames
    self.normalization = normalization
    self.epoch = epoch
    self.step = step
    self.totalSteps = totalSteps
    self.running = running
    self.metrics = metrics
  }

  func attributes() throws -> [String: AttributeValue] {
    var attributes: [String: AttributeValue] = [
      "format": .string(CheckpointHeader.format),
      "version": .integer(CheckpointHeader.version),
      "network": .string(try CheckpointText.encode(network)),
      "options": .string(try CheckpointText.encode(options)),
      "input_shape": .string(try CheckpointText.encode(inputShape)),
      "class_names": .strings(classNames),
      "epoch": .integer(Int64(epoch)),
      "step": .integer(Int64(step)),
      "total_steps": .integer(Int64(totalSteps)),
      "running_loss": .double(running.loss),
      "running_correct": .integer(Int64(running.correct)),
      "engine": .string(OneDNN.version),
    ]
    if let normalization {
      attributes["normalization"] = .string(try CheckpointText.encode(normalization))
    }
    if let metrics { attributes["metrics"] = .string(try CheckpointText.encode(metrics)) }
    return attributes
  }
}
