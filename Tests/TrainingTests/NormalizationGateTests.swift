import CollapseCore
import Networks
import Testing
import Training

/// Batch normalizations that treat batches of samples that are alike apart.
@Suite struct NormalizationGateTests {
  typealias Moments = NormalizationGate.Moments

  // MARK: - Where the gate never closes or always is

  static let networks: [NetworkDescription] = [
    NetworkDescription(kind: "mlp", widths: [24, 17], lastLayerBatchNormalization: .withoutShift),
    NetworkDescription(kind: "convnet", widths: [16, 5]),
  ]

  private func trained(
    _ network: NetworkDescription, _ precision: Precision = .float32,
    like other: NamedTensors? = nil
  ) throws -> NamedTensors {
    var options = TrainingOptions()
    options.epochs = 3
    options.batchSize = 16
    options.seed = 5
    options.optimizer = .sgd(momentum: 0.9)
    options.learningRate = LearningRate(initial: 0.05)
    options.threads = 2
    options.precision = precision
    return try Trainer(
      network: network, options: options,
      training: ToySamples.quadrants(count: 42, channels: 3),
      normalization: .centred(channels: 3),
      // The choice of algorithms is timed: a second run must make the same.
      algorithms: try other.map { try CheckpointHeader($0).algorithms } ?? AlgorithmChoices()
    ).run().checkpoint
  }

  /// Parameters, moments of the optimizer and running moments.
  private func arrays(_ checkpoint: NamedTensors) -> [String: [UInt32]] {
    Dictionary(
      uniqueKeysWithValues: checkpoint.names.map {
        ($0, checkpoint[$0]!.values.map(\.bitPattern))
      })
  }

  @Test(arguments: networks, Moments.allCases)
  func aThresholdOfOneChangesNoBit(
    _ network: NetworkDescription, _ normalizesBy: Moments
  ) throws {
    var gated = network
    gated.normalizationGate = NormalizationGate(threshold: 1, normalizesBy: normalizesBy)
    let plain = try trained(network)
    let open = try trained(gated, like: plain)
    #expect(plain.names.contains { $0.hasSuffix("running_var") })
    #expect(arrays(plain) == arrays(open))
  }

  @Test(arguments: networks, Moments.allCases)
  func belowMinusOneRunningMomentsStay(
    _ network: NetworkDescription, _ normalizesBy: Moments
  ) throws {
    var gated = network
    gated.normalizationGate = NormalizationGate(threshold: -2, normalizesBy: normalizesBy)
    let open = try trained(network)
    let checkpoint = try trained(gated, like: open)
    let statistics = checkpoint.names.filter { $0.hasPrefix("statistics/") }
    #expect(!statistics.isEmpty)
    for name in statistics {
      let first: Float = name.hasSuffix("running_var") ? 1 : 0
      #expect(checkpoint[name]!.values.allSatisfy { $0 == first }, "\(name)")
    }
    // By its own moments a batch is normalized as ever: parameters learn the same.
    let (plain, closed) = (arrays(open), arrays(checkpoint))
    for (name, values) in plain where name.hasPrefix("parameters/") {
      if normalizesBy == .batch { #expect(closed[name] == values, "\(name)") }
    }
    if normalizesBy == .running {
      #expect(plain.contains { $0.key.hasPrefix("parameters/") && closed[$0.key] != $0.value })
    }
  }

  @Test(.enabled(if: TrainingEngine.computesBfloat16, "needs a processor with AVX-512"))
  func aThresholdOfOneChangesNoBitInBfloat16() throws {
    let network = Self.networks[1]
    var gated = network
    gated.normalizationGate = NormalizationGate(threshold: 1)
    let plain = try trained(network, .bfloat16)
    #expect(arrays(plain) == arrays(try trained(gated, .bfloat16, like: plain)))
  }

  // MARK: - Where it closes

  struct Case: CustomTestStringConvertible {
    let testDescription: String
    var input: Shape
    var layers: [any Layer]
    var normalization: BatchNormalization
    var after: [any Layer]

    /// The layers, the normalization with a gate.
    func layers(_ gate: NormalizationGate) -> [LayerDescription] {
      var normalization = normalization
      normalization.gate = gate
      return (layers + [normalization] + after).enumerated().map {
        LayerDescription("features.\($0.offset)", $0.element)
      } + [LayerDescription("classifier", Dense(outputs: 3))]
    }

    var normalizationName: String { "features.\(layers.count)" }
  }

  private static let convolution = Convolution(outputs: 16, window: Window(3, padding: 1))

  static let cases: [Case] = [
    Case(
      testDescription: "vectors", input: [6], layers: [Dense(outputs: 17)],
      normalization: BatchNormalization(), after: [ReLU()]),
    Case(
      testDescription: "vectors without ReLU and affine", input: [6],
      layers: [Dense(outputs: 32)],
      normalization: BatchNormalization(epsilon: 0.1, scale: false, shift: false), after: []),
    Case(
      testDescription: "the network's input, without shift", input: [6], layers: [],
      normalization: BatchNormalization(shift: false), after: [Dense(outputs: 5), ReLU()]),
    Case(
      testDescription: "maps in blocks of 16 channels", input: [3, 4, 3], layers: [convolution],
      normalization: BatchNormalization(), after: [ReLU(), Flatten()]),
    Case(
      testDescription: "maps in blocks without scale", input: [3, 4, 3], layers: [convolution],
      normalization: BatchNormalization(scale: false), after: [Flatten()]),
    Case(
      testDescription: "maps of five channels", input: [3, 4, 3],
      layers: [Convolution(outputs: 5, window: Window(3, padding: 1))],
      normalization: BatchNormalization(), after: [ReLU(), GlobalAveragePooling()]),
  ]

  /// A batch of samples in all directions moves the running moments; one of samples that are nearly the
  /// same does not, and is normalized by the moments the gate says. Gradients against central differences
  /// of the definition in double precision.
  @Test(arguments: cases, Moments.allCases)
  func gradients(_ c: Case, _ normalizesBy: Moments) throws {
    let batch = 8
    var random = SeededGenerator(seed: 7)
    let network = try CompiledNetwork(
      layers: c.layers(NormalizationGate(threshold: 0.6, normalizesBy: normalizesBy)),
      inputShape: c.input, firstBatch: batch, trainable: true, threads: 2, seed: 1, policy: .fast)
    for (name, tensor) in try network.parameters() {
      let values = tensor.values.map { _ in Float(random.normal() * 0.5) }
      try network.set(name, to: Tensor(shape: tensor.shape, values: values))
    }
    func moments() -> [String: [Float]] {
      Dictionary(uniqueKeysWithValues: network.statistics().map { ($0.name, $0.tensor.values) })
    }
    let size = c.input.elementCount
    let first = moments()
    _ = try network.logits(
      (0..<batch * size).map { _ in Float(random.normal()) }, training: true)
    let kept = moments()
    for (name, values) in kept { #expect(values != first[name], "\(name)") }

    let common = (0..<size).map { _ in random.normal() * 2 }
    let input = (0..<batch * size).map { Float(common[$0 % size] + 0.2 * random.normal()) }
    let labels = (0..<batch).map { _ in Int32(random.index(below: 3)) }
    var reference = try ReferenceNetwork(network)
    if normalizesBy == .running { reference.moments = kept.mapValues { $0.map(Double.init) } }
    let values = ReferenceBatch(shape: c.input, values: input.map(Double.init))
    let expected = reference.output(values)
    expectClose(try network.logits(input, training: true), expected.values, "logits")
    let loss = try network.step(input, labels: labels, loss: .crossEntropy())
    #expect(abs(loss - ReferenceNetwork.crossEntropy(expected, labels)) < 1e-4)
    for (name, tensor) in try network.gradients() {
      let gradient = reference.gradient(of: name) {
        ReferenceNetwork.crossEntropy($0.output(values), labels)
      }
      expectClose(tensor.values, gradient, name)
    }
    #expect(moments() == kept, "a closed gate leaves running moments as they are")
    if normalizesBy == .running {
      // For this batch the layer is that of inference.
      expectClose(
        try network.logits(input, training: true),
        try network.logits(input, training: false).map(Double.init), "inference",
        tolerance: 1e-5)
    }
  }

  /// Of one sample there are no pairs, and none of samples that are zero.
  @Test(arguments: [1, 3]) func noPairsCloseNoGate(_ batch: Int) throws {
    func network(_ gate: NormalizationGate?) throws -> CompiledNetwork {
      let network = try CompiledNetwork(
        layers: [
          LayerDescription("norm", BatchNormalization(gate: gate)),
          LayerDescription("classifier", Dense(outputs: 2)),
        ], inputShape: [4], firstBatch: batch, trainable: true, threads: 1, seed: 1)
      try network.initialize(Initialization(), seed: 1)
      _ = try network.logits(
        [1, 2, 3, 4] + [Float](repeating: 0, count: 4 * (batch - 1)), training: true)
      return network
    }
    let (plain, gated) = (try network(nil), try network(NormalizationGate(threshold: -2)))
    #expect(plain.statistics().map(\.tensor) == gated.statistics().map(\.tensor))
  }

  @Test func resumedTrainingHasTheSameBits() throws {
    var network = ResumeTests.network
    network.normalizationGate = NormalizationGate(threshold: 0.05)
    let options = ResumeTests.options(.sgd(momentum: 0.9))
    let whole = try Trainer(
      network: network, options: options, training: ResumeTests.samples
    ).run().checkpoint
    #expect(
      arrays(whole)
        != arrays(
          try Trainer(
            network: ResumeTests.network, options: options, training: ResumeTests.samples
          ).run().checkpoint), "the gate closes for some batches")
    try ResumeTests.checkSameBits(
      network, options, ResumeTests.samples, test: ResumeTests.test, stops: [[4], [7]], random: 1)
  }
}
