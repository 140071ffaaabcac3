import CollapseCore
import Networks
import Testing
import Training

/// Training in bfloat16: 8 bits of precision between layers, float32 wherever numbers are kept.
@Suite(.enabled(if: TrainingEngine.computesBfloat16, "needs a processor with AVX-512"))
struct PrecisionTests {
  /// What one rounding to bfloat16 may change, relatively, is 2⁻⁹. Along the few layers here both
  /// ways some of them add up, and move values close to zero over a ReLU's kink: all cases stay
  /// within 3·2⁻⁶ of an array's largest element. Where there are few values, one that crosses a
  /// kink, or another pixel that becomes a window's largest, changes a gradient by more; that
  /// happens in one draw out of ten.
  static let tolerance = 0x3p-6

  /// Every layer forward and backward against its definition in double precision, at inputs and
  /// parameters that bfloat16 holds exactly: right but for the rounding, in four draws more than
  /// those where a kink is crossed.
  @Test(arguments: LayerTests.cases + LayerTests.mapCases)
  func gradients(_ c: LayerTests.Case) throws {
    var lead = 0
    var errors: [[String: Double]] = []
    for draw in UInt64(1)...20 {
      let found = try relativeErrors(c, seed: draw)
      errors.append(found)
      lead += found.values.allSatisfy({ $0 <= Self.tolerance }) ? 1 : -1
      if lead == 4 { return }
      if lead == -4 { break }
    }
    Issue.record("\(c): relative errors \(errors)")
  }

  private func relativeErrors(_ c: LayerTests.Case, seed: UInt64) throws -> [String: Double] {
    var random = SeededGenerator(seed: seed)
    func draw(_ scale: Double) -> Float { rounded(Float(random.normal() * scale)) }
    let network = try CompiledNetwork(
      layers: c.layers, inputShape: c.input, firstBatch: c.batch,
      trainable: true, precision: .bfloat16, threads: 2, seed: 1, policy: .exact)
    for (name, tensor) in try network.parameters() {
      // outputs of order one: a softmax of large logits would magnify what is rounded off
      let inputs = tensor.values.count / tensor.shape[0]
      let scale = inputs == 1 ? 0.5 : 1 / Double(inputs).squareRoot()
      let values = tensor.values.map { _ in draw(scale) }
      try network.set(name, to: Tensor(shape: tensor.shape, values: values))
    }
    let input = (0..<c.batch * c.input.elementCount).map { _ in draw(1) }
    let labels = (0..<c.batch).map { _ in Int32(random.index(below: c.classes)) }
    let reference = try ReferenceNetwork(network)
    let batch = ReferenceBatch(shape: c.input, values: input.map(Double.init))

    var errors: [String: Double] = [:]
    func compare(_ name: String, _ values: [Float], _ expected: [Double]) {
      let scale = max(expected.map(abs).max() ?? 0, 0.1)
      errors[name] = (zip(values, expected).map { abs(Double($0) - $1) }.max() ?? 0) / scale
    }
    compare("logits", try network.logits(input, training: true), reference.output(batch).values)
    _ = try network.step(input, labels: labels, loss: .crossEntropy())
    for (name, tensor) in try network.gradients() {
      let gradient = reference.gradient(of: name) {
        ReferenceNetwork.crossEntropy($0.output(batch), labels)
      }
      compare(name, tensor.values, gradient)
    }
    return errors
  }

  /// How far two convolutions after one another, forward and backward, are from their definition
  /// in double precision, as a share of the spread of the values: sums of products of bfloat16
  /// by its rounding alone, Winograd's by what his transforms magnify it to.
  @Test(
    arguments: [
      ("direct/native/0", 0.005), ("winogradProduct/native/0", 0.025),
    ]
      + (TrainingEngine.multipliesBfloat16
        ? [("winogradFused/native/0", 0.025), ("pixelProduct/native/0", 0.005)] : []))
  func roundingOfConvolutions(_ id: String, _ limit: Double) throws {
    var random = SeededGenerator(seed: 4)
    let (shape, batch): (Shape, Int) = ([32, 8, 8], 8)
    let layers = [
      LayerDescription("a", Convolution(outputs: 32, window: Window(3, padding: 1))),
      LayerDescription("b", Convolution(outputs: 32, window: Window(3, padding: 1))),
      LayerDescription("flatten", Flatten()), LayerDescription("classifier", Dense(outputs: 16)),
    ]
    var choices: [String: String] = [:]
    for layer in ["a", "b"] {
      for direction in ["forward", "backwardData", "backwardWeights"] {
        choices["\(layer)/\(direction)"] = id
      }
    }
    let network = try CompiledNetwork(
      layers: layers, inputShape: shape, firstBatch: batch, trainable: true,
      precision: .bfloat16, threads: 2, seed: 1, policy: .fast,
      known: AlgorithmChoices(byLayer: choices))
    for (name, tensor) in try network.parameters() where tensor.shape.rank > 1 {
      let scale = 1 / Double(tensor.values.count / tensor.shape[0]).squareRoot()
      let values = tensor.values.map { _ in rounded(Float(random.normal() * scale)) }
      try network.set(name, to: Tensor(shape: tensor.shape, values: values))
    }
    let input = (0..<batch * shape.elementCount).map { _ in rounded(Float(random.normal())) }
    let labels = (0..<batch).map { _ in Int32(random.index(below: 16)) }
    let reference = try ReferenceNetwork(network)
    let samples = ReferenceBatch(shape: shape, values: input.map(Double.init))
    func error(_ values: [Float], _ expected: [Double]) -> Double {
      let squares = zip(values, expected).map { (Double($0) - $1) * (Double($0) - $1) }
      return (squares.reduce(0, +) / expected.map { $0 * $0 }.reduce(0, +)).squareRoot()
    }
    let logits = try network.logits(input, training: true)
    #expect(error(logits, reference.output(samples).values) < limit)

    _ = try network.step(input, labels: labels, loss: .crossEntropy())
    let gradient = try network.gradients().first { $0.name == "a/weight" }!.tensor.values
    let picked = (0..<64).map { _ in random.index(below: gradient.count) }
    let expected = picked.map { index in
      var moved = reference
      moved.parameters["a/weight"]![index] += 1e-4
      let above = ReferenceNetwork.crossEntropy(moved.output(samples), labels)
      moved.parameters["a/weight"]![index] -= 2e-4
      return (above - ReferenceNetwork.crossEntropy(moved.output(samples), labels)) / 2e-4
    }
    #expect(error(picked.map { gradient[$0] }, expected) < limit)
  }

  struct Twins: CustomTestStringConvertible {
    let id: String
    let other: String
    let input: Shape
    var window = Window(3, padding: 1)
    let channels: Int
    let batch: Int

    var testDescription: String { "\(id) on \(batch)×\(input) to \(channels), \(window)" }
  }

  static let fused: [Twins] = [
    ([32, 4, 4], 32, 1), ([64, 5, 7], 96, 3), ([96, 10, 6], 64, 7), ([128, 8, 8], 160, 25),
    ([96, 16, 16], 64, 50),
  ].map { input, channels, batch in
    Twins(
      id: "winogradFused/native/0", other: "winogradProduct/native/0", input: input,
      channels: channels, batch: batch)
  }

  static let pixelwise: [Twins] = [
    ([32, 2, 2], Window(3, padding: 1), 32, 1),
    ([64, 9, 6], Window(3, stride: 2, padding: 1), 96, 7),
    ([96, 5, 4], Window(1, stride: 2), 160, 9), ([32, 3, 2], Window(1, padding: 1), 32, 5),
    ([32, 7, 9], Window(kernel: [5, 2], stride: [1, 3], padding: [2, 0]), 64, 130),
    ([32, 1, 1], Window(kernel: [3, 5], padding: [2, 3]), 64, 3),
    ([128, 3, 3], Window(3, stride: 2, padding: 1), 256, 4),
  ].map { input, window, channels, batch in
    Twins(
      id: "pixelProduct/native/0", other: "direct/native/0", input: input, window: window,
      channels: channels, batch: batch)
  }

  /// Two ways that round the same factors of a convolution differ by the order of their sums and by
  /// what is rounded between layers: Winograd's within the cache and by large products, on maps
  /// that tiles do not fill, with tiles that do not fill pairs, and channels that do not fill a
  /// chunk; products pixel by pixel and the definition by oneDNN, with taps beyond the map. The
  /// layer before them makes their gradients by the source count.
  @Test(
    .enabled(if: TrainingEngine.multipliesBfloat16, "needs a processor with AVX512_BF16"),
    arguments: fused + pixelwise)
  func twins(_ c: Twins) throws {
    let layers = [
      LayerDescription("first", Convolution(outputs: c.input[0], window: Window(1))),
      LayerDescription("a", Convolution(outputs: c.channels, window: c.window)),
      LayerDescription("relu", ReLU()),
      LayerDescription("b", Convolution(outputs: 32, window: Window(3, padding: 1))),
      LayerDescription("flatten", Flatten()), LayerDescription("classifier", Dense(outputs: 3)),
    ]
    let (input, batch) = (c.input, c.batch)
    var random = SeededGenerator(seed: 6)
    let samples = (0..<batch * input.elementCount).map { _ in Float(random.normal()) }
    func results(_ id: String) throws -> [String: [Float]] {
      var choices: [String: String] = [:]
      for direction in ["forward", "backwardData", "backwardWeights"] {
        for layer in ["a", "b"] { choices["\(layer)/\(direction)"] = id }
      }
      let network = try CompiledNetwork(
        layers: layers, inputShape: input, firstBatch: batch, trainable: true,
        precision: .bfloat16, threads: 2, seed: 1, policy: .fast,
        known: AlgorithmChoices(byLayer: choices))
      try network.initialize(Initialization(), seed: 3)
      var results = ["logits": try network.logits(samples, training: true)]
      let labels = (0..<batch).map { Int32($0 % 3) }
      _ = try network.step(samples, labels: labels, loss: .crossEntropy())
      for (name, tensor) in try network.gradients() { results[name] = tensor.values }
      return results
    }
    let expected = try results(c.other)
    for (name, values) in try results(c.id) {
      let pairs = zip(values, expected[name]!).map { (Double($0), Double($1)) }
      let difference = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      let size = pairs.reduce(0) { $0 + $1.1 * $1.1 }.squareRoot()
      #expect(size > 0 && difference < 0.01 * size, "\(name) off by \(difference / size)")
    }
  }

  /// Evaluation and features are float32's, from float32 parameters: a network that trains in
  /// bfloat16 says the same as one with the same parameters that does not.
  @Test(arguments: [
    NetworkDescription(kind: "mlp", widths: [24, 16]),
    NetworkDescription(kind: "vgg11", widthMultiplier: 0.25),
  ]) func inferenceIsFloat32(_ description: NetworkDescription) throws {
    let shape: Shape = [3, 32, 32]
    let architecture = try description.architecture(input: shape, classes: 4)
    var random = SeededGenerator(seed: 3)
    let input = (0..<5 * shape.elementCount).map { _ in Float(random.normal()) }
    func logits(_ precision: Precision) throws -> [Float] {
      let network = try CompiledNetwork(
        architecture, firstBatch: 5, trainable: true, precision: precision, threads: 2, seed: 1)
      try network.initialize(Initialization(), seed: 3)
      return try network.logits(input, training: false)
    }
    expectClose(
      try logits(.bfloat16), try logits(.float32).map(Double.init), "logits", tolerance: 1e-5)
  }

  /// What is set and read back of a network that trains in bfloat16 has all its bits.
  @Test func parametersAreFloat32() throws {
    let samples = ToySamples.quadrants(count: 40)
    var options = TrainingOptions()
    options.epochs = 1
    options.precision = .bfloat16
    let network = NetworkDescription(kind: "mlp", widths: [16])
    let checkpoint = try Trainer(network: network, options: options, training: samples).run()
      .checkpoint
    for name in ["parameters/features.0/weight", "optimizer/momentum/features.0/weight"] {
      #expect(checkpoint[name]!.values.contains { $0.bitPattern & 0xffff != 0 }, "\(name)")
    }
    #expect(try CheckpointHeader(checkpoint).options.precision == .bfloat16)
  }

  @Test func resumingKeepsThePrecision() throws {
    let samples = ToySamples.clusters(count: 20)
    let checkpoint = try Trainer(
      network: NetworkDescription(kind: "mlp", widths: [4]), options: TrainingOptions(),
      training: samples
    ).checkpoint()
    let error = #expect(throws: TrainingError.self) {
      try Trainer(resuming: checkpoint, training: samples) { $0.precision = .bfloat16 }
    }
    #expect(
      error?.description
        == "cannot resume training: precision was float32, is bfloat16; a training goes on as it "
        + "began")
  }
}

/// The nearest number bfloat16 has.
private func rounded(_ value: Float) -> Float {
  let bits = value.bitPattern
  return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
}
