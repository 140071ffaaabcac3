import Tensors
import Testing
import Training

/// Every layer forward and backward against its definition in double precision.
///
/// The engine computes in float32: sums of up to a few hundred products of order one carry a
/// relative error of some 1e-6, so 1e-4 of the largest element separates rounding from mistakes.
@Suite struct LayerTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    var input: Shape
    var classes = 3
    var batch = 4
    var layers: [LayerDescription]

    init(
      _ description: String, _ input: Shape, classes: Int = 3, batch: Int = 4,
      _ layers: [any Layer], classifierBias: Bool = true
    ) {
      testDescription = description
      self.input = input
      self.classes = classes
      self.batch = batch
      self.layers =
        layers.enumerated().map { LayerDescription("features.\($0.offset)", $0.element) }
        + [LayerDescription("classifier", Dense(outputs: classes, bias: classifierBias))]
    }
  }

  static let cases: [Case] = [
    Case("classifier alone", [5], []),
    Case("classifier without bias", [5], [], classifierBias: false),
    Case("one sample", [7], batch: 1, [Dense(outputs: 5), ReLU()]),
    Case("one input, one output", [1], classes: 2, [Dense(outputs: 1)]),
    Case("more than one block of 16", [33], batch: 17, [Dense(outputs: 70), ReLU()]),
    Case("two ReLUs in a row", [9], [Dense(outputs: 18), ReLU(), ReLU()]),
    Case("ReLU on the input", [9], [ReLU(), Dense(outputs: 6)]),
    Case("batch normalization", [6], batch: 9, [Dense(outputs: 16), BatchNormalization()]),
    Case(
      "batch normalization and ReLU", [6], batch: 9,
      [Dense(outputs: 17), BatchNormalization(), ReLU()]),
    Case("without shift", [6], batch: 9, [Dense(outputs: 32), BatchNormalization(shift: false)]),
    Case("without scale", [6], batch: 9, [Dense(outputs: 5), BatchNormalization(scale: false)]),
    Case(
      "without affine", [6], batch: 5,
      [Dense(outputs: 20), BatchNormalization(scale: false, shift: false), ReLU()]),
    Case("normalized input", [6], batch: 5, [BatchNormalization(), Dense(outputs: 4), ReLU()]),
    Case(
      "last-layer normalization after ReLU", [6], batch: 8,
      [Dense(outputs: 16), BatchNormalization(), ReLU(), BatchNormalization(shift: false)]),
    Case("flattened images", [2, 3, 5], batch: 3, [Flatten(), Dense(outputs: 8), ReLU()]),
  ]

  @Test(arguments: cases) func gradients(_ c: Case) throws {
    var random = SeededGenerator(seed: 7)
    let network = try CompiledNetwork(
      layers: c.layers, inputShape: c.input, classes: c.classes, firstBatch: c.batch,
      trainable: true, threads: 2, seed: 1)
    for (name, tensor) in try network.parameters() {
      let values = tensor.values.map { _ in Float(random.normal() * 0.5) }
      try network.set(name, to: Tensor(shape: tensor.shape, values: values))
    }
    let input = (0..<c.batch * c.input.elementCount).map { _ in Float(random.normal()) }
    let labels = (0..<c.batch).map { _ in Int32(random.index(below: c.classes)) }
    let reference = try ReferenceNetwork(network)
    let batch = ReferenceBatch(shape: c.input, values: input.map(Double.init))

    let expected = reference.output(batch)
    expectClose(try network.logits(input, training: true), expected.values, "logits")

    let loss = try network.step(input, labels: labels, loss: .crossEntropy())
    #expect(abs(loss - ReferenceNetwork.crossEntropy(expected, labels)) < 1e-5)
    for (name, tensor) in try network.gradients() {
      let gradient = reference.gradient(of: name) {
        ReferenceNetwork.crossEntropy($0.output(batch), labels)
      }
      expectClose(tensor.values, gradient, name)
    }
  }

  /// A plan of another batch size uses the same parameters, whatever layout they were given.
  @Test(arguments: [1, 2, 3, 16, 31]) func batchSizesShareParameters(_ batch: Int) throws {
    let c = Case("", [13], [Dense(outputs: 40), BatchNormalization(), ReLU()])
    let network = try CompiledNetwork(
      layers: c.layers, inputShape: c.input, classes: c.classes, firstBatch: 64, trainable: true,
      threads: 2, seed: 1)
    try network.initialize(Initialization(), seed: 3)
    var random = SeededGenerator(seed: 5)
    let input = (0..<batch * 13).map { _ in Float(random.normal()) }
    let expected = try ReferenceNetwork(network).output(
      ReferenceBatch(shape: c.input, values: input.map(Double.init)))
    expectClose(try network.logits(input, training: true), expected.values, "logits")
  }
}

/// Whether `values` differ from `expected` by at most `tolerance` of the largest of them.
func expectClose(
  _ values: [Float], _ expected: [Double], _ what: String, tolerance: Double = 1e-4,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(values.count == expected.count, sourceLocation: sourceLocation)
  let scale = max(expected.map(abs).max() ?? 0, 1e-2)
  let worst = zip(values, expected).map { abs(Double($0) - $1) }.max() ?? 0
  #expect(worst <= tolerance * scale, "\(what)", sourceLocation: sourceLocation)
}
