import CollapseCore
import Networks
import Testing
import Training

/// An interrupted and resumed run ends in the same bits as one that was not.
@Suite struct ResumeTests {
  static let samples = ToySamples.clusters(count: 70)
  static let test = ToySamples.clusters(count: 20, seed: 12)
  static let network = NetworkDescription(kind: "mlp", widths: [24, 17])

  static func options(
    _ optimizer: OptimizerDescription, _ precision: Precision = .float32
  ) -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = 4
    options.batchSize = 16  // four steps of 16 samples and one of 6
    options.seed = 31
    options.optimizer = optimizer
    options.learningRate = LearningRate(initial: 0.05, schedule: .cosine(final: 0))
    options.weightDecay = WeightDecay(coefficient: 1e-3)
    options.gradientClipping = 2
    options.threads = 2
    options.precision = precision
    return options
  }

  static func trainer(
    _ optimizer: OptimizerDescription, _ precision: Precision = .float32
  ) throws -> Trainer {
    try Trainer(
      network: network, options: options(optimizer, precision), training: samples, test: test)
  }

  @Test(arguments: [
    OptimizerDescription.sgd(), .sgd(momentum: 0.9, nesterov: true), .sgd(momentum: 0), .adam(),
  ])
  func sameBits(_ optimizer: OptimizerDescription) throws {
    try checkSameBits(optimizer, .float32)
  }

  @Test(.enabled(if: TrainingEngine.computesBfloat16, "needs a processor with AVX-512"))
  func sameBitsInBfloat16() throws { try checkSameBits(.sgd(), .bfloat16) }

  private func checkSameBits(_ optimizer: OptimizerDescription, _ precision: Precision) throws {
    try Self.checkSameBits(
      Self.network, Self.options(optimizer, precision), Self.samples, test: Self.test,
      stops: [[0], [4], [5], [19]], random: 2)
  }

  /// All that has a state of its own in a step: running moments, masks of dropout, crops and
  /// flips, the last and smaller batch, a loss that compares the samples of a batch.
  @Test(arguments: [
    (OptimizerDescription.sgd(momentum: 0.9, nesterov: true), LossFunction.crossEntropy()),
    (.adam(), .meanSquaredError(weight: 2, target: 4)),
    (.adamW(), .supervisedContrastive(temperature: 0.5)),
  ])
  func sameBitsOfConvolutions(_ optimizer: OptimizerDescription, _ loss: LossFunction) throws {
    let network = NetworkDescription(
      kind: "custom",
      layers: [
        LayerDescription("conv", Convolution(outputs: 16, window: Window(3, padding: 1))),
        LayerDescription("norm", BatchNormalization()), LayerDescription("relu", ReLU()),
        LayerDescription(
          "block",
          Residual(body: [
            LayerDescription("block.conv", Convolution(outputs: 16, window: Window(1))),
            LayerDescription("block.norm", BatchNormalization()),
            LayerDescription("block.drop", Dropout(probability: 0.2)),
          ])),
        LayerDescription("pool", MaxPooling(Window(2, stride: 2))),
        LayerDescription("flat", Flatten()), LayerDescription("drop", Dropout(probability: 0.3)),
        LayerDescription("hidden", Dense(outputs: 12)),
        LayerDescription("last", BatchNormalization(shift: false)),
        LayerDescription("classifier", Dense(outputs: 4)),
      ])
    var options = Self.options(optimizer)
    options.epochs = 3
    options.loss = loss
    options.featureDecay = 1e-3
    options.spectralDecoupling = 1e-2
    options.learningRate = LearningRate(
      initial: 0.01, schedule: .cosine(final: 0), warmUpEpochs: 1)
    options.augmentation = Augmentation(cropPadding: 1, horizontalFlip: true)
    try Self.checkSameBits(
      network, options, ToySamples.quadrants(count: 42, channels: 3),
      test: ToySamples.quadrants(count: 10, channels: 3, seed: 6),
      normalization: .centred(channels: 3), stops: [[2], [3]], random: 3)
  }

  /// Trains without a stop, and again with stops after the steps given and others at random.
  static func checkSameBits(
    _ network: NetworkDescription, _ options: TrainingOptions, _ samples: any LabeledSamples,
    test: any LabeledSamples, normalization: ChannelNormalization? = nil, stops: [[Int]],
    random: Int
  ) throws {
    func fresh() throws -> Trainer {
      try Trainer(
        network: network, options: options, training: samples, test: test,
        normalization: normalization)
    }
    let whole = try fresh().run()
    #expect(whole.reason == .epochs)
    // The choice of algorithms is timed: a second run must make the same.
    let algorithms = try CheckpointHeader(whole.checkpoint).algorithms
    var generator = SeededGenerator(seed: 8)
    let steps = options.epochs * ((samples.count + options.batchSize - 1) / options.batchSize)
    let more = (0..<random).map { index in
      (0...index).map { _ in generator.index(below: steps) }.sorted()
    }
    for stops in stops + more {
      var checkpoint: NamedTensors?
      for stop in stops {
        let trainer =
          try checkpoint.map { try Trainer(resuming: $0, training: samples, test: test) }
          ?? Trainer(
            network: network, options: options, training: samples, test: test,
            normalization: normalization, algorithms: algorithms)
        let interruption = Interruption()
        if stop == 0 { interruption.request() }
        let outcome = try trainer.run(interruption: interruption) { event in
          if case .step(let progress) = event,
            (progress.epoch - 1) * progress.steps + progress.step >= stop
          {
            interruption.request()
          }
        }
        checkpoint = outcome.checkpoint
      }
      let resumed = try Trainer(resuming: checkpoint!, training: samples, test: test)
      let end = try resumed.run().checkpoint
      #expect(end.names == whole.checkpoint.names)
      for name in end.names {
        #expect(end[name] == whole.checkpoint[name], "\(name) after \(stops)")
      }
      let header = try CheckpointHeader(end)
      let expected = try CheckpointHeader(whole.checkpoint)
      #expect(header.metrics?.trainLoss == expected.metrics?.trainLoss)
      #expect(header.metrics?.regularizedLoss == expected.metrics?.regularizedLoss)
      #expect(header.metrics?.runningLoss == expected.metrics?.runningLoss)
      #expect(header.metrics?.testLoss == expected.metrics?.testLoss)
    }
  }

  /// The same run twice, and a run on one thread against a run on one thread.
  @Test(arguments: [1, 2]) func repeats(_ threads: Int) throws {
    func run() throws -> NamedTensors {
      var options = Self.options(.sgd())
      options.threads = threads
      return try Trainer(network: Self.network, options: options, training: Self.samples).run()
        .checkpoint
    }
    let (first, second) = (try run(), try run())
    for name in first.names { #expect(first[name] == second[name], "\(name)") }
  }

  /// Asked to stop after the last step of an epoch, a run leaves the evaluation to the one that goes
  /// on, which then measures what it would have measured.
  @Test func stopsBeforeAnEvaluation() throws {
    let interruption = Interruption()
    var epochs: [Int] = []
    let trainer = try Self.trainer(.sgd())
    let stopped = try trainer.run(interruption: interruption) { event in
      if case .step(let progress) = event, progress.epoch == 2, progress.step == progress.steps {
        interruption.request()
      }
      if case .epochFinished(let metrics) = event { epochs.append(metrics.epoch) }
    }
    #expect(stopped.reason == .interruption)
    #expect(epochs == [1])
    #expect(trainer.epoch == 1 && trainer.step == 5)
    let resumed = try Trainer(
      resuming: stopped.checkpoint, training: Self.samples, test: Self.test)
    var found: [EpochMetrics] = []
    let end = try resumed.run {
      if case .epochFinished(let metrics) = $0 { found.append(metrics) }
    }.checkpoint
    #expect(found.map(\.epoch) == [2, 3, 4])
    var expected: [EpochMetrics] = []
    let whole = try Self.trainer(.sgd()).run {
      if case .epochFinished(let metrics) = $0 { expected.append(metrics) }
    }.checkpoint
    for (a, b) in zip(found, expected.dropFirst()) {
      #expect(a.trainLoss == b.trainLoss && a.testAccuracy == b.testAccuracy)
      #expect(a.runningLoss == b.runningLoss && a.learningRate == b.learningRate)
    }
    for name in whole.names { #expect(end[name] == whole[name], "\(name)") }
  }

  /// More epochs may be asked of a finished run.
  @Test func goesOnAfterTheEnd() throws {
    var options = Self.options(.sgd())
    options.learningRate = LearningRate(initial: 0.05)
    func train(epochs: Int) throws -> NamedTensors {
      options.epochs = epochs
      return try Trainer(network: Self.network, options: options, training: Self.samples).run()
        .checkpoint
    }
    let long = try train(epochs: 6)
    let resumed = try Trainer(resuming: try train(epochs: 2), training: Self.samples) {
      $0.epochs = 6
    }
    let end = try resumed.run().checkpoint
    for name in end.names { #expect(end[name] == long[name], "\(name)") }
  }

  @Test func refusesOtherSamples() throws {
    let checkpoint = try Self.trainer(.sgd()).checkpoint()
    let error = #expect(throws: TrainingError.self) {
      try Trainer(resuming: checkpoint, training: ToySamples.clusters(count: 9, dimension: 4))
    }
    #expect(
      error?.description
        == "cannot resume training: the checkpoint was trained on 3 classes of samples of shape "
        + "6, found 3 of 4")
  }

  struct Damage: CustomTestStringConvertible {
    let testDescription: String
    let expected: String
    let apply: @Sendable (inout NamedTensors) -> Void
  }

  @Test(arguments: [
    Damage(
      testDescription: "negative epoch",
      expected:
        "cannot read attribute 'epoch' of the checkpoint: expected no negative number, found -1"
    ) { $0.attributes["epoch"] = .integer(-1) },
    Damage(
      testDescription: "step beyond the epoch",
      expected:
        "cannot resume training: the checkpoint is in step 6 of an epoch, which has 5 with these samples"
    ) { $0.attributes["step"] = .integer(6) },
    Damage(
      testDescription: "unknown option",
      expected:
        "cannot read attribute 'options' of the checkpoint: unknown key 'speed': did you mean 'seed'?"
    ) { $0.attributes["options"] = .string(#"{"speed": 9}"#) },
    Damage(
      testDescription: "missing tensor",
      expected: "cannot load 'parameters/features.0/weight': the checkpoint does not have it"
    ) { $0["parameters/features.0/weight"] = nil },
    Damage(
      testDescription: "tensor of another shape",
      expected: "cannot load 'features.0/bias': expected shape 24, found 2"
    ) { $0["parameters/features.0/bias"] = Tensor(shape: [2], values: [0, 0]) },
    Damage(
      testDescription: "missing moment",
      expected: "cannot load 'optimizer/momentum/classifier/bias': the checkpoint does not have it"
    ) { $0["optimizer/momentum/classifier/bias"] = nil },
    Damage(
      testDescription: "tensor too many",
      expected: "cannot load 'parameters/features.9/weight': the network has no such array"
    ) { $0["parameters/features.9/weight"] = Tensor(shape: [1], values: [0]) },
  ])
  func damaged(_ damage: Damage) throws {
    var checkpoint = try Self.trainer(.sgd()).checkpoint()
    damage.apply(&checkpoint)
    let error = #expect(throws: TrainingError.self) {
      try Trainer(resuming: checkpoint, training: Self.samples)
    }
    #expect(error?.description == damage.expected)
    #expect(error?.kind == .badInput)
  }
}
