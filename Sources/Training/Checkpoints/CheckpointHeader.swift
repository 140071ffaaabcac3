public import CollapseCore
public import Networks

/// The part of a checkpoint that is not tensors: what was trained, on what, and how far.
///
/// Every random number of a run comes from a generator seeded by the run's seed, a purpose and
/// a place (epoch, step or parameter), so seed, epoch and step are the state of all of them.
public struct CheckpointHeader: Sendable, Hashable {
  /// The network that is trained.
  public var network: NetworkDescription
  /// How it is trained.
  public var options: TrainingOptions
  /// The shape of one sample.
  public var inputShape: Shape
  /// The name of each class; its position is the class's label.
  public var classNames: [String]
  /// The affine map per channel that every sample goes through first; `nil` for none.
  public var normalization: ChannelNormalization?
  /// Epochs done.
  public var epoch: Int
  /// Steps done of the epoch after them.
  public var step: Int
  /// Steps done since the beginning.
  public var totalSteps: Int
  /// The loss and the right answers of the steps done of this epoch.
  var running: ObjectiveSum
  /// The metrics of the last epoch done.
  public var metrics: EpochMetrics?
  /// The algorithms the run takes, so that going on gives the same bits.
  public var algorithms: AlgorithmChoices

  /// Reads the attributes of `checkpoint`.
  ///
  /// Format and version are the file's, which whoever reads the file checks.
  ///
  /// - Throws: ``TrainingError`` of kind `badInput` when an attribute is missing or malformed.
  public init(_ checkpoint: NamedTensors) throws {
    let reader = AttributeReader(checkpoint.attributes)
    network = try reader.value("network")
    options = try reader.value("options")
    inputShape = try reader.value("input_shape")
    classNames = try reader.strings("class_names")
    normalization = try reader.optionalValue("normalization")
    epoch = try reader.count("epoch")
    step = try reader.count("step")
    totalSteps = try reader.count("total_steps")
    running = ObjectiveSum(
      loss: try reader.double("running_loss"), correct: try reader.count("running_correct"))
    metrics = try reader.optionalValue("metrics")
    algorithms = try reader.value("algorithms")
  }

  /// Of a network that was trained elsewhere: what is not known of its training is as in one that
  /// has not begun.
  ///
  /// - Parameters:
  ///   - network: with its layers for samples of shape `inputShape`.
  ///   - normalization: how samples are prepared for it.
  ///   - epoch: epochs done; 0 where that is not known.
  package init(
    importing network: NetworkDescription, inputShape: Shape, classNames: [String],
    normalization: ChannelNormalization?, epoch: Int
  ) {
    self.init(
      network: network, options: TrainingOptions(), inputShape: inputShape, classNames: classNames,
      normalization: normalization, epoch: epoch, step: 0, totalSteps: 0,
      running: ObjectiveSum(loss: 0, correct: 0), metrics: nil, algorithms: AlgorithmChoices())
  }

  init(
    network: NetworkDescription, options: TrainingOptions, inputShape: Shape,
    classNames: [String], normalization: ChannelNormalization?, epoch: Int, step: Int,
    totalSteps: Int, running: ObjectiveSum, metrics: EpochMetrics?, algorithms: AlgorithmChoices
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
    self.algorithms = algorithms
  }

  /// As a checkpoint holds it.
  package func attributes() throws -> [String: AttributeValue] {
    var attributes: [String: AttributeValue] = [
      "network": .string(try CheckpointText.encode(network)),
      "options": .string(try CheckpointText.encode(options)),
      "input_shape": .string(try CheckpointText.encode(inputShape)),
      "class_names": .strings(classNames),
      "epoch": .integer(Int64(epoch)),
      "step": .integer(Int64(step)),
      "total_steps": .integer(Int64(totalSteps)),
      "running_loss": .double(running.loss),
      "running_correct": .integer(Int64(running.correct)),
      "algorithms": .string(try CheckpointText.encode(algorithms)),
      "engine": .string(OneDNN.version),
    ]
    if let normalization {
      attributes["normalization"] = .string(try CheckpointText.encode(normalization))
    }
    if let metrics { attributes["metrics"] = .string(try CheckpointText.encode(metrics)) }
    return attributes
  }
}
