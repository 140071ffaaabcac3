public import CollapseCore
public import Networks

/// Trains a network on labelled samples, from the beginning or from a checkpoint.
///
/// Same seed, same machine, same number of threads: same bits, whether the run was interrupted
/// and resumed or not. A trainer belongs to one thread at a time.
public final class Trainer {
  /// The network that is trained.
  public let network: NetworkDescription
  /// How it is trained.
  public let options: TrainingOptions
  /// Epochs done.
  public private(set) var epoch = 0
  /// Steps done of the epoch after them; all of them where only its evaluation is left.
  public private(set) var step = 0
  /// The metrics of the last epoch done, once there is one.
  public private(set) var metrics: EpochMetrics?

  let compiled: CompiledNetwork
  let training: any LabeledSamples
  let test: (any LabeledSamples)?
  let testSets: [TestSet]
  private let normalization: ChannelNormalization?
  let optimizer: Optimizer
  let feeder: BatchFeeder
  private let batches: EpochBatches
  private let stationarity: ObjectiveGradient?
  let evaluator: Evaluator
  private let attributes: [String: AttributeValue]
  /// Steps done since the beginning.
  public private(set) var totalSteps = 0
  /// When the last checkpoint by the clock was due.
  private var lastByClock = ContinuousClock.now
  /// What is to be told of the first parameters.
  private var beginning: String?
  let objective: Objective
  /// The loss and the right answers of the steps done of this epoch.
  private var running = ObjectiveSum()

  /// A loss beyond this is divergence, finite or not.
  static let explosion = 1e10

  /// Prepares training from the beginning: compiles all plans and initializes the parameters.
  ///
  /// - Parameters:
  ///   - network: its layers, or the family it is of.
  ///   - options: how it is trained.
  ///   - training: what to learn; not empty.
  ///   - test: what to measure besides, of the same shape and classes.
  ///   - testSets: what else to measure, each under its name.
  ///   - normalization: applied to every sample; one mean for all channels or one for each.
  ///   - attributes: stored in every checkpoint beside the trainer's own, which they must not
  ///     be called like.
  ///   - initial: arrays to begin with, by their names in checkpoints; those it lacks are drawn.
  ///   - algorithms: what earlier runs on this machine found fastest; see ``algorithms``.
  /// - Throws: ``TrainingError`` when the network cannot take the samples, or the arrays.
  public convenience init(
    network: NetworkDescription, options: TrainingOptions, training: any LabeledSamples,
    test: (any LabeledSamples)? = nil, testSets: [TestSet] = [],
    normalization: ChannelNormalization? = nil, attributes: [String: AttributeValue] = [:],
    initial: NamedTensors? = nil, algorithms: AlgorithmChoices = .init()
  ) throws {
    let architecture = try network.architecture(
      input: training.sampleShape, classes: training.classCount)
    try self.init(
      preparing: network, architecture, options, training, test, testSets, normalization,
      attributes, algorithms)
    try compiled.initialize(network.initialization, seed: options.seed)
    if let initial {
      let drawn = try compiled.begin(with: initial)
      beginning =
        "begins with arrays of a file"
        + (drawn.isEmpty ? "" : "; drawn: \(drawn.joined(separator: ", "))")
    }
  }

  /// Prepares to continue from a checkpoint on the samples it was trained on.
  ///
  /// - Parameters:
  ///   - checkpoint: what a trainer saved.
  ///   - training: the samples it was trained on.
  ///   - test: what to measure besides.
  ///   - testSets: what else to measure, each under its name.
  ///   - attributes: stored in every checkpoint beside the trainer's own.
  ///   - changing: adjusts the options; what decides the course of the steps before the
  ///     last epoch (seed, batch size, loss, optimizer) must stay.
  /// - Throws: ``TrainingError`` when `checkpoint` is malformed or fits neither the samples nor
  ///   the changed options.
  public convenience init(
    resuming checkpoint: NamedTensors, training: any LabeledSamples,
    test: (any LabeledSamples)? = nil, testSets: [TestSet] = [],
    attributes: [String: AttributeValue] = [:],
    changing: (inout TrainingOptions) -> Void = { _ in }
  ) throws {
    let header = try CheckpointHeader(checkpoint)
    var options = header.options
    changing(&options)
    let changes = options.changes(since: header.options)
    guard changes.isEmpty else {
      throw TrainingError(
        kind: .usage, operation: "resume training",
        reason: changes.joined(separator: "; ") + "; a training goes on as it began")
    }
    guard training.sampleShape == header.inputShape, training.classNames == header.classNames
    else {
      throw TrainingError(
        kind: .badInput, operation: "resume training",
        reason: "the checkpoint was trained on \(header.classNames.count) classes of samples of "
          + "shape \(header.inputShape), found \(training.classNames.count) of "
          + "\(training.sampleShape)")
    }
    let architecture = try header.network.storedArchitecture(
      input: header.inputShape, classes: header.classNames.count)
    try self.init(
      preparing: header.network, architecture, options, training, test, testSets,
      header.normalization, attributes, header.algorithms)
    guard header.step <= batches.count else {
      throw TrainingError(
        kind: .badInput, operation: "resume training",
        reason: "the checkpoint is in step \(header.step) of an epoch, which has "
          + "\(batches.count) with these samples")
    }
    try compiled.load(checkpoint)
    try optimizer.load(checkpoint, steps: header.totalSteps)
    epoch = header.epoch
    step = header.step
    totalSteps = header.totalSteps
    running = header.running
    metrics = header.metrics
  }

  private init(
    preparing network: NetworkDescription, _ architecture: Architecture,
    _ options: TrainingOptions,
    _ training: any LabeledSamples, _ test: (any LabeledSamples)?,
    _ testSets: [TestSet], _ normalization: ChannelNormalization?,
    _ attributes: [String: AttributeValue],
    _ algorithms: AlgorithmChoices
  ) throws {
    try options.precision.checkProcessor()
    let tested = (test.map { [$0] } ?? []) + testSets.map(\.samples)
    try SampleChecks.check(training, tested, normalization, options.augmentation)
    try options.weightDecay.check(against: architecture)
    let batches = try EpochBatches(training, options)
    try options.checkpoints.check(stepsPerEpoch: batches.count, epochs: options.epochs)
    self.network = network
    self.options = options.resolved
    self.training = training
    self.test = test
    self.testSets = testSets
    self.normalization = normalization
    self.attributes = attributes
    objective = options.objective
    self.batches = batches
    let batchSize = batches.sizes[0]
    try NetworkMemory(training: architecture, options, samples: training.count).check()
    compiled = try CompiledNetwork(
      architecture, firstBatch: batchSize, trainable: true, precision: options.precision,
      threads: options.threads, seed: options.seed, policy: options.algorithms,
      known: algorithms, featureGradient: objective.featureGradient)
    for size in batches.sizes { _ = try compiled.trainingPlan(batch: size) }
    optimizer = Optimizer(
      options.optimizer, decay: options.weightDecay, store: compiled.store, team: compiled.team)
    feeder = BatchFeeder(
      training, normalization: normalization, batchSize: batchSize,
      augmentation: options.augmentation, seed: options.seed)
    stationarity = try ObjectiveGradient(
      compiled, options, objective: objective, optimizer: optimizer, samples: training,
      normalization: normalization, batches: batches)
    evaluator = try Evaluator(
      compiled, objective: objective, normalization: normalization,
      batchSize: options.evaluation.batchSize, samples: [training] + tested)
  }

  /// Trains until the last epoch, a stop condition or an interruption.
  ///
  /// - Parameters:
  ///   - interruption: ends the training after the step during which it is asked for.
  ///   - onEvent: is told of progress on this thread; what it throws ends the run.
  /// - Throws: ``TrainingDivergence``, ``TrainingError`` or what `onEvent` throws.
  @discardableResult
  public func run(
    interruption: Interruption = Interruption(),
    onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingOutcome {
    func tell(_ event: TrainingEvent) throws {
      // Who is told may extract features on another number of threads.
      defer { compiled.team.adopt() }
      try ThreadTeam.keepingSubnormals { try onEvent(event) }
    }
    // Resumed where a condition had ended it, it has nothing to do.
    if step == 0, let metrics, metrics.epoch == epoch, let reason = stopReason(metrics) {
      return TrainingOutcome(reason: reason, checkpoint: try checkpoint())
    }
    lastByClock = .now
    return try compiled.team.flushingSubnormals {
      if let beginning { try tell(.note(beginning)) }
      if totalSteps == 0, options.checkpoints.isDue(after: 0, of: options.epochs, steps: 0) {
        try tell(.checkpointDue(try checkpoint()))
      }
      while epoch < options.epochs {
        let pace = Pace()
        let samples = try trainEpoch(pace, interruption, tell)
        guard step == batches.count,
          let metrics = try finishEpoch(pace, samples: samples, interruption)
        else {
          return TrainingOutcome(reason: .interruption, checkpoint: try checkpoint())
        }
        try tell(.epochFinished(metrics))
        let reason = stopReason(metrics)
        if isDueByClock() || reason != nil
          || options.checkpoints.isDue(after: epoch, of: options.epochs, steps: totalSteps)
        {
          try tell(.checkpointDue(try checkpoint()))
        }
        if let reason {
          return TrainingOutcome(reason: reason, checkpoint: try checkpoint())
        }
      }
      return TrainingOutcome(reason: .epochs, checkpoint: try checkpoint())
    }
  }

  /// The whole state, from which ``init(resuming:training:test:attributes:changing:)`` continues.
  public func checkpoint() throws -> NamedTensors {
    var checkpoint = NamedTensors()
    try compiled.save(to: &checkpoint)
    try optimizer.save(to: &checkpoint)
    let header = CheckpointHeader(
      network: network, options: options, inputShape: training.sampleShape,
      classNames: training.classNames, normalization: normalization, epoch: epoch, step: step,
      totalSteps: totalSteps, running: running, metrics: metrics, algorithms: algorithms)
    checkpoint.attributes = attributes.merging(try header.attributes()) { $1 }
    return checkpoint
  }

  /// What was found fastest on this machine, for the runs after this one.
  public var algorithms: AlgorithmChoices { compiled.algorithms.choices }

  /// The steps of an epoch that are left, until interrupted.
  ///
  /// - Returns: of how many samples they were.
  private func trainEpoch(
    _ pace: Pace, _ interruption: Interruption, _ onEvent: (TrainingEvent) throws -> Void
  ) throws -> Int {
    let order = batches.batches(epoch: epoch)
    let before = order[..<step].reduce(0) { $0 + $1.count }
    var seen = before
    try feeder.forEach(of: order, from: step, epoch: epoch) { _, batch in
      if interruption.isRequested { return false }
      try trainStep(batch)
      seen += batch.count
      try onEvent(
        .step(
          StepProgress(
            epoch: epoch + 1, epochs: options.epochs, step: step, steps: batches.count,
            runningLoss: running.loss / Double(seen),
            runningAccuracy: Double(running.correct) / Double(seen),
            samplesPerSecond: pace.rate(of: seen - before))))
      // What is due with the last step of an epoch is kept once the epoch is done.
      if step < batches.count, options.checkpoints.isDue(afterStep: totalSteps) || isDueByClock() {
        try onEvent(.checkpointDue(try checkpoint()))
      }
      return true
    }
    return seen - before
  }

  private func isDueByClock() -> Bool {
    guard let minutes = options.checkpoints.everyMinutes,
      (ContinuousClock.now - lastByClock) / .seconds(1) >= 60 * minutes
    else { return false }
    lastByClock = .now
    return true
  }

  private func trainStep(_ batch: Batch) throws {
    let plan = try compiled.trainingPlan(batch: batch.count)
    compiled.clock.step = totalSteps
    try plan.input.bind(to: batch.samples)
    try plan.runForward()
    let sum = objective.evaluate(
      plan.outputs(labels: batch.usedLabels), gradients: plan.gradients)
    let loss = (sum.loss + sum.penalty) / Double(batch.count)
    guard loss.isFinite, loss < Trainer.explosion else {
      throw TrainingDivergence(
        epoch: epoch + 1, step: step + 1, loss: loss,
        layer: try plan.firstNonFiniteLayer())
    }
    try plan.runBackward()
    optimizer.step(learningRate: learningRate(step: step), gradientScale: gradientScale())
    running.loss += sum.loss
    running.correct += sum.correct
    step += 1
    totalSteps += 1
  }

  /// The rate of a step of the epoch at hand.
  private func learningRate(step: Int) -> Double {
    options.learningRate.rate(
      epoch: epoch, step: step, steps: batches.count, epochs: options.epochs)
  }

  private func gradientScale() -> Float {
    guard let limit = options.gradientClipping else { return 1 }
    let norm = optimizer.gradientNorm()
    return norm > limit ? Float(limit / norm) : 1
  }

  /// Evaluates the network after the last step of an epoch, and begins the next.
  ///
  /// - Returns: `nil` when interrupted: then the epoch has all its steps, and is not done.
  private func finishEpoch(
    _ pace: Pace, samples: Int, _ interruption: Interruption
  ) throws -> EpochMetrics? {
    let seconds = pace.seconds
    let epoch = epoch + 1
    var metrics = EpochMetrics(
      epoch: epoch, learningRate: learningRate(step: step - 1),
      runningLoss: running.loss / Double(batches.total),
      runningAccuracy: Double(running.correct) / Double(batches.total), seconds: seconds,
      samplesPerSecond: Double(samples) / max(seconds, 1e-9))
    guard compiled.store.isFinite else {
      // The plan of the last step, whose outputs are those of that step.
      let last = batches.batches(epoch: self.epoch).last?.count ?? feeder.batchSize
      let plan = try compiled.trainingPlan(batch: last)
      throw TrainingDivergence(
        epoch: epoch, step: nil, loss: metrics.runningLoss,
        layer: try plan.firstNonFiniteLayer())
    }
    // Measures of a checkpoint's features are read beside the loss after the same epoch.
    if epoch.isMultiple(of: options.evaluation.everyEpochs)
      || options.checkpoints.isDue(after: epoch, of: options.epochs, steps: totalSteps)
    {
      guard let train = try evaluator.evaluate(training, epoch: epoch, interruption) else {
        return nil
      }
      metrics.trainLoss = train.loss
      metrics.trainAccuracy = train.accuracy
      metrics.regularizedLoss = train.loss + train.penalty + optimizer.penalty()
      if let stationarity {
        guard let state = try stationarity.state(interruption) else { return nil }
        metrics.gradientNorm = state.norm
        metrics.balance = state.balance
      }
      if let test {
        guard let result = try evaluator.evaluate(test, epoch: epoch, interruption) else {
          return nil
        }
        metrics.testLoss = result.loss
        metrics.testAccuracy = result.accuracy
      }
      for set in testSets {
        guard let result = try evaluator.evaluate(set.samples, epoch: epoch, interruption) else {
          return nil
        }
        metrics.testSets =
          (metrics.testSets ?? []) + [
            TestSetMetrics(name: set.name, loss: result.loss, accuracy: result.accuracy)
          ]
      }
    }
    self.epoch = epoch
    step = 0
    running = ObjectiveSum()
    self.metrics = metrics
    return metrics
  }

  private func stopReason(_ metrics: EpochMetrics) -> TrainingOutcome.Reason? {
    if let limit = options.stop.trainingError, let accuracy = metrics.trainAccuracy,
      1 - accuracy <= limit
    {
      return .trainingError
    }
    if let limit = options.stop.trainingLoss, let loss = metrics.trainLoss, loss <= limit {
      return .trainingLoss
    }
    if let limit = options.stop.gradientNorm, let norm = metrics.gradientNorm, norm <= limit {
      return .gradientNorm
    }
    if let limit = options.stop.balance, let balance = metrics.balance, balance <= limit {
      return .balance
    }
    return nil
  }
}

/// The time since it was made.
struct Pace {
  private let start = ContinuousClock.now

  var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  func rate(of count: Int) -> Double { Double(count) / max(seconds, 1e-9) }
}
