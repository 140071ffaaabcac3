import CollapseCore
import Networks
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
    Case(
      "normalization of one sample", [6], batch: 1,
      [Dense(outputs: 16), BatchNormalization(epsilon: 0.5), ReLU()]),
    Case(
      "large epsilon", [6], batch: 7, [Dense(outputs: 16), BatchNormalization(epsilon: 0.5)]),
    Case(
      "tanh, softplus and GELU", [9], batch: 5,
      [
        Dense(outputs: 18), Tanh(), Dense(outputs: 17), Softplus(), Dense(outputs: 7),
        BatchNormalization(), GELU(),
      ]),
    Case(
      "tanh of the input, softplus of a ReLU", [6], [Tanh(), Dense(outputs: 5), ReLU(), Softplus()]),
    Case("vectors of samples", [9], [Embedding(outputs: 6), ReLU()]),
    Case("flattened images", [2, 3, 5], batch: 3, [Flatten(), Dense(outputs: 8), ReLU()]),
  ]

  static let mapCases: [Case] = [
    Case(
      "3×3, padded", [3, 5, 5], [Convolution(outputs: 4, window: Window(3, padding: 1)), Flatten()]),
    Case(
      "blocks of 16", [16, 4, 4], batch: 2,
      [Convolution(outputs: 16, window: Window(3, padding: 1)), Flatten()]),
    Case(
      "tiles cut off", [16, 5, 9], batch: 3,
      [Convolution(outputs: 32, window: Window(3, padding: 1)), ReLU(), GlobalAveragePooling()]),
    Case(
      "three channels to 16, ReLU, then 16 to 32", [3, 6, 6], batch: 2,
      [
        Convolution(outputs: 16, window: Window(3, padding: 1)), ReLU(),
        Convolution(outputs: 32, window: Window(3, padding: 1), bias: false), ReLU(),
        GlobalAveragePooling(),
      ]),
    Case(
      "one sample, a map of one pixel", [5, 1, 1], batch: 1,
      [Convolution(outputs: 6, window: Window(3, padding: 1)), Flatten()]),
    Case(
      "stride 2, no padding", [2, 7, 6],
      [Convolution(outputs: 5, window: Window(3, stride: 2)), ReLU(), Flatten()]),
    Case(
      "1×1, stride 2", [16, 5, 5],
      [Convolution(outputs: 16, window: Window(1, stride: 2), bias: false), Flatten()]),
    Case(
      "uneven kernel, stride and padding", [2, 6, 7], batch: 2,
      [
        Convolution(outputs: 3, window: Window(kernel: [2, 3], stride: [1, 2], padding: [0, 1])),
        Flatten(),
      ]),
    Case(
      "batch normalization of maps", [3, 4, 3], batch: 3,
      [
        Convolution(outputs: 16, window: Window(3, padding: 1)), BatchNormalization(), ReLU(),
        Convolution(outputs: 5, window: Window(3, padding: 1)), BatchNormalization(shift: false),
        ReLU(), Flatten(),
      ]),
    Case(
      "max pooling", [4, 6, 6],
      [Convolution(outputs: 16, window: Window(1)), MaxPooling(Window(2, stride: 2)), Flatten()]),
    Case(
      "overlapping max pooling of odd maps", [2, 7, 5],
      [
        Convolution(outputs: 3, window: Window(1)), MaxPooling(Window(3, stride: 2, padding: 1)),
        Flatten(),
      ]),
    Case(
      "average pooling, padded", [2, 5, 5],
      [
        Convolution(outputs: 16, window: Window(1)),
        AveragePooling(Window(3, stride: 2, padding: 1)), Flatten(),
      ]),
    Case(
      "global average pooling of odd channels", [2, 3, 5],
      [Convolution(outputs: 7, window: Window(1)), GlobalAveragePooling()]),
    Case(
      "5×5, stride 2, no bias, odd channels", [7, 9, 8], batch: 3,
      [
        Convolution(outputs: 17, window: Window(5, stride: 2, padding: 2), bias: false), ReLU(),
        Flatten(),
      ]),
    Case(
      "more padding than map", [3, 2, 1], batch: 2,
      [Convolution(outputs: 4, window: Window(5, padding: 3)), GlobalAveragePooling()]),
    Case(
      "normalization of one sample's map without affine", [3, 3, 3], batch: 1,
      [
        Convolution(outputs: 16, window: Window(1)),
        BatchNormalization(scale: false, shift: false), ReLU(), Flatten(),
      ]),
    Case(
      "normalization of maps of one pixel", [18, 1, 1], batch: 5,
      [
        Convolution(outputs: 33, window: Window(3, padding: 1), bias: false),
        BatchNormalization(scale: false), ReLU(), GlobalAveragePooling(),
      ]),
    Case(
      "layer normalization of one sample", [7], batch: 1,
      [Dense(outputs: 10), LayerNormalization(epsilon: 0.1)]),
    Case(
      "residual without normalization, one sample", [17, 1, 1], batch: 1,
      [
        Residual(
          body: [LayerDescription("a", Convolution(outputs: 3, window: Window(1)))],
          shortcut: [LayerDescription("s", Convolution(outputs: 3, window: Window(1)))]),
        Flatten(),
      ]),
    Case(
      "smooth maps", [2, 5, 4], batch: 2,
      [
        Convolution(outputs: 17, window: Window(3, padding: 1)), Softplus(),
        Convolution(outputs: 4, window: Window(3, padding: 1)), Tanh(),
        Convolution(outputs: 16, window: Window(1)), GELU(), GlobalAveragePooling(),
      ]),
    Case("pooling the input", [3, 4, 4], [AveragePooling(Window(2, stride: 2)), Flatten()]),
    Case("layer normalization", [7], [Dense(outputs: 10), LayerNormalization(), ReLU()]),
    Case(
      "layer normalization of maps, no affine", [2, 3, 4], batch: 2,
      [Convolution(outputs: 16, window: Window(1)), LayerNormalization(affine: false), Flatten()]),
    Case(
      "layer normalization of maps", [2, 3, 3], batch: 2,
      [Convolution(outputs: 16, window: Window(1)), LayerNormalization(), ReLU(), Flatten()]),
    Case(
      "residual, identity", [16, 3, 3], batch: 2,
      [
        Convolution(outputs: 16, window: Window(1)), ReLU(),
        Residual(body: [
          LayerDescription("a", Convolution(outputs: 16, window: Window(3, padding: 1))),
          LayerDescription("b", BatchNormalization()),
        ]), GlobalAveragePooling(),
      ]),
    Case(
      "residual with projection, twice", [3, 5, 5], batch: 2,
      [
        Residual(
          body: [
            LayerDescription(
              "a1", Convolution(outputs: 5, window: Window(3, stride: 2, padding: 1))),
            LayerDescription("a2", ReLU()),
            LayerDescription("a3", Convolution(outputs: 16, window: Window(3, padding: 1))),
          ],
          shortcut: [
            LayerDescription(
              "s", Convolution(outputs: 16, window: Window(1, stride: 2), bias: false))
          ]),
        Residual(
          body: [LayerDescription("b1", Convolution(outputs: 7, window: Window(1)))],
          shortcut: [
            LayerDescription("t1", Convolution(outputs: 7, window: Window(1))),
            LayerDescription("t2", BatchNormalization()),
          ]), GlobalAveragePooling(),
      ]),
    Case(
      "sum without rectification, twice", [3, 5, 5], batch: 2,
      [
        Convolution(outputs: 16, window: Window(1)),
        Residual(
          body: [
            LayerDescription("a1", BatchNormalization()), LayerDescription("a2", ReLU()),
            LayerDescription("a3", Convolution(outputs: 16, window: Window(3, padding: 1))),
          ], rectifies: false),
        Residual(
          body: [LayerDescription("b", Convolution(outputs: 7, window: Window(1, stride: 2)))],
          shortcut: [LayerDescription("s", Convolution(outputs: 7, window: Window(1, stride: 2)))],
          rectifies: false), GlobalAveragePooling(),
      ]),
    Case(
      "residual of vectors", [6], batch: 5,
      [
        Dense(outputs: 9), ReLU(),
        Residual(body: [
          LayerDescription("a", Dense(outputs: 9)), LayerDescription("b", ReLU()),
          LayerDescription("c", Dense(outputs: 9)),
        ]),
      ]),
  ]

  @Test(arguments: cases + mapCases) func gradients(_ c: Case) throws {
    try expectGradients(c, AlgorithmChoices())
  }

  /// Convolutions as matrix products written here, where they apply: the gradient by kernels of any
  /// shape, stride and padding, and Winograd's transforms on maps that its tiles do not fill.
  @Test(
    arguments: mapCases,
    [
      ["backwardWeights": "product/channelsLast/0"],
      [
        "forward": "winogradProduct/native/0", "backwardData": "winogradProduct/native/0",
        "backwardWeights": "winogradProduct/native/0",
      ],
    ]) func products(_ c: Case, _ algorithms: [String: String]) throws
  {
    var choices: [String: String] = [:]
    for layer in try Architecture(c.layers, input: c.input).parameters.map(\.layer) {
      for (direction, id) in algorithms { choices["\(layer)/\(direction)"] = id }
    }
    try expectGradients(c, AlgorithmChoices(byLayer: choices))
  }

  private func expectGradients(_ c: Case, _ known: AlgorithmChoices) throws {
    var random = SeededGenerator(seed: 7)
    let network = try CompiledNetwork(
      layers: c.layers, inputShape: c.input, firstBatch: c.batch,
      trainable: true, threads: 2, seed: 1, policy: .fast, known: known)
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

  /// Dropout has no fixed function to compare with: what it does is told from its outputs.
  @Test func dropout() throws {
    let count = 4000
    let layers = [
      LayerDescription("drop", Dropout(probability: 0.3)),
      LayerDescription("classifier", Dense(outputs: 2)),
    ]
    let network = try CompiledNetwork(
      layers: layers, inputShape: [count], firstBatch: 1, trainable: true,
      threads: 2, seed: 1)
    var weights = [Float](repeating: 0, count: 2 * count)
    for index in 0..<count { weights[index] = 1 }
    try network.set("classifier/weight", to: Tensor(shape: [2, count], values: weights))
    try network.set("classifier/bias", to: Tensor(shape: [2], values: [0, 0]))
    let ones = [Float](repeating: 1, count: count)
    #expect(try network.logits(ones, training: false)[0] == Float(count))
    let sum = try network.logits(ones, training: true)[0]
    // a binomial count: five standard deviations around its mean
    #expect(abs(sum * 0.7 - 0.7 * Float(count)) < 5 * (0.21 * Float(count)).squareRoot())
    #expect(try network.logits(ones, training: true)[0] == sum, "one step, one mask")
    // the gradient passes where the values did, with the same factor
    _ = try network.step(ones, labels: [1], loss: .crossEntropy())
    let gradient = try network.gradients()[0].tensor.values
    let kept = Set(gradient[..<count])
    #expect(kept.count == 2 && kept.contains(0))
  }

  /// Running moments keep `momentum` of each batch's, the variance divided by n − 1, and inference
  /// normalizes by them.
  @Test(arguments: [[3], [3, 2, 2]] as [Shape], [5, 1])
  func runningMoments(_ shape: Shape, _ batch: Int) throws {
    let normalization = BatchNormalization(epsilon: 0.1, momentum: 0.3)
    let network = try CompiledNetwork(
      layers: [
        LayerDescription("norm", normalization), LayerDescription("flat", Flatten()),
        LayerDescription("classifier", Dense(outputs: shape.elementCount)),
      ], inputShape: shape, firstBatch: batch, trainable: true,
      threads: 2, seed: 1)
    let size = shape.elementCount
    let identity = (0..<size * size).map { $0 / size == $0 % size ? Float(1) : 0 }
    try network.set("classifier/weight", to: Tensor(shape: [size, size], values: identity))
    try network.set(
      "classifier/bias",
      to: Tensor(
        shape: [size],
        values: [Float](
          repeating: 0, count: size)))
    try network.set("norm/weight", to: Tensor(shape: [3], values: [1, 2, 3]))
    try network.set("norm/bias", to: Tensor(shape: [3], values: [0, 1, -1]))
    var random = SeededGenerator(seed: 6)
    var means = [0.0, 0, 0]
    var variances = [1.0, 1, 1]
    var input: [Float] = []
    for _ in 0..<3 {
      input = (0..<batch * size).map { _ in Float(random.normal() * 2 + 1) }
      _ = try network.logits(input, training: true)
      for channel in 0..<3 {
        let values = input.enumerated().filter { $0.offset % size / (size / 3) == channel }
          .map { Double($0.element) }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        means[channel] += 0.3 * (mean - means[channel])
        variances[channel] +=
          0.3 * (squares / Double(max(values.count - 1, 1)) - variances[channel])
      }
    }
    let statistics = Dictionary(
      uniqueKeysWithValues: network.statistics().map { ($0.name, $0.tensor.values) })
    expectClose(statistics["norm/running_mean"]!, means, "means")
    expectClose(statistics["norm/running_var"]!, variances, "variances")
    let expected = input.enumerated().map { index, value in
      let channel = index % size / (size / 3)
      return Double(channel + 1) * (Double(value) - means[channel])
        / (variances[channel] + 0.1).squareRoot() + [0, 1, -1][channel]
    }
    expectClose(try network.logits(input, training: false), expected, "inference")
  }

  /// A plan of another batch size uses the same parameters, whatever layout they were given.
  @Test(arguments: [1, 2, 3, 16, 31]) func batchSizesShareParameters(_ batch: Int) throws {
    let c = Case("", [13], [Dense(outputs: 40), BatchNormalization(), ReLU()])
    let network = try CompiledNetwork(
      layers: c.layers, inputShape: c.input, firstBatch: 64, trainable: true,
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
