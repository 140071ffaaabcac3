import CollapseCore
import Networks
import Testing
import Training

/// The ways to compute a convolution against its definition, and against each other.
@Suite struct ConvolutionAlgorithmTests {
  /// Each way to compute a convolution, where oneDNN has it, in each direction and in inference.
  @Test(arguments: [
    "direct/native/0", "direct/native/1", "winograd/native/0", "winogradProduct/native/0",
    "direct/channelsLast/0",
    "direct/planar/0", "product/channelsLast/0",
  ]) func everyAlgorithm(_ id: String) throws {
    let c = LayerTests.Case(
      "", [16, 6, 6], batch: 2,
      [
        Convolution(outputs: 32, window: Window(3, padding: 1)), ReLU(),
        Convolution(outputs: 16, window: Window(3, padding: 1)), BatchNormalization(), ReLU(),
        GlobalAveragePooling(),
      ])
    var choices: [String: String] = [:]
    for layer in ["features.0", "features.2"] {
      for direction in ["forward", "backwardData", "backwardWeights"] {
        choices["\(layer)/\(direction)"] = id
      }
    }
    let network = try CompiledNetwork(
      layers: c.layers, inputShape: c.input, firstBatch: c.batch,
      trainable: true, threads: 2, seed: 1, policy: .fast,
      known: AlgorithmChoices(byLayer: choices))
    try network.initialize(Initialization(), seed: 3)
    var random = SeededGenerator(seed: 2)
    let input = (0..<c.batch * c.input.elementCount).map { _ in Float(random.normal()) }
    let reference = try ReferenceNetwork(network)
    let batch = ReferenceBatch(shape: c.input, values: input.map(Double.init))
    let expected = reference.output(batch)
    expectClose(try network.logits(input, training: true), expected.values, "logits")
    _ = try network.step(input, labels: [0, 2], loss: .crossEntropy())
    // the kernels have thousands of elements: a random few of each stand for them
    for (name, tensor) in try network.gradients() where !name.hasPrefix("classifier") {
      let largest = Double(tensor.values.map(abs).max()!)
      for _ in 0..<12 {
        let index = random.index(below: tensor.values.count)
        var moved = reference
        moved.parameters[name]![index] += 1e-5
        let above = ReferenceNetwork.crossEntropy(moved.output(batch), [0, 2])
        moved.parameters[name]![index] -= 2e-5
        let below = ReferenceNetwork.crossEntropy(moved.output(batch), [0, 2])
        let gradient = (above - below) / 2e-5
        #expect(
          abs(Double(tensor.values[index]) - gradient) <= 1e-3 * max(largest, 1e-2),
          "\(name)[\(index)]")
      }
    }
    #expect(try network.logits(input, training: false).allSatisfy(\.isFinite))
  }

  /// Strided 1×1 kernels on fewer channels than a vector register holds, as the shortcuts of narrow
  /// ResNets have them: oneDNN's own kernel for their gradient writes past its scratch memory there.
  @Test(
    arguments: ["direct/native/0", "direct/native/1", "direct/channelsLast/0"],
    [
      ([4, 64, 64], 8, .float32), ([8, 64, 64], 12, .float32), ([12, 33, 47], 16, .float32),
      ([8, 64, 64], 12, .bfloat16),
    ].filter { $0.2 == .float32 || TrainingEngine.computesBfloat16 } as [(Shape, Int, Precision)])
  func stridedProjections(
    _ id: String, _ projection: (input: Shape, outputs: Int, precision: Precision)
  ) throws {
    let (shape, batch) = (projection.input, 8)
    let tolerance = projection.precision == .float32 ? 1e-3 : PrecisionTests.tolerance
    let layers = [
      LayerDescription(
        "a", Convolution(outputs: projection.outputs, window: Window(1, stride: 2), bias: false)),
      LayerDescription(
        "b", Convolution(outputs: 16, window: Window(1, stride: 2), bias: false)),
      LayerDescription("pool", GlobalAveragePooling()),
      LayerDescription("classifier", Dense(outputs: 3)),
    ]
    var choices: [String: String] = [:]
    for layer in ["a", "b"] {
      for direction in ["forward", "backwardData", "backwardWeights"] {
        choices["\(layer)/\(direction)"] = id
      }
    }
    let network = try CompiledNetwork(
      layers: layers, inputShape: shape, firstBatch: batch, trainable: true,
      precision: projection.precision, threads: 2, seed: 1, policy: .exact,
      known: AlgorithmChoices(byLayer: choices))
    try network.initialize(Initialization(), seed: 3)
    var random = SeededGenerator(seed: 6)
    let input = (0..<batch * shape.elementCount).map { _ in Float(random.normal()) }
    let labels = (0..<batch).map { Int32($0 % 3) }
    let reference = try ReferenceNetwork(network)
    let samples = ReferenceBatch(shape: shape, values: input.map(Double.init))
    let expected = reference.output(samples)
    if projection.precision == .float32 {
      expectClose(try network.logits(input, training: true), expected.values, "logits")
    }
    _ = try network.step(input, labels: labels, loss: .crossEntropy())
    for (name, tensor) in try network.gradients() where tensor.shape.rank == 4 {
      let largest = Double(tensor.values.map(abs).max()!)
      for index in stride(from: 0, to: tensor.values.count, by: 5) {
        var moved = reference
        moved.parameters[name]![index] += 1e-5
        let above = ReferenceNetwork.crossEntropy(moved.output(samples), labels)
        moved.parameters[name]![index] -= 2e-5
        let below = ReferenceNetwork.crossEntropy(moved.output(samples), labels)
        let gradient = (above - below) / 2e-5
        #expect(
          abs(Double(tensor.values[index]) - gradient) <= tolerance * largest, "\(name)[\(index)]")
      }
    }
  }

  /// What a recorded choice stands for does not depend on what the process built before: oneDNN
  /// gives the first implementation again as the second once a primitive of it is in its cache.
  @Test(
    arguments: [Precision.float32, .bfloat16].filter {
      $0 == .float32 || TrainingEngine.computesBfloat16
    })
  func aRecordedChoiceIsTheSameAlgorithmAlways(_ precision: Precision) throws {
    // shapes that no other test has
    let (shape, batch): (Shape, Int) = ([32, 13, 11], 5)
    let layers = [
      LayerDescription("a", Convolution(outputs: 48, window: Window(1, stride: 2), bias: false)),
      LayerDescription("b", Convolution(outputs: 32, window: Window(3, padding: 1), bias: false)),
      LayerDescription("pool", GlobalAveragePooling()),
      LayerDescription("classifier", Dense(outputs: 3)),
    ]
    var random = SeededGenerator(seed: 8)
    let input = (0..<batch * shape.elementCount).map { _ in Float(random.normal()) }
    func gradients(_ id: String) throws -> [[UInt32]] {
      var choices: [String: String] = [:]
      for direction in ["forward", "backwardData", "backwardWeights"] {
        for layer in ["a", "b"] { choices["\(layer)/\(direction)"] = id }
      }
      let network = try CompiledNetwork(
        layers: layers, inputShape: shape, firstBatch: batch, trainable: true,
        precision: precision, threads: 2, seed: 1, policy: .exact,
        known: AlgorithmChoices(byLayer: choices))
      try network.initialize(Initialization(), seed: 3)
      _ = try network.step(input, labels: [0, 1, 2, 0, 1], loss: .crossEntropy())
      return try network.gradients().map { $0.tensor.values.map(\.bitPattern) }
    }
    let second = try gradients("direct/native/1")
    let first = try gradients("direct/native/0")
    #expect(try gradients("direct/native/1") == second)
    #expect(try gradients("direct/native/0") == first)
  }

  /// Convolutions written here, which threads share by units of work or oneDNN's AVX-512 kernels cut
  /// up by rows, columns and points, give the same bits on any number.
  @Test(
    .enabled(if: TrainingEngine.computesBfloat16, "needs a processor with AVX-512"),
    arguments: [
      ("winogradProduct/native/0", .float32, [64, 12, 12]),
      ("winogradProduct/native/0", .bfloat16, [64, 12, 12]),
      ("winogradFused/native/0", .bfloat16, [64, 12, 12]),
      ("winogradFused/native/0", .bfloat16, [128, 4, 4]),
      ("pixelProduct/native/0", .bfloat16, [64, 12, 12]),
      ("pixelProduct/native/0", .bfloat16, [128, 4, 4]),
    ].filter { id, _, _ in
      TrainingEngine.multipliesBfloat16 || id.hasPrefix("winogradProduct")
    } as [(String, Precision, Shape)])
  func convolutionsHaveTheSameBitsOnAnyThreads(
    _ id: String, _ precision: Precision, _ shape: Shape
  ) throws {
    let layers = [
      LayerDescription("a", Convolution(outputs: 64, window: Window(3, padding: 1))),
      LayerDescription("b", Convolution(outputs: 96, window: Window(3, padding: 1))),
      LayerDescription("pool", GlobalAveragePooling()),
      LayerDescription("classifier", Dense(outputs: 3)),
    ]
    var choices: [String: String] = [:]
    for direction in ["forward", "backwardData", "backwardWeights"] {
      for layer in ["a", "b"] { choices["\(layer)/\(direction)"] = id }
    }
    var random = SeededGenerator(seed: 9)
    let input = (0..<40 * shape.elementCount).map { _ in Float(random.normal()) }
    func gradients(_ threads: Int) throws -> [[UInt32]] {
      let network = try CompiledNetwork(
        layers: layers, inputShape: shape, firstBatch: 40, trainable: true,
        precision: precision, threads: threads, seed: 1, policy: .fast,
        known: AlgorithmChoices(byLayer: choices))
      try network.initialize(Initialization(), seed: 3)
      _ = try network.step(input, labels: (0..<40).map { Int32($0 % 3) }, loss: .crossEntropy())
      return try network.gradients().filter { $0.name < "c" }
        .map { $0.tensor.values.map(\.bitPattern) }
    }
    let one = try gradients(1)
    #expect(one.count == 4)
    for threads in [2, 3, 8] { #expect(try gradients(threads) == one, "\(threads) threads") }
  }
}
