import COneDNN
public import CollapseCore

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
  /// Operations per second of a product of two 2048×2048 matrices in the same precision and on as
  /// many threads: what the parts may be compared with.
  public let productRate: Double

  /// Compiles `network` as training with `options` does and times every part of its step.
  ///
  /// - Throws: ``TrainingError`` when the network cannot take samples of shape `input`.
  public init(
    _ network: NetworkDescription, options: TrainingOptions, input: Shape, classes: Int,
    runs: Int = 5, algorithms: AlgorithmChoices = .init()
  ) throws {
    var options = options
    options.learningRate = LearningRate(initial: 1e-6)
    var random = SeededGenerator(seed: 1)
    let samples = LabeledImages(
      sampleShape: input,
      pixels: (0..<options.batchSize * input.elementCount).map { _ in
        UInt8(truncatingIfNeeded: random.next())
      }, labels: (0..<options.batchSize).map { Int32($0 % classes) },
      classNames: (0..<classes).map(String.init))
    let pace = Pace()
    let trainer = try Trainer(
      network: network, options: options, training: samples,
      normalization: .centred(channels: input[0]), algorithms: algorithms)
    preparation = pace.seconds
    self.algorithms = trainer.algorithms
    batch = options.batchSize
    let layers = try network.lowered(input: input, classes: classes)
    let described = try layers.described(input: input)
    (parts, productRate) = try trainer.compiled.team.flushingSubnormals {
      let parts = try trainer.profile(runs: runs).map { step, seconds in
        let layer = described[step.layer]
        return Part(
          layer: step.layer, kind: layer?.kind ?? step.layer, phase: step.phase.rawValue,
          seconds: seconds, operations: (layer?.products ?? 0) * options.batchSize)
      }
      return (parts, try StepProfile.productRate(options.precision))
    }
  }
}

extension StepProfile {
  private static func productRate(_ precision: Precision) throws -> Double {
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

extension [LayerDescription] {
  /// By name, sublayers included: each layer's kind, and its operations per sample forward where
  /// it is a matrix product or a convolution.
  fileprivate func described(input: Shape) throws -> [String: (kind: String, products: Int)] {
    var shape = input
    var all: [String: (kind: String, products: Int)] = [:]
    for description in self {
      let layer = description.layer
      let output = try layer.outputShape(for: shape)
      let multiplies = layer is Dense || layer is Convolution
      all[description.name] = (
        description.kind,
        multiplies ? layer.operationCount(input: shape, output: output) : 0
      )
      for inner in try layer.sublayers(input: shape) {
        all.merge(try inner.layers.described(input: inner.input)) { $1 }
      }
      shape = output
    }
    return all
  }
}
