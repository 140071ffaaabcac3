import COneDNN
public import CollapseCore
public import Networks

/// What the parts of a training step cost on this machine, measured on made-up samples.
public struct StepProfile: Sendable {
  /// One thing a step does.
  public struct Part: Sendable {
    /// The layer it belongs to, or `loss` or `optimizer`.
    public let layer: String
    /// The kind of the layer: `convolution`.
    public let kind: String
    /// `forward`, `backwardData`, `backwardWeights` or `update`.
    public let phase: String
    /// The least of several runs.
    public let seconds: Double
    /// Multiplications and additions of a matrix product or convolution, by its definition
    /// whatever algorithm computes it; else zero.
    public let operations: Int
  }

  /// Samples per step.
  public let batch: Int
  /// In order of execution.
  public let parts: [Part]
  /// Seconds to compile the plan, timing of algorithms included.
  public let preparation: Double
  /// The algorithms taken, for the runs after this one.
  public let algorithms: AlgorithmChoices
  /// Compiles `network` as training with `options` does and times every part of its step.
  ///
  /// - Throws: ``TrainingError`` when the network cannot take samples of shape `input`.
  public init(
    _ network: NetworkDescription, options: TrainingOptions, input: Shape, classes: Int,
    runs: Int = 5, algorithms: AlgorithmChoices = .init()
  ) throws {
    var options = options
    options.learningRate = LearningRate(initial: 1e-6)
    let architecture = try network.architecture(input: input, classes: classes)
    try NetworkMemory(training: architecture, options, samples: options.batchSize).check()
    var random = SeededGenerator(seed: 1)
    let samples = StepProfile.samples(
      options.batchSize, shape: input, classes: classes, generator: &random)
    let pace = Pace()
    let trainer = try Trainer(
      network: network, options: options, training: samples,
      normalization: input.rank == 3 ? .centred(channels: input[0]) : nil,
      algorithms: algorithms)
    preparation = pace.seconds
    self.algorithms = trainer.algorithms
    batch = options.batchSize
    let layers = Dictionary(
      uniqueKeysWithValues: architecture.allLayers.map { ($0.name, $0) })
    parts = try trainer.compiled.team.flushingSubnormals {
      try trainer.profile(runs: runs).map { step, seconds in
        let layer = layers[step.layer]
        return Part(
          layer: step.layer, kind: layer?.kind ?? step.layer, phase: step.phase.rawValue,
          seconds: seconds, operations: (layer?.productOperations ?? 0) * options.batchSize)
      }
    }
  }

  /// Seconds of a step.
  public var stepSeconds: Double { parts.reduce(0) { $0 + $1.seconds } }

  /// Seconds of what a step has in common with an evaluation.
  public var forwardSeconds: Double {
    parts.reduce(0) { $1.phase == Step.Phase.forward.rawValue ? $0 + $1.seconds : $0 }
  }

  private static func samples(
    _ count: Int, shape: Shape, classes: Int, generator: inout SeededGenerator
  ) -> any LabeledSamples {
    let labels = (0..<count).map { Int32($0 % classes) }
    let names = (0..<classes).map(String.init)
    let size = count * shape.elementCount
    guard shape.rank == 3 else {
      return LabeledPoints(
        dimension: shape.elementCount,
        coordinates: (0..<size).map { _ in Float(generator.normal()) }, labels: labels,
        classNames: names)
    }
    return LabeledImages(
      sampleShape: shape,
      pixels: (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next()) },
      labels: labels, classNames: names)
  }
}

extension StepProfile {
  /// Operations per second of a product of two 2048×2048 matrices: what the parts of a step in the
  /// same precision and on as many threads may be compared with.
  public static func productRate(_ precision: Precision, threads: Int?) throws -> Double {
    ThreadTeam(threads: threads).adopt()
    let size = 2048
    let type = precision.elementType
    let plain = try Layout.plain([size, size], type: type)
    let any = try Layout.any([size, size], type: type)
    let product = try PrimitiveDescriptor("matrix product") {
      conednn_dense_forward(
        $0, $1, dnnl_forward_inference, plain.handle, any.handle, nil, plain.handle)
    }
    let scratchpad = Scratchpad()
    let primitive = try Primitive(
      product,
      [
        DNNL_ARG_SRC: try Memory(plain), DNNL_ARG_DST: try Memory(plain),
        DNNL_ARG_WEIGHTS: try Memory(product.layout(DNNL_ARG_WEIGHTS, [size, size])),
      ], scratchpad: scratchpad)
    try scratchpad.settle()
    let stream = try Stream()
    var least = Double.infinity
    for _ in 0..<10 {
      let pace = Pace()
      try primitive.execute(on: stream)
      least = min(least, pace.seconds)
    }
    return 2 * Double(size * size * size) / least
  }
}

extension Trainer {
  /// Times the parts of a step on the first samples, the least of `runs` runs each. The steps are
  /// real: the parameters change.
  fileprivate func profile(runs: Int) throws -> [(step: Step, seconds: Double)] {
    var costs: [(step: Step, seconds: Double)] = []
    try feeder.forEach(of: Array(0..<feeder.batchSize)) { _, batch in
      let plan = try compiled.trainingPlan(batch: batch.count)
      try plan.input.bind(to: batch.samples)
      let loss = Step(layer: "loss", phase: .forward) { [self] in
        _ = objective.evaluate(
          plan.outputs(labels: batch.usedLabels), gradients: plan.gradients)
      }
      let update = Step(layer: "optimizer", phase: .update) { [self] in
        optimizer.step(learningRate: options.learningRate.initial)
      }
      costs = (plan.forward + [loss] + plan.backward + [update]).map { ($0, .infinity) }
      for _ in 0..<runs {
        for index in costs.indices {
          let pace = Pace()
          try costs[index].step.run()
          costs[index].seconds = min(costs[index].seconds, pace.seconds)
        }
      }
      return true
    }
    return costs
  }
}

extension PlacedLayer {
  /// The operations of a matrix product or a convolution; of another layer none.
  fileprivate var productOperations: Int {
    type(of: description.layer).part == .weights ? operationCount : 0
  }
}
