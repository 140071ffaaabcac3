import CollapseCore
import LibC
import Networks
import Testing
import Training

/// Steps of every optimizer with every kind of weight decay, computed again from the definitions
/// in double precision.
@Suite struct OptimizerTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let optimizer: OptimizerDescription
    var decay = WeightDecay()
    var clipping: Double?
    /// λ by array.
    var lambda: @Sendable (_ layer: String, _ array: String) -> Double = { _, _ in 0 }
    var isDecoupled = false
  }

  static let decays: [Case] = [
    Case(
      testDescription: "all, coupled", optimizer: .sgd(),
      decay: WeightDecay(coefficient: 0.1), lambda: { _, _ in 0.1 }),
    Case(
      testDescription: "weights only", optimizer: .sgd(),
      decay: WeightDecay(coefficient: 0.1, appliesTo: .weights),
      lambda: { layer, array in layer != "features.1" && array == "weight" ? 0.1 : 0 }),
    Case(
      testDescription: "per group", optimizer: .sgd(momentum: 0.5, nesterov: true),
      decay: WeightDecay(coefficient: 0.1, classifier: 0.3, normalization: 0),
      lambda: { layer, _ in ["classifier": 0.3, "features.1": 0][layer] ?? 0.1 }),
    Case(
      testDescription: "weights only, normalization and classifier apart", optimizer: .sgd(),
      decay: WeightDecay(
        coefficient: 0.1, appliesTo: .weights, classifier: 0.3, normalization: 0.2),
      lambda: { layer, array in
        layer == "features.1" ? 0.2 : array == "bias" ? 0 : layer == "classifier" ? 0.3 : 0.1
      }),
    Case(
      testDescription: "layers by name, and biases", optimizer: .sgd(),
      decay: WeightDecay(
        coefficient: 0.1, appliesTo: .weights, classifier: 0.3, bias: 0.05,
        layers: [LayerDecay("features.0", 0.2)]),
      lambda: { layer, array in
        layer == "features.1" ? 0 : array == "bias" ? 0.05 : layer == "classifier" ? 0.3 : 0.2
      }),
    Case(
      testDescription: "a layer with its bias", optimizer: .sgd(),
      decay: WeightDecay(coefficient: 0.1, layers: [LayerDecay("features.0", 0)]),
      lambda: { layer, _ in layer == "features.0" ? 0 : 0.1 }),
    Case(
      testDescription: "decoupled", optimizer: .sgd(momentum: 0.9),
      decay: WeightDecay(coefficient: 0.1, mode: .decoupled), lambda: { _, _ in 0.1 },
      isDecoupled: true),
    Case(
      testDescription: "Adam, coupled", optimizer: .adam(beta1: 0.8, beta2: 0.9, epsilon: 1e-4),
      decay: WeightDecay(coefficient: 0.1), lambda: { _, _ in 0.1 }),
    Case(
      testDescription: "Adam, decoupled", optimizer: .adam(epsilon: 1e-2),
      decay: WeightDecay(coefficient: 0.1, mode: .decoupled), lambda: { _, _ in 0.1 },
      isDecoupled: true),
    Case(
      testDescription: "AdamW", optimizer: .adamW(beta1: 0.8, beta2: 0.9, epsilon: 1e-2),
      decay: WeightDecay(coefficient: 0.1, classifier: 0.3),
      lambda: { layer, _ in layer == "classifier" ? 0.3 : 0.1 }, isDecoupled: true),
    Case(testDescription: "clipped", optimizer: .sgd(momentum: 0.9), clipping: 0.05),
    Case(testDescription: "not long enough to clip", optimizer: .sgd(momentum: 0), clipping: 1e3),
  ]

  @Test(arguments: decays) func steps(_ c: Case) throws {
    let samples = ToySamples.clusters(count: 24)
    let network = NetworkDescription(kind: "mlp", widths: [10])
    var options = TrainingOptions()
    options.epochs = 4
    options.batchSize = 24
    options.optimizer = c.optimizer
    options.weightDecay = c.decay
    options.gradientClipping = c.clipping
    options.learningRate = LearningRate(
      initial: 0.05, schedule: .steps(epochs: [2], factor: 0.5))
    let trainer = try Trainer(network: network, options: options, training: samples)
    let start = try trainer.checkpoint()

    let engine = try CompiledNetwork(
      network.architecture(input: samples.sampleShape, classes: 3), firstBatch: 24, trainable: true,
      threads: 1,
      seed: 0)
    var values: [String: [Double]] = [:]
    var first: [String: [Double]] = [:]
    var second: [String: [Double]] = [:]
    for (name, _) in try engine.parameters() {
      values[name] = start["parameters/\(name)"]!.values.map(Double.init)
    }
    for time in 1...4 {
      let rate = time <= 2 ? 0.05 : 0.025
      for (name, tensor) in try engine.parameters() {
        try engine.set(
          name, to: Tensor(shape: tensor.shape, values: values[name]!.map { Float($0) }))
      }
      _ = try engine.step(samples.coordinates, labels: samples.labels, loss: .crossEntropy())
      let gradients = try engine.gradients()
      let norm = gradients.reduce(0.0) { sum, gradient in
        gradient.tensor.values.reduce(sum) { $0 + Double($1) * Double($1) }
      }.squareRoot()
      let scale = min(1, (c.clipping ?? .infinity) / norm)
      for (name, tensor) in gradients {
        let parts = name.split(separator: "/").map(String.init)
        let lambda = c.lambda(parts[0], parts[1])
        for (index, slope) in tensor.values.enumerated() {
          let value = values[name]![index]
          let gradient = scale * Double(slope) + (c.isDecoupled ? 0 : lambda * value)
          let step = Self.step(
            c.optimizer, gradient, &first[name, default: zeros(tensor)][index],
            &second[name, default: zeros(tensor)][index], time)
          values[name]![index] = value - rate * (step + (c.isDecoupled ? lambda * value : 0))
        }
      }
    }
    let end = try trainer.run().checkpoint
    for (name, expected) in values {
      expectClose(end["parameters/\(name)"]!.values, expected, name)
    }
  }

  private func zeros(_ tensor: Tensor) -> [Double] {
    Array(repeating: 0, count: tensor.values.count)
  }

  /// The direction of a step, before the learning rate.
  private static func step(
    _ optimizer: OptimizerDescription, _ gradient: Double, _ first: inout Double,
    _ second: inout Double, _ time: Int
  ) -> Double {
    func adam(_ beta1: Double, _ beta2: Double, _ epsilon: Double) -> Double {
      first = beta1 * first + (1 - beta1) * gradient
      second = beta2 * second + (1 - beta2) * gradient * gradient
      let mean = first / (1 - pow(beta1, Double(time)))
      let square = second / (1 - pow(beta2, Double(time)))
      return mean / (square.squareRoot() + epsilon)
    }
    switch optimizer.rule {
    case let rule as SGD:
      first = rule.momentum * first + gradient
      return rule.nesterov ? gradient + rule.momentum * first : first
    case let rule as Adam: return adam(rule.beta1, rule.beta2, rule.epsilon)
    case let rule as AdamW: return adam(rule.beta1, rule.beta2, rule.epsilon)
    default: preconditionFailure("no such optimizer is tested")
    }
  }
}
