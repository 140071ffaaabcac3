import CollapseCore
import LibC
import Networks
import Testing
import Training

@Suite struct TrainerTests {
  /// One epoch of plain gradient descent, computed again from the definition: every sample is in
  /// exactly one batch, the last one smaller, in the order of the run's seed.
  @Test func epochByDefinition() throws {
    let samples = ToySamples.clusters(count: 22)
    var options = TrainingOptions()
    options.epochs = 1
    options.batchSize = 8
    options.seed = 5
    options.optimizer = .sgd(momentum: 0)
    options.learningRate = LearningRate(initial: 0.1)
    options.weightDecay = WeightDecay(coefficient: 0.02, appliesTo: .weights)
    let network = NetworkDescription(kind: "mlp", widths: [10])
    let trainer = try Trainer(network: network, options: options, training: samples)
    let start = try trainer.checkpoint()

    let architecture = try network.architecture(input: samples.sampleShape, classes: 3)
    let compiled = try CompiledNetwork(
      architecture, firstBatch: 8,
      trainable: true, threads: 1, seed: 0)
    for (name, _) in try compiled.parameters() {
      try compiled.set(name, to: start["parameters/\(name)"]!)
    }
    var reference = try ReferenceNetwork(compiled)
    var generator = SeededGenerator(seed: 5, stream: "order/0")
    let order = generator.permutation(22)
    for first in stride(from: 0, to: 22, by: 8) {
      let batch = samples.selecting(Array(order[first..<min(first + 8, 22)]))
      let input = ReferenceBatch(
        shape: samples.sampleShape, values: batch.coordinates.map(Double.init))
      let before = reference
      for (name, values) in before.parameters {
        let gradient = before.gradient(of: name) {
          ReferenceNetwork.crossEntropy($0.output(input), batch.labels)
        }
        let isWeight = name == "features.0/weight" || name == "classifier/weight"
        reference.parameters[name] = zip(values, gradient).map {
          $0 - 0.1 * ($1 + (isWeight ? 0.02 * $0 : 0))
        }
      }
    }
    let end = try trainer.run().checkpoint
    for (name, values) in reference.parameters {
      expectClose(end["parameters/\(name)"]!.values, values, name)
    }
  }

  /// Training goes on past zero error, and stops there only when asked.
  @Test func terminalPhase() throws {
    let samples = ToySamples.clusters(count: 60, noise: 0.05)
    var options = TrainingOptions()
    options.epochs = 12
    options.batchSize = 20
    let network = NetworkDescription(kind: "mlp", widths: [16])
    var epochs: [EpochMetrics] = []
    let outcome = try Trainer(network: network, options: options, training: samples).run {
      if case .epochFinished(let metrics) = $0 { epochs.append(metrics) }
    }
    #expect(outcome.reason == .epochs)
    #expect(epochs.map(\.epoch) == Array(1...12))
    let reached = try #require(epochs.first { $0.trainAccuracy == 1 }).epoch
    #expect(reached < 12)
    #expect(epochs.last!.trainLoss! < epochs[reached - 1].trainLoss!)

    options.stop.trainingError = 0
    let trainer = try Trainer(network: network, options: options, training: samples)
    let stopped = try trainer.run()
    #expect(stopped.reason == .trainingError)
    #expect(trainer.epoch == reached)

    // What has stopped has nothing left to do.
    let resumed = try Trainer(resuming: stopped.checkpoint, training: samples)
    let again = try resumed.run()
    #expect(again.reason == .trainingError)
    #expect(again.checkpoint == stopped.checkpoint)
  }

  /// Batches are never larger than the data, whatever is asked for.
  @Test func batchesOfAnySize() throws {
    let samples = ToySamples.clusters(count: 30)
    var options = TrainingOptions()
    options.epochs = 1
    options.batchSize = .max
    options.evaluation.batchSize = .max
    let network = NetworkDescription(kind: "mlp", widths: [8])
    let trainer = try Trainer(network: network, options: options, training: samples)
    try trainer.run()
    #expect(trainer.metrics!.trainLoss!.isFinite)
    var rows = 0
    _ = try FeatureExtractor(trainer.checkpoint()).extract(samples, batchSize: .max) {
      rows += $0.range.count
    }
    #expect(rows == 30)
  }

  /// Features extracted on another number of threads, as measures during training are, leave
  /// oneDNN on that of the training.
  @Test(.enabled(if: maxThreads != nil, "needs OpenMP"))
  func extractionLeavesTheThreads() throws {
    let samples = ToySamples.clusters(count: 30)
    var options = TrainingOptions()
    options.epochs = 3
    options.threads = 3
    let trainer = try Trainer(
      network: NetworkDescription(kind: "mlp", widths: [8]), options: options, training: samples)
    var counts: [Int32] = []
    try trainer.run { event in
      counts.append(Self.maxThreads!())
      guard case .epochFinished = event else { return }
      _ = try FeatureExtractor(trainer.checkpoint(), threads: 1).extract(samples) { _ in }
    }
    #expect(Set(counts) == [3])
  }

  private static let maxThreads = dlsym(nil, "omp_get_max_threads").map {
    unsafeBitCast($0, to: (@convention(c) () -> Int32).self)
  }

  @Test func divergenceIsNamed() throws {
    var options = TrainingOptions()
    options.learningRate = LearningRate(initial: 1e20)
    options.batchSize = 10
    let network = NetworkDescription(kind: "mlp", widths: [8, 8], batchNormalization: .none)
    let trainer = try Trainer(
      network: network, options: options, training: ToySamples.clusters(count: 30))
    let error = try #require(throws: TrainingDivergence.self) { try trainer.run() }
    #expect(error.epoch == 1)
    #expect(error.step == 2)
    #expect(error.description.hasPrefix("training diverged in epoch 1, step 2: the loss is "))
  }

  /// Which array is damaged; what the message says then. Behind a ReLU the loss stays finite, as
  /// it turns what is not a number into zero, so the parameters are looked at as well.
  @Test(arguments: [
    ("classifier/bias", "epoch 1, step 1", "classifier"),
    ("features.2/weight", "epoch 1, after its last step", "features.0"),
  ]) func infiniteLayerIsNamed(_ array: String, _ place: String, _ layer: String) throws {
    let samples = ToySamples.clusters(count: 30)
    let network = NetworkDescription(kind: "mlp", widths: [8, 8], batchNormalization: .none)
    var checkpoint = try Trainer(
      network: network, options: TrainingOptions(), training: samples
    ).checkpoint()
    checkpoint["parameters/\(array)"]!.values[2] = .nan
    let error = try #require(throws: TrainingDivergence.self) {
      try Trainer(resuming: checkpoint, training: samples).run()
    }
    // What processors make of invalid operands has its sign set: no reader looks for "-nan".
    let loss = error.loss.isNaN ? "nan" : error.loss.shortestText
    #expect(
      error.description
        == "training diverged in \(place): the loss is \(loss); the first layer that is "
        + "not finite is '\(layer)'. A lower learning rate may help; checkpoints written before "
        + "stay as they are")
  }

  /// Resumed right before the last batch of an epoch, which is smaller, a run that diverges there
  /// names the layer of that batch: the plan for whole batches has not run, and has no input yet.
  @Test func divergenceInTheSmallerLastBatch() throws {
    let samples = ToySamples.quadrants(count: 40)
    let network = NetworkDescription(kind: "mlp", widths: [8, 8], batchNormalization: .none)
    var options = TrainingOptions()
    options.batchSize = 16  // two steps of 16 samples and one of 8
    let interruption = Interruption()
    var checkpoint = try Trainer(network: network, options: options, training: samples).run(
      interruption: interruption
    ) { event in
      if case .step(let progress) = event, progress.step == 2 { interruption.request() }
    }.checkpoint
    checkpoint["parameters/features.2/weight"]!.values[2] = .nan
    let error = try #require(throws: TrainingDivergence.self) {
      try Trainer(resuming: checkpoint, training: samples).run()
    }
    #expect(error.step == nil && error.epoch == 1)
    #expect(error.layer == "features.0")
  }

  /// An evaluation that diverges names a layer too, though its plan keeps no layer's output: the one whose
  /// damage the ReLU behind hides.
  @Test func divergenceInAnEvaluation() throws {
    let samples = ToySamples.clusters(count: 30)
    let network = NetworkDescription(kind: "mlp", widths: [8], batchNormalization: .none)
    let test = LabeledPoints(
      dimension: samples.dimension,
      coordinates: samples.coordinates.enumerated().map { $0 == 20 ? .infinity : $1 },
      labels: samples.labels, classNames: samples.classNames)
    var options = TrainingOptions()
    options.epochs = 1
    let error = try #require(throws: TrainingDivergence.self) {
      try Trainer(network: network, options: options, training: samples, test: test).run()
    }
    #expect(error.step == nil && error.layer == "features.0", "\(error)")
  }

  /// A strong decay drives weights and moments through the subnormal range; none is ever seen
  /// there.
  @Test(
    arguments: [
      (NetworkDescription(kind: "mlp", widths: [8], batchNormalization: .none), .sgd()),
      (NetworkDescription(kind: "mlp", widths: [8]), .adamW()),
      (NetworkDescription(kind: "convnet", widths: [16, 8]), .sgd(momentum: 0.5)),
    ] as [(NetworkDescription, OptimizerDescription)])
  func subnormalsAreFlushed(
    _ network: NetworkDescription, _ optimizer: OptimizerDescription
  ) throws {
    var options = TrainingOptions()
    options.epochs = 60
    options.batchSize = 30
    options.optimizer = optimizer
    options.weightDecay = WeightDecay(coefficient: 9.5, mode: .decoupled)
    options.learningRate = LearningRate(initial: 0.1)
    options.checkpoints.after.everyEpochs = 1
    // Weights of an input that is always zero have no gradient, so nothing stops their decay.
    let samples: any LabeledSamples =
      network.kind == "mlp"
      ? ToySamples.clusters(count: 30).silencing(0)
      : ToySamples.quadrants(count: 30, channels: 2, size: 4).silencing(0)
    var zeros = 0
    try Trainer(network: network, options: options, training: samples).run {
      guard case .checkpointDue(let checkpoint) = $0 else { return }
      for name in checkpoint.names {
        let values = checkpoint[name]!.values
        let subnormals = values.count { $0.isSubnormal }
        #expect(subnormals == 0, "\(name)")
        zeros += values.count { $0 == 0 }
      }
    }
    #expect(zeros > 0, "none was driven so far")
  }

  /// What oneDNN's own threads compute: products that are subnormal come out as zero in every row
  /// of a batch that all threads share.
  @Test(arguments: [1, 2, 3], [false, true])
  func kernelsFlush(_ threads: Int, _ isConvolution: Bool) throws {
    let layers =
      (isConvolution
        ? [
          LayerDescription("conv", Convolution(outputs: 16, window: Window(3, padding: 1))),
          LayerDescription("pool", GlobalAveragePooling()),
        ] : [])
      + [LayerDescription("classifier", Dense(outputs: 16))]
    let shape: Shape = isConvolution ? [16, 4, 4] : [64]
    let network = try CompiledNetwork(
      layers: layers, inputShape: shape, firstBatch: 96, trainable: true,
      threads: threads, seed: 1)
    let small = Float(ProcessedConstant.leastNormal.squareRoot() * 0.01)
    for (name, tensor) in try network.parameters() {
      let isWeight = name == (isConvolution ? "conv/weight" : "classifier/weight")
      let value: Float = isWeight ? small : name == "classifier/weight" ? 1 : 0
      try network.set(
        name,
        to: Tensor(
          shape: tensor.shape, values: Array(repeating: value, count: tensor.values.count)))
    }
    let batch = [Float](repeating: small, count: 96 * shape.elementCount)
    #expect(small * small > 0, "this thread keeps subnormals outside of training")
    for training in [true, false] {
      #expect(try network.logits(batch, training: training).allSatisfy { $0 == 0 })
    }
  }

  /// Every thread of the team, not only the calling one.
  @Test(arguments: [1, 2, 3]) func everyThreadFlushes(_ threads: Int) {
    func halves() -> [Float] {
      let results = UnsafeMutableBufferPointer<Float>.allocate(capacity: threads)
      defer { results.deallocate() }
      results.initialize(repeating: -1)
      let team = ThreadTeam(threads: threads)
      let smallest = Float(ProcessedConstant.leastNormal)
      team.run { results[$0] = smallest * 0.5 }
      return Array(results)
    }
    #expect(ThreadTeam(threads: threads).flushingSubnormals(halves).allSatisfy { $0 == 0 })
    let after = halves()
    #expect(after.allSatisfy { $0 > 0 }, "\(after)")
  }

  /// Whoever is told of progress may compute something else, with all of its digits.
  @Test func eventsKeepSubnormals() throws {
    var options = TrainingOptions()
    options.epochs = 1
    let trainer = try Trainer(
      network: NetworkDescription(kind: "mlp", widths: [4]), options: options,
      training: ToySamples.quadrants(count: 40))
    var halves: [Float] = []
    try trainer.run { _ in halves.append(Float(ProcessedConstant.leastNormal) * 0.5) }
    #expect(!halves.isEmpty && halves.allSatisfy { $0 > 0 })
  }

  /// A number the optimizer does not see through.
  enum ProcessedConstant {
    static var leastNormal: Double { Double(Float.leastNormalMagnitude.description)! }
  }

  /// Bytes, channel normalization, flattening and a test set, all the way.
  @Test func learnsQuadrants() throws {
    var options = TrainingOptions()
    options.epochs = 5
    options.batchSize = 32
    let trainer = try Trainer(
      network: NetworkDescription(kind: "mlp", widths: [32]), options: options,
      training: ToySamples.quadrants(count: 400), test: ToySamples.quadrants(count: 100, seed: 6),
      normalization: .centred(channels: 1))
    try trainer.run()
    #expect(trainer.metrics!.testAccuracy! > 0.9)
  }
}
