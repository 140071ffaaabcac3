import CollapseCore
import Networks
import Testing
import Training

/// The way of an objective's gradient by the features into the layers before the classifier,
/// against central differences in double precision.
@Suite struct ObjectiveTests {
  struct Network: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let input: Shape
    let layers: [any Layer]
  }

  static let networks = [
    Network(
      testDescription: "rectified features", input: [6], layers: [Dense(outputs: 9), ReLU()]),
    Network(
      testDescription: "normalized features", input: [6],
      layers: [Dense(outputs: 20), BatchNormalization(), ReLU(), BatchNormalization(shift: false)]),
    Network(
      testDescription: "pooled features", input: [2, 4, 4],
      layers: [
        Convolution(outputs: 16, window: Window(3, padding: 1)), ReLU(), GlobalAveragePooling(),
      ]),
    Network(
      testDescription: "features of a residual layer", input: [5],
      layers: [
        Dense(outputs: 7), ReLU(),
        Residual(body: [LayerDescription("inner", Dense(outputs: 7))]),
      ]),
    Network(testDescription: "the input for features", input: [6], layers: []),
  ]

  static let objectives = [
    Objective(.crossEntropy(), featureDecay: 0.3),
    Objective(.meanSquaredError(weight: 2, target: 3), spectralDecoupling: 0.2, featureDecay: 0.1),
    Objective(.meanSquaredError(halved: true)),
    Objective(.supervisedContrastive(temperature: 0.5, classifierWeight: 0.7)),
    Objective(
      .supervisedContrastive(temperature: 0.2), spectralDecoupling: 0.1, featureDecay: 0.2),
  ]

  @Test(arguments: networks, objectives)
  func gradients(_ n: Network, _ objective: Objective) throws {
    let labels: [Int32] = [0, 1, 2, 1, 0, 1]
    let layers =
      n.layers.enumerated().map { LayerDescription("features.\($0.offset)", $0.element) }
      + [LayerDescription("classifier", Dense(outputs: 3))]
    let network = try CompiledNetwork(
      layers: layers, inputShape: n.input, firstBatch: labels.count, trainable: true,
      threads: 2, seed: 1, policy: .fast, featureGradient: objective.featureGradient)
    var random = SeededGenerator(seed: 12)
    for (name, tensor) in try network.parameters() {
      let values = tensor.values.map { _ in Float(random.normal() * 0.5) }
      try network.set(name, to: Tensor(shape: tensor.shape, values: values))
    }
    let input = (0..<labels.count * n.input.elementCount).map { _ in Float(random.normal()) }
    let reference = try ReferenceNetwork(network)
    let batch = ReferenceBatch(shape: n.input, values: input.map(Double.init))

    let value = try network.step(input, labels: labels, objective: objective)
    let parts = Self.parts(reference, batch, labels, objective)
    #expect(abs(value - parts.features - parts.logits) < 1e-5 * max(1, abs(value)))

    let contrasts = objective.featureGradient == .ofObjective
    for (name, tensor) in try network.gradients() {
      let gradient = reference.gradient(of: name) {
        let parts = Self.parts($0, batch, labels, objective)
        // A contrastive loss trains the features, and the logits' losses the classifier alone.
        return (contrasts && !name.hasPrefix("classifier") ? 0 : parts.logits) + parts.features
      }
      expectClose(tensor.values, gradient, name, tolerance: 2e-4)
    }
  }

  /// What an objective says of the features, and what of the logits.
  private static func parts(
    _ network: ReferenceNetwork, _ batch: ReferenceBatch, _ labels: [Int32],
    _ objective: Objective
  ) -> (features: Double, logits: Double) {
    let features = network.run(Array(network.layers.dropLast()), batch)
    let logits = network.run([network.layers.last!], features)
    let count = Double(labels.count)
    func squares(_ batch: ReferenceBatch) -> Double {
      batch.values.reduce(0) { $0 + $1 * $1 } / count
    }
    let decay = objective.featureDecay / 2 * squares(features)
    let decoupling = objective.spectralDecoupling / 2 * squares(logits)
    switch objective.loss.loss {
    case let loss as SupervisedContrastive:
      let rows = (0..<labels.count).map { Array(features.sample($0)) }
      let contrast = supervisedContrastive(
        rows, labels.map { Int($0) }, temperature: loss.temperature)
      let entropy = ReferenceNetwork.crossEntropy(logits, labels)
      return (contrast + decay, loss.classifierWeight * entropy + decoupling)
    case let loss as MeanSquaredError:
      var sum = 0.0
      for (index, label) in labels.enumerated() {
        for (c, z) in logits.sample(index).enumerated() {
          let difference = z - (c == Int(label) ? loss.target : 0)
          let share = loss.scale == .half ? 0.5 : 1.0 / 3
          sum += (c == Int(label) ? loss.weight : 1) * difference * difference * share
        }
      }
      return (decay, sum / count + decoupling)
    default: return (decay, ReferenceNetwork.crossEntropy(logits, labels) + decoupling)
    }
  }

  /// Metrics keep the loss apart from the penalties, and count all of them where it says so.
  @Test func regularizedLoss() throws {
    let samples = ToySamples.clusters(count: 40)
    var options = TrainingOptions()
    options.epochs = 2
    options.batchSize = 16
    options.learningRate = LearningRate(initial: 0.01)
    options.featureDecay = 0.2
    options.spectralDecoupling = 0.3
    options.weightDecay = WeightDecay(coefficient: 0.05, appliesTo: .weights)
    let trainer = try Trainer(
      network: NetworkDescription(kind: "mlp", widths: [12]), options: options, training: samples)
    let checkpoint = try trainer.run().checkpoint
    let metrics = try #require(trainer.metrics)
    var (features, logits, loss) = (0.0, 0.0, 0.0)
    try FeatureExtractor(checkpoint).extract(samples) { block in
      features += block.layers[0].rows.reduce(0) { $0 + Double($1) * Double($1) }
      logits += block.logits.reduce(0) { $0 + Double($1) * Double($1) }
      loss +=
        ReferenceNetwork.crossEntropy(
          ReferenceBatch(shape: [3], values: block.logits.map(Double.init)),
          Array(samples.labels[block.range])) * Double(block.range.count)
    }
    let weights = ["features.0", "classifier"].reduce(0.0) { sum, layer in
      checkpoint["parameters/\(layer)/weight"]!.values.reduce(sum) {
        $0 + Double($1) * Double($1)
      }
    }
    #expect(abs(metrics.trainLoss! - loss / 40) < 1e-6)
    let expected =
      metrics.trainLoss! + 0.1 * features / 40 + 0.15 * logits / 40 + 0.025 * weights
    #expect(abs(metrics.regularizedLoss! - expected) < 1e-6 * expected)
  }

  /// A contrastive training collapses: the features of a class come together, the means of the
  /// classes to the corners of a simplex, and the classifier that learns beside tells them apart.
  @Test func contrastiveTrainingCollapses() throws {
    let samples = ToySamples.clusters(count: 90, noise: 0.2)
    var options = TrainingOptions()
    options.epochs = 60
    options.batchSize = 45
    options.learningRate = LearningRate(initial: 0.1, schedule: .cosine(final: 0))
    options.loss = .supervisedContrastive(temperature: 0.5)
    let trainer = try Trainer(
      network: NetworkDescription(kind: "mlp", widths: [24, 16]), options: options,
      training: samples)
    let before = try geometry(of: trainer.checkpoint(), samples)
    let after = try geometry(of: trainer.run().checkpoint, samples)
    #expect(trainer.metrics!.trainAccuracy! == 1)
    #expect(before.within > 0.1, "\(before)")
    #expect(after.within < 0.05, "\(after)")
    // cosines of centred class means, −1/2 for three classes in a simplex
    #expect(after.cosines.allSatisfy { abs($0 + 0.5) < 0.1 }, "\(after)")
  }

  /// Of features of length 1: their variance within classes by that between, and the cosines
  /// between the centred means of the classes.
  private func geometry(
    of checkpoint: NamedTensors, _ samples: LabeledPoints
  ) throws -> (within: Double, cosines: [Double]) {
    var rows: [[Double]] = []
    try FeatureExtractor(checkpoint).extract(samples) { block in
      let width = block.layers[0].columnCount
      for row in 0..<block.range.count {
        let h = block.layers[0].rows[row * width..<(row + 1) * width].map(Double.init)
        let norm = h.reduce(0) { $0 + $1 * $1 }.squareRoot()
        rows.append(h.map { $0 / norm })
      }
    }
    func mean(_ rows: [[Double]]) -> [Double] {
      rows[0].indices.map { k in rows.reduce(0) { $0 + $1[k] } / Double(rows.count) }
    }
    func product(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let centre = mean(rows)
    let classes = (0..<3).map { label in
      rows.indices.filter { samples.labels[$0] == label }.map { rows[$0] }
    }
    let means = classes.map { zip(mean($0), centre).map { $0 - $1 } }
    let between = means.reduce(0) { $0 + product($1, $1) } / 3
    let within =
      zip(classes, means).reduce(0.0) { sum, pair in
        pair.0.reduce(sum) { sum, row in
          let rest = zip(zip(row, centre), pair.1).map { $0.0 - $0.1 - $1 }
          return sum + product(rest, rest)
        }
      } / Double(rows.count)
    let cosines = [(0, 1), (0, 2), (1, 2)].map { a, b in
      product(means[a], means[b])
        / (product(means[a], means[a]) * product(means[b], means[b])).squareRoot()
    }
    return (within / between, cosines)
  }
}
