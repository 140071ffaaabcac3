import CollapseCore
import Networks
import Testing
import Training

/// Stop conditions by the gradient of the whole objective and by the balance of penalties.
@Suite struct StationarityTests {
  private static let samples = ToySamples.clusters(count: 22)

  private static func chain(_ widths: [Int], rectifies: Bool = true) -> NetworkDescription {
    NetworkDescription(
      kind: "custom",
      layers: widths.enumerated().flatMap { index, width in
        [LayerDescription("features.\(index)", Dense(outputs: width, bias: false))]
          + (rectifies ? [LayerDescription("activation.\(index)", ReLU())] : [])
      } + [LayerDescription("classifier", Dense(outputs: 3, bias: false))])
  }

  private static func options(epochs: Int, batchSize: Int = 8) -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = epochs
    options.batchSize = batchSize
    options.learningRate = LearningRate(initial: 0.1)
    options.weightDecay = WeightDecay(
      coefficient: 0.02, classifier: 0.03, layers: [LayerDecay("features.0", 0.01)])
    return options
  }

  /// Of batches of 8, 8 and 6 samples: computed again from the definition in double precision.
  @Test func gradientAndBalanceByDefinition() throws {
    var options = Self.options(epochs: 2)
    options.stop = StopConditions(gradientNorm: 0, balance: 0)
    let network = Self.chain([7, 5])
    var metrics: EpochMetrics?
    let end = try Trainer(network: network, options: options, training: Self.samples).run {
      if case .epochFinished(let found) = $0 { metrics = found }
    }.checkpoint
    let compiled = try CompiledNetwork(
      network.architecture(input: Self.samples.sampleShape, classes: 3), firstBatch: 22,
      trainable: true, threads: 1, seed: 0)
    for (name, _) in try compiled.parameters() {
      try compiled.set(name, to: end["parameters/\(name)"]!)
    }
    let reference = try ReferenceNetwork(compiled)
    let input = ReferenceBatch(
      shape: Self.samples.sampleShape, values: Self.samples.coordinates.map(Double.init))
    let decays = ["features.0/weight": 0.01, "features.1/weight": 0.02, "classifier/weight": 0.03]
    var square = 0.0
    var penalties: [Double] = []
    var expected = 0.0
    for (name, values) in reference.parameters {
      let gradient = reference.gradient(of: name) {
        ReferenceNetwork.crossEntropy($0.output(input), Self.samples.labels)
      }
      let decay = try #require(decays[name])
      for (value, slope) in zip(values, gradient) {
        square += (slope + decay * value) * (slope + decay * value)
      }
      penalties.append(decay * values.reduce(0) { $0 + $1 * $1 })
      if name == "classifier/weight" {
        expected = -zip(values, gradient).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    let found = try #require(metrics)
    #expect(abs(found.gradientNorm! / square.squareRoot() - 1) < 1e-4)
    let balance = penalties.map { abs($0 / expected - 1) }.max()!
    #expect(abs(found.balance! / balance - 1) < 1e-3)
  }

  /// Of a linear chain: with ReLUs the gradient may jump at a minimum.
  @Test func trainingEndsAtAStationaryPoint() throws {
    var options = Self.options(epochs: 4000, batchSize: 22)
    options.evaluation.everyEpochs = 100
    options.stop = StopConditions(gradientNorm: 1e-4)
    let network = Self.chain([7], rectifies: false)
    let trainer = try Trainer(network: network, options: options, training: Self.samples)
    let outcome = try trainer.run()
    #expect(outcome.reason == .gradientNorm)
    #expect(trainer.epoch < 4000 && trainer.metrics!.gradientNorm! <= 1e-4)

    // There penalties are balanced, to the share that the gradient leaves.
    options.stop = StopConditions(balance: 1e-2)
    let balanced = try Trainer(network: network, options: options, training: Self.samples)
    #expect(try balanced.run().reason == .balance)
    #expect(balanced.metrics!.balance! <= 1e-2)
    // What has stopped has nothing left to do.
    let again = try Trainer(resuming: outcome.checkpoint, training: Self.samples)
    #expect(try again.run().reason == .gradientNorm)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var network = StationarityTests.chain([5])
    let change: @Sendable (inout TrainingOptions) -> Void
    let reason: String
  }

  static let refusals = [
    Refusal(
      testDescription: "batch normalization",
      network: NetworkDescription(kind: "mlp", widths: [5], batchNormalization: .all),
      change: { $0.stop.gradientNorm = 1 }, reason: "is another function in every batch"),
    Refusal(
      testDescription: "biases",
      network: NetworkDescription(kind: "mlp", widths: [5], batchNormalization: .none),
      change: { $0.stop.balance = 1 }, reason: "'features.0' adds a bias"),
    Refusal(
      testDescription: "no decay",
      change: { ($0.stop.balance, $0.weightDecay) = (1, WeightDecay()) },
      reason: "'features.0' has no weight decay"),
    Refusal(
      testDescription: "feature decay", change: { ($0.stop.balance, $0.featureDecay) = (1, 1) },
      reason: "penalties on logits or features"),
    Refusal(
      testDescription: "a decoupled decay",
      change: { ($0.stop.gradientNorm, $0.optimizer) = (1, .adamW()) },
      reason: "the decay is decoupled"),
    Refusal(
      testDescription: "batches that are compared, drawn anew",
      change: { ($0.stop.gradientNorm, $0.loss) = (1, .supervisedContrastive()) },
      reason: "batches are drawn anew in every epoch"),
    Refusal(
      testDescription: "a layer that is not there",
      change: { $0.weightDecay.layers = [LayerDecay("features.9", 1)] },
      reason: "no layer with parameters is called 'features.9'; there are features.0, classifier"),
    Refusal(
      testDescription: "the classifier by its name",
      change: { $0.weightDecay.layers = [LayerDecay("classifier", 1)] },
      reason: "'classifier' is the classifier; its decay is 'classifier'"),
  ]

  @Test(arguments: refusals)
  func refused(_ refusal: Refusal) throws {
    var options = Self.options(epochs: 1)
    options.weightDecay.layers = nil
    refusal.change(&options)
    let error = #expect(throws: (any Error).self) {
      try Trainer(network: refusal.network, options: options, training: Self.samples)
    }
    let classified = try #require(error as? any ClassifiedError)
    #expect(classified.kind == .usage)
    #expect(classified.description.contains(refusal.reason), "\(classified)")
  }
}
