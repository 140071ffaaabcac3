import Tensors
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
    (OptimizerDescription.sgd(), Precision.float32),
    (.sgd(momentum: 0.9, nesterov: true), .float32), (.sgd(momentum: 0), .float32),
    (.adam(), .float32), (.sgd(), .bfloat16),
  ])
  func sameBits(_ optimizer: OptimizerDescription, _ precision: Precision) throws {
    let whole = try Self.trainer(optimizer, precision).run()
    #expect(whole.reason == .epochs)
    var random = SeededGenerator(seed: 8)
    // every place in an epoch, its beginning and its end, and two interruptions in one run
    for stops in [[0], [4], [5], [random.index(below: 20)], [random.index(below: 9), 13], [19]] {
      var checkpoint: NamedTensors?
      for stop in stops {
        let trainer =
          try checkpoint.map {
            try Trainer(resuming: $0, training: Self.samples, test: Self.test)
          } ?? Self.trainer(optimizer, precision)
        let interruption = Interruption()
        if stop == 0 { interruption.request() }
        let outcome = try trainer.run(interruption: interruption) { event in
          if case .step(let progress) = event,
            (progress.epoch - 1) * progress.steps + progress.step == stop
          {
            interruption.request()
          }
        }
        checkpoint = outcome.checkpoint
      }
      let resumed = try Trainer(
        resuming: checkpoint!, training: Self.samples, test: Self.test)
      let end = try resumed.run().checkpoint
      #expect(end.names == whole.checkpoint.names)
      for name in end.names {
        #expect(end[name] == whole.checkpoint[name], "\(name) after \(stops)")
      }
      let header = try CheckpointHeader(end)
      let expected = try CheckpointHeader(whole.checkpoint)
      #expect(header.metrics?.trainLoss == expected.metrics?.trainLoss)
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
        "cannot resume training: the checkpoint is in step 5 of an epoch, which has 5 with these samples"
    ) { $0.attributes["step"] = .integer(5) },
    Damage(
      testDescription: "unknown option",
      expected:
        "cannot read attribute 'options' of the checkpoint: unknown field 'speed'; there are "
        + "epochs, batchSize, seed, loss, optimizer, learningRate, weightDecay, gradientClipping, "
        + "augmentation, algorithms, precision, stop, evaluation, checkpoints, threads"
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
