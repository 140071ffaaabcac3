import CollapseCore
import FoundationEssentials
import LibC
import Networks
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
    options.spectralDecoupling = 0.5
    options.featureDecay = 1e-4
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
      "unknown key 'epoch': did you mean 'epochs'?"
    ),
    (
      #"{"loss": {"kind": "hinge"}}"#,
      "unknown loss 'hinge'; there are crossEntropy, meanSquaredError, supervisedContrastive"
    ),
    (
      #"{"optimizer": {"kind": "sgd", "beta1": 0.9}}"#,
      "unknown key 'beta1' in optimizer: it goes with the kind adam, adamw, not with sgd"
    ),
    (#"{"batchSize": 0}"#, "expected a positive number, found 0"),
    (#"{"epochs": 0}"#, "expected a positive number, found 0"),
    (#"{"epochs": -3}"#, "expected a positive number, found -3"),
    (
      #"{"learningRate": {"schedule": {"kind": "steps", "epochs": [1], "gamma": 1}}}"#,
      "unknown key 'gamma' in learningRate.schedule: known keys: epochs, factor, kind"
    ),
    (
      #"{"learningRate": {"schedule": "steps"}}"#, "missing key 'epochs'"
    ),
    (#"{"weightDecay": -1}"#, "expected no negative number, found -1"),
    (#"{"weightDecay": {"classifier": -1}}"#, "expected no negative number, found -1"),
    (#"{"learningRate": {"initial": -1}}"#, "expected no negative number, found -1"),
    (#"{"featureDecay": -1}"#, "expected no negative number, found -1"),
    (
      #"{"loss": {"kind": "supervisedContrastive", "temperature": 0}}"#,
      "expected a positive number, found 0"
    ),
    (
      #"{"loss": {"kind": "crossEntropy", "temperature": 1}}"#,
      "unknown key 'temperature' in loss: it goes with the kind supervisedContrastive, "
        + "not with crossEntropy"
    ),
    (
      #"{"optimizer": {"kind": "adamw"}, "weightDecay": {"mode": "coupled"}}"#,
      "adamw decouples it; 'mode: coupled' is for adam"
    ),
    (#"{"optimizer": {"kind": "lion"}}"#, "unknown optimizer 'lion'; there are sgd, adam, adamw"),
    (#"{"stop": {"trainingError": 2}}"#, "expected 0 to 1, found 2"),
    (
      #"{"learningRate": {"schedule": {"kind": "steps", "epochs": [0]}}}"#,
      "expected a positive number each, found 0"
    ),
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

  @Test(arguments: [
    LossFunction.crossEntropy(labelSmoothing: 0.1), .meanSquaredError(weight: 2, target: 3),
    .supervisedContrastive(temperature: 0.07, classifierWeight: 2),
  ]) func lossesRoundTrip(_ loss: LossFunction) throws {
    let data = try JSONEncoder().encode(loss)
    #expect(try JSONDecoder().decode(LossFunction.self, from: data) == loss)
  }

  /// What is not asked for is not written, so that options written before it existed mean the
  /// same as those written after.
  @Test func absentPenaltiesAreNotWritten() throws {
    let text = String(decoding: try JSONEncoder().encode(TrainingOptions()), as: UTF8.self)
    #expect(!text.contains("spectralDecoupling") && !text.contains("featureDecay"))
  }

  @Test func adamWDecouples() throws {
    let options = try decode(
      TrainingOptions.self, #"{"optimizer": {"kind": "adamw"}, "weightDecay": 0.01}"#)
    #expect(options.optimizer == .adamW())
    #expect(options.weightDecay == WeightDecay(coefficient: 0.01, mode: .decoupled))
    let data = try JSONEncoder().encode(options)
    #expect(try JSONDecoder().decode(TrainingOptions.self, from: data) == options)
  }

  /// A custom network says only what is not usual, and its layers are called by their places.
  @Test func customNetworkInShort() throws {
    let network = try decode(
      NetworkDescription.self,
      #"""
      {"kind": "custom", "layers": [
        {"kind": "convolution", "outputs": 8, "window": {"kernel": 3, "padding": 1}},
        {"kind": "batchNormalization"},
        {"kind": "relu"},
        {"kind": "residual", "body": [
          {"kind": "convolution", "outputs": 8, "window": {"kernel": [1, 3], "padding": [0, 1]}}]},
        {"kind": "globalAveragePooling"},
        {"kind": "dropout"},
        {"kind": "layerNormalization"},
        {"name": "head", "kind": "dense", "outputs": 4}]}
      """#)
    let architecture = try network.architecture(input: [3, 8, 8], classes: 4)
    #expect(
      architecture.allLayers.map(\.name) == [
        "layers.0", "layers.1", "layers.2", "layers.3", "layers.3.body.0", "layers.4", "layers.5",
        "layers.6", "head",
      ])
    #expect(
      architecture.parameterCount
        == (8 * 27 + 8) + 16 + (8 * 24 + 8) + 16 + (32 + 4))
  }

  @Test(arguments: [
    (
      #"{"kind": "convolution", "outputs": 1, "window": {"kernel": [3, 3, 3]}}"#,
      "expected one or two numbers, found [3, 3, 3]"
    ),
    (#"{"kind": "batchNormalization", "momentum": 2}"#, "expected 0 to 1, found 2"),
    (#"{"kind": "batchNormalization", "epsilon": 0}"#, "expected a positive number, found 0"),
  ]) func refusedLayers(_ json: String, _ message: String) throws {
    let error = try #require(throws: DecodingError.self) {
      try decode(LayerDescription.self, json)
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(context.debugDescription == message)
  }

  /// What has one field that matters, or is of a kind, may be that alone.
  @Test func bareValues() throws {
    let options = try decode(
      TrainingOptions.self,
      #"""
      {"weightDecay": 5e-4, "learningRate": {"schedule": "cosine"}, "optimizer": "adamw",
       "loss": "meanSquaredError"}
      """#)
    #expect(options.weightDecay == WeightDecay(coefficient: 5e-4, mode: .decoupled))
    #expect(options.learningRate.schedule == .cosine(final: 0))
    #expect(options.optimizer == .adamW())
    #expect(options.loss == .meanSquaredError())
    let network = try decode(NetworkDescription.self, #""vgg11""#)
    #expect(network == NetworkDescription(kind: "vgg11"))
  }

  /// Options are a part of the keys that decide whether what stands in a run's folder is to be made
  /// again: they are written as ever.
  @Test func optionsAreWrittenAsEver() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var options = TrainingOptions()
    options.learningRate = LearningRate(initial: 1, schedule: .steps(epochs: [60], factor: 0.1))
    options.weightDecay = WeightDecay(coefficient: 0.00005, classifier: 2)
    options.checkpoints.after.logarithmic = 12
    #expect(
      String(decoding: try encoder.encode(options), as: UTF8.self)
        == #"{"algorithms":"fast","augmentation":{"cropPadding":0,"horizontalFlip":false},"#
        + #""batchSize":128,"checkpoints":{"logarithmic":12},"epochs":10,"#
        + #""evaluation":{"batchSize":256,"everyEpochs":1},"#
        + #""learningRate":{"initial":1,"schedule":{"epochs":[60],"factor":0.1,"kind":"steps"},"#
        + #""warmUpEpochs":0},"loss":{"kind":"crossEntropy","labelSmoothing":0},"#
        + #""optimizer":{"kind":"sgd","momentum":0.9,"nesterov":false},"precision":"float32","#
        + #""seed":0,"stop":{},"weightDecay":{"appliesTo":"all","classifier":2,"#
        + #""coefficient":5e-05,"mode":"coupled"}}"#)
    let network = NetworkDescription(
      kind: "custom",
      layers: [
        LayerDescription("a", Convolution(outputs: 3, window: Window(3, padding: 1))),
        LayerDescription("classifier", Dense(outputs: 2, bias: false)),
      ])
    #expect(
      String(decoding: try encoder.encode(network), as: UTF8.self)
        == #"{"batchNormalization":"all","classifierBias":true,"#
        + #""initialization":{"kind":"pytorch","scale":1},"kind":"custom","#
        + #""lastLayerBatchNormalization":"none","layers":[{"bias":true,"kind":"convolution","#
        + #""name":"a","outputs":3,"window":{"kernel":[3,3],"padding":[1,1],"stride":[1,1]}},"#
        + #"{"bias":false,"kind":"dense","name":"classifier","outputs":2}],"widthMultiplier":1}"#)
  }

  @Test func everyKindIsRegisteredAndReadsItsDefaults() throws {
    let choices: [any Choice.Type] = [
      LossFunction.self, OptimizerDescription.self, LearningRate.Schedule.self,
      LayerDescription.self,
    ]
    for choice in choices { try readsDefaults(choice) }
  }

  private func readsDefaults<Value: Choice>(_: Value.Type) throws {
    for kind in Value.kinds where !kind.declarations.contains(where: \.isRequired) {
      let value = try decode(Value.self, #"{"kind": "\#(kind.kind)"}"#)
      #expect(type(of: value.value).kind == kind.kind)
      #expect(try decode(Value.self, #""\#(kind.kind)""#) == value)
    }
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
    // A straight line that would meet the initial rate in the first step after the warm-up.
    for step in 0..<4 { #expect(abs(rates[step] - 2 * Double(step + 1) / 5) < 1e-12) }
    for step in 0..<8 {
      let expected = 1 + (1 + cos(Double.pi * Double(step) / 8)) / 2
      #expect(abs(rates[4 + step] - expected) < 1e-12)
    }
    let constant = LearningRate(initial: 0.3)
    #expect(constant.rate(epoch: 7, step: 3, steps: 4, epochs: 9) == 0.3)
    let warmed = LearningRate(
      initial: 1, schedule: .steps(epochs: [2], factor: 0.5), warmUpEpochs: 1)
    #expect(warmed.rate(epoch: 1, step: 0, steps: 4, epochs: 4) == 1)
    #expect(warmed.rate(epoch: 2, step: 0, steps: 4, epochs: 4) == 0.5)
  }

  @Test func logarithmicCheckpoints() {
    let schedule = EpochSchedule(logarithmic: 4)
    #expect((1...1000).filter { schedule.isDue(after: $0, of: 1000) } == [1, 10, 100, 1000])
    #expect((1...5).filter { EpochSchedule().isDue(after: $0, of: 5) } == [5])
  }
}
