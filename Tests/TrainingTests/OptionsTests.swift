import FoundationEssentials
import Testing
import Training

@Suite struct OptionsTests {
  private func decode<Value: Decodable>(_: Value.Type, _ json: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(json.utf8))
  }

  @Test func absentFieldsAreDefaults() throws {
    #expect(try decode(TrainingOptions.self, "{}") == TrainingOptions())
    #expect(
      try decode(NetworkDescription.self, #"{"kind": "mlp"}"#) == NetworkDescription(kind: "mlp"))
  }

  @Test func everyFieldRoundTrips() throws {
    var options = TrainingOptions()
    options.epochs = 3
    options.seed = .max
    options.loss = .meanSquaredError(weight: 5, target: 15)
    options.optimizer = .adam(beta1: 0.8, beta2: 0.95, epsilon: 1e-6)
    options.learningRate = LearningRate(
      initial: 0.3, schedule: .steps(epochs: [1, 2], factor: 0.2), warmUpEpochs: 1)
    options.weightDecay = WeightDecay(
      coefficient: 1e-3, appliesTo: .weights, mode: .decoupled, classifier: 0.1, normalization: 0)
    options.gradientClipping = 1
    options.stop = StopConditions(trainingError: 0, trainingLoss: 0.1)
    options.evaluation.everyEpochs = 5
    options.checkpoints = CheckpointSchedule(everyEpochs: 7, logarithmic: 4)
    options.threads = 2
    let data = try JSONEncoder().encode(options)
    #expect(try JSONDecoder().decode(TrainingOptions.self, from: data) == options)

    let network = NetworkDescription(
      kind: "custom", widthMultiplier: 0.5, batchNormalization: .last,
      lastLayerBatchNormalization: .withoutShift, classifierBias: false,
      initialization: Initialization(kind: .orthogonal, scale: 2),
      layers: [
        LayerDescription("a", Dense(outputs: 3)), LayerDescription("b", BatchNormalization()),
        LayerDescription("c", ReLU()), LayerDescription("classifier", Dense(outputs: 2)),
      ])
    let text = try JSONEncoder().encode(network)
    #expect(try JSONDecoder().decode(NetworkDescription.self, from: text) == network)
  }

  @Test(arguments: [
    (
      #"{"epoch": 1}"#,
      "unknown field 'epoch'; there are epochs, batchSize, seed, loss, optimizer, learningRate, weightDecay, gradientClipping, augmentation, algorithms, precision, stop, evaluation, checkpoints, threads"
    ),
    (
      #"{"loss": {"kind": "hinge"}}"#,
      "unknown loss 'hinge'; there are crossEntropy, meanSquaredError"
    ),
    (
      #"{"optimizer": {"kind": "sgd", "beta1": 0.9}}"#,
      "unknown field 'beta1'; there are kind, momentum, nesterov"
    ),
    (#"{"batchSize": 0}"#, "'batchSize': expected a positive number"),
    (
      #"{"learningRate": {"schedule": {"kind": "steps", "gamma": 1}}}"#,
      "unknown field 'gamma'; there are kind, epochs, factor"
    ),
    (#"{"weightDecay": -1}"#, "expected no negative number"),
  ]) func refused(_ json: String, _ message: String) throws {
    let error = try #require(throws: DecodingError.self) {
      try decode(TrainingOptions.self, json)
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(context.debugDescription == message)
  }

  @Test func bareWeightDecay() throws {
    let options = try decode(TrainingOptions.self, #"{"weightDecay": 5e-4}"#)
    #expect(options.weightDecay == WeightDecay(coefficient: 5e-4))
  }

  @Test func schedules() {
    let steps = LearningRate(initial: 1, schedule: .steps(epochs: [2, 4], factor: 0.1))
    #expect(
      (0..<6).map { steps.rate(epoch: $0, step: 0, steps: 5, epochs: 6) }
        .elementsEqual([1, 1, 0.1, 0.1, 0.01, 0.01]) { abs($0 - $1) < 1e-12 })
    let cosine = LearningRate(initial: 2, schedule: .cosine(final: 1), warmUpEpochs: 1)
    let rates = (0..<3).flatMap { epoch in
      (0..<4).map { cosine.rate(epoch: epoch, step: $0, steps: 4, epochs: 3) }
    }
    #expect(rates[0] > 0 && rates[0] < rates[1] && rates[3] < 2)
    #expect(rates[4] == 2 && abs(rates[8] - 1.5) < 1e-12 && rates[11] > 1)
  }

  @Test func logarithmicCheckpoints() {
    let schedule = CheckpointSchedule(logarithmic: 4)
    #expect((1...1000).filter { schedule.isDue(after: $0, of: 1000) } == [1, 10, 100, 1000])
    #expect((1...5).filter { CheckpointSchedule().isDue(after: $0, of: 5) } == [5])
  }
}
