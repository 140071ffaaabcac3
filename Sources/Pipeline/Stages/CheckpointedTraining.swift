public import CollapseCore
import Datasets
import FeatureStore
import FoundationEssentials
public import Networks
import Synchronization
public import Training

/// A training that writes checkpoints and metrics into a folder, and continues from what is there.
///
/// ```
/// checkpoints/epoch-00010.h5   after the epochs of the schedule and the last
/// checkpoints/step-0000123.h5  inside an epoch, after the steps of the schedule and by the clock
/// checkpoints/latest.h5        while unfinished: the state when it was last saved or interrupted
/// metrics.csv
/// ```
public struct CheckpointedTraining {
  public enum Outcome: Sendable {
    /// Ended after this epoch.
    case finished(epoch: Int)
    /// Stopped on request; the state is in `latest.h5`.
    case interrupted(epoch: Int)
  }

  public let folder: RunFolder
  public let network: NetworkDescription
  public let options: TrainingOptions
  public let data: TrainingData
  /// What the training is, for its checkpoints and all that is made of them.
  let facts: RunFacts
  /// Threads where the options leave them open; a training that continues keeps those it began
  /// with, and so its bits.
  public let threads: Int
  /// What is known to be fastest on this machine; `nil` to find out anew and keep nothing.
  public let algorithmCache: AlgorithmCache?
  /// Measures taken on the way, which are written before the state of their epoch is.
  var trajectory: TrajectoryMeasurement?
  /// How often the state is saved beside the schedule, also in the middle of an epoch, so that a
  /// killed process loses little.
  public let saveInterval: Duration

  /// A training as a configuration describes it.
  public init(
    _ configuration: RunConfiguration, folder: RunFolder, data: TrainingData, threads: Int,
    algorithmCache: AlgorithmCache? = .standard, saveInterval: Duration = .seconds(30)
  ) throws {
    self.init(
      folder: folder, network: configuration.network, options: configuration.training, data: data,
      facts: try RunFacts(configuration, data: data.facts), threads: threads,
      algorithmCache: algorithmCache, saveInterval: saveInterval)
  }

  package init(
    folder: RunFolder, network: NetworkDescription, options: TrainingOptions, data: TrainingData,
    facts: RunFacts = RunFacts(), threads: Int, algorithmCache: AlgorithmCache? = .standard,
    saveInterval: Duration = .seconds(30)
  ) {
    self.folder = folder
    self.network = network
    self.options = options
    self.data = data
    self.facts = facts
    self.threads = threads
    self.algorithmCache = algorithmCache
    self.saveInterval = saveInterval
  }

  /// Trains to the end, or until interrupted.
  ///
  /// - Parameter resuming: whether to continue from the newest checkpoint in the folder, which
  ///   gives the same bits as a training that was never stopped.
  /// - Parameter onStart: is called once it is certain that the training can begin or go on.
  public func run(
    resuming: Bool, interruption: Interruption, onStart: () throws -> Void = {},
    onEvent: (TrainingEvent) throws -> Void
  ) throws -> Outcome {
    try run(
      resuming: resuming, interruption: interruption, onStart: onStart, onEvent: onEvent
    ) { _ in }
  }

  /// - Parameter onMeasures: is told the measures of each epoch of the trajectory.
  func run(
    resuming: Bool, interruption: Interruption, onStart: () throws -> Void = {},
    onEvent: (TrainingEvent) throws -> Void,
    onMeasures: (EpochMeasures) throws -> Void
  ) throws -> Outcome {
    let (trainer, resumedEpoch) = try prepareTrainer(resuming: resuming, onEvent)
    try folder.prepare(folder.checkpoints)
    if trajectory != nil { try folder.prepare(folder.trajectory) }
    try onStart()
    var metrics =
      resumedEpoch > 0
      ? try MetricsFile(continuing: folder.metrics, after: resumedEpoch)
      : MetricsFile(path: folder.metrics)
    var lastSave = ContinuousClock.now
    func saveIfDue() throws {
      guard ContinuousClock.now - lastSave >= saveInterval else { return }
      try CheckpointFile.write(try trainer.checkpoint(), to: folder.latestCheckpoint)
      lastSave = .now
    }
    let outcome = try trainer.run(interruption: interruption) { event in
      switch event {
      case .step: try saveIfDue()
      case .note: break
      case .epochFinished(let row):
        try metrics.append(row)
        if let trajectory, trajectory.isDue(after: row.epoch) {
          try onMeasures(try trajectory.measure(trainer.checkpoint(), epoch: row.epoch))
        }
        try saveIfDue()
      case .checkpointDue(let checkpoint):
        try CheckpointFile.write(
          checkpoint,
          to: trainer.step == 0
            ? folder.checkpoint(epoch: trainer.epoch) : folder.checkpoint(step: trainer.totalSteps))
      }
      try onEvent(event)
    }
    if outcome.reason == .interruption {
      try CheckpointFile.write(outcome.checkpoint, to: folder.latestCheckpoint)
      return .interrupted(epoch: trainer.epoch)
    }
    // Ended early, by a stop condition, it may be due now.
    if let trajectory, trainer.epoch > 0, !trajectory.isDue(after: trainer.epoch) {
      try onMeasures(try trajectory.measure(outcome.checkpoint, epoch: trainer.epoch))
    }
    try CheckpointFile.write(outcome.checkpoint, to: folder.checkpoint(epoch: trainer.epoch))
    try? FileManager.default.removeItem(atPath: folder.latestCheckpoint)
    return .finished(epoch: trainer.epoch)
  }

  private func prepareTrainer(
    resuming: Bool, _ onEvent: (TrainingEvent) throws -> Void
  ) throws -> (Trainer, epoch: Int) {
    var attributes: [String: AttributeValue] = [
      "created_by": .string("collapse \(CollapseVersion.current)"),
      "dataset": .string(data.name), "dataset_sha256": .string(data.sha256),
    ]
    if let text = RunFactsText.encode(facts) {
      attributes[RunFactsText.attribute] = .string(text)
    }
    if let shaping = data.record?.shaping {
      attributes["shaping"] = .string(try JSONText.compact(shaping))
    }
    if resuming, let newest = try newestCheckpoint() {
      try check(newest)
      var options = options
      let threads = options.threads
      let trainer = try Trainer(
        resuming: newest, training: data.train, test: data.test, testSets: data.testSets,
        attributes: attributes
      ) { begun in
        options.threads = threads ?? begun.threads ?? self.threads
        begun = options
      }
      if trajectory?.isComplete(upTo: trainer.epoch) ?? true { return (trainer, trainer.epoch) }
    }
    return (try begin(attributes, onEvent), 0)
  }

  /// One training compiles at a time: algorithms are chosen by timing them, and of trainings that
  /// go on at once the first finds out for all.
  private static let compilation = Mutex(())

  /// A trainer at the beginning, with the algorithms known to be fastest.
  private func begin(
    _ attributes: [String: AttributeValue], _ onEvent: (TrainingEvent) throws -> Void
  ) throws -> Trainer {
    var options = options
    options.threads = options.threads ?? threads
    var trainer: Trainer?
    try CheckpointedTraining.compilation.withLock { _ in
      var known = AlgorithmChoices()
      do {
        known = try algorithmCache?.read() ?? known
      } catch {
        try onEvent(.note("algorithms are timed anew: \(error)"))
      }
      let compiled = try Trainer(
        network: network, options: options, training: data.train, test: data.test,
        testSets: data.testSets, normalization: data.normalization, attributes: attributes,
        initial: try InitialParameters(options.initialParameters)?.read(), algorithms: known)
      trainer = compiled
      do {
        if compiled.algorithms.bySize != known.bySize {
          try algorithmCache?.add(compiled.algorithms)
        }
      } catch {
        try onEvent(.note("the algorithms found fastest are not kept: \(error)"))
      }
    }
    return trainer!
  }

  /// Refuses to go on with another network or other data than a checkpoint is of.
  private func check(_ checkpoint: NamedTensors) throws {
    if try CheckpointHeader(checkpoint).network != network {
      throw TrainingError(
        kind: .usage, operation: "resume the training in '\(folder.path)'",
        reason: "its network is another than the options say")
    }
    if case .string(let hash)? = checkpoint.attributes["dataset_sha256"], hash != data.sha256 {
      throw TrainingError(
        kind: .badInput, operation: "resume the training in '\(folder.path)'",
        reason: "it was trained or tested on other samples, SHA-256 \(hash), found \(data.sha256): "
          + "both sets are to be those that it began with")
    }
  }

  /// The checkpoint that has come farthest, if there is one.
  private func newestCheckpoint() throws -> NamedTensors? {
    var candidates =
      folder.checkpointEpochs().suffix(1).map { folder.checkpoint(epoch: $0) }
      + folder.checkpointSteps().suffix(1).map { folder.checkpoint(step: $0) }
    if FileManager.default.fileExists(atPath: folder.latestCheckpoint) {
      candidates.append(folder.latestCheckpoint)
    }
    return try candidates.map { try CheckpointFile.read($0) }
      .max { $0.stepsDone < $1.stepsDone }
  }
}

extension NamedTensors {
  fileprivate var stepsDone: Int64 {
    if case .integer(let steps) = attributes["total_steps"] { steps } else { 0 }
  }
}
