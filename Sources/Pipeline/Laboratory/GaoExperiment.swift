import CollapseCore
import Datasets
import Networks
import NeuralCollapse
import Reporting
import Training

/// Test accuracy while a network collapses towards a fixed simplex, and what the alignment of that
/// simplex changes.
struct GaoExperiment: Experiment {
  static let kind = "gao-2023-generalization"
  static let summary =
    "networks with a fixed classifier: accuracy in the terminal phase, and rotations and permutations"
  static let version = "1"

  var perClass = 15
  var testPerClass = 50
  var noise = 110.0
  var widths = [128, 64, 32]
  var length = 1.5
  var learningRate = 0.05
  var decay = 5e-4
  var epochs = 400
  var repetitions = 20
  var variabilityLimit = 0.1

  static var standard: GaoExperiment { GaoExperiment() }

  static var fields: [Field<GaoExperiment>] {
    [
      Field("perClass", \.perClass, "Digits to train on of each class.", range: .atLeast(2)),
      Field("testPerClass", \.testPerClass, "Digits to test on of each class.", range: .atLeast(2)),
      Field("noise", \.noise, "Deviation of the gray levels of digits.", range: .notNegative),
      Field("widths", \.widths, "Widths of the hidden layers.", range: .atLeast(9)),
      Field("length", \.length, "‖w_c‖ of the fixed classifier.", range: .positive),
      Field("learningRate", \.learningRate, "The rate, with momentum 0.9.", range: .positive),
      Field("decay", \.decay, "λ of the weight decay of all that is trained.", range: .notNegative),
      Field("epochs", \.epochs, "Steps, each on all digits.", range: .atLeast(20)),
      Field(
        "repetitions", \.repetitions, "Rotations, permutations, redraws and seeds.",
        range: .atLeast(2)),
      Field(
        "variabilityLimit", \.variabilityLimit,
        "NC1 at the end, above which a run is left out as not collapsed.", range: .positive),
    ]
  }

  /// What differs between the runs of a group; all else is the same.
  enum Group: String, CaseIterable {
    case rotations, permutations
    /// Of the first weights of the last hidden layer.
    case redraws
    case seeds
  }

  struct Task {
    var activation: NetworkDescription.Activation
    var group: Group
    var number: Int
  }

  var parts: [ExperimentPart] {
    let tasks = [NetworkDescription.Activation.none, .relu].flatMap { activation in
      Group.allCases.flatMap { group in
        (1...repetitions).map { Task(activation: activation, group: group, number: $0) }
      }
    }
    return [
      ExperimentPart(
        "alignment", "a fixed simplex, rotated, permuted, or trained to from another start",
        over: tasks, observe: observe)
    ]
  }

  /// Batch normalization in all hidden layers but the last: with it features of all digits collapse in
  /// few steps, and a rotation of the frame stays one of the last weights.
  private func network(
    _ activation: NetworkDescription.Activation, _ frame: FixedFrame, classCount: Int
  ) -> NetworkDescription {
    var layers: [any Layer] = [Flatten()]
    for width in widths.dropLast() {
      layers += [Dense(outputs: width), BatchNormalization(), ReLU()]
    }
    layers.append(Dense(outputs: widths.last ?? classCount))
    if activation == .relu { layers.append(ReLU()) }
    return NetworkDescription(
      kind: "custom",
      layers: layers.enumerated().map { LayerDescription("features.\($0.offset)", $0.element) }
        + [
          LayerDescription("classifier", Dense(outputs: classCount, bias: false, frame: frame))
        ])
  }

  private func observe(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let (train, test, normalization) = try Glyphs.splits(
      perClass: perClass, testPerClass: testPerClass, noise: noise, seed: 1)
    let number = UInt64(task.number)
    var options = TrainingOptions()
    options.epochs = epochs
    options.batchSize = train.count
    options.seed = task.group == .seeds ? number : 1
    options.optimizer = .sgd(momentum: 0.9)
    options.learningRate = LearningRate(initial: learningRate)
    options.weightDecay = WeightDecay(coefficient: decay)
    options.evaluation.everyEpochs = 5
    options.checkpoints = CheckpointSchedule(everyEpochs: max(1, epochs / 20))
    // A rotation of its own in every other group too: in the first coordinates ReLUs may die.
    let frame = FixedFrame(
      length: length, rotation: task.group == .rotations ? number : 1000,
      permutation: task.group == .permutations ? number : nil)
    let network = network(task.activation, frame, classCount: train.classCount)
    var training = ExperimentTraining(
      network: network, options: options, train: train, test: test, normalization: normalization)
    if task.group == .redraws {
      let last = try network.architecture(input: train.sampleShape, classes: train.classCount)
        .parameters.last { $0.parameter.role == .weight && $0.layer != "classifier" }
      if let last {
        let values = network.initialization.values(
          for: last.parameter, named: last.name, seed: 1000 + number)
        training.start = ["parameters/\(last.name)": values]
      }
    }
    let course = try training.run(interruption)
    return course.moments.map { moment in
      Observation(
        "alignment",
        [
          "features": .word(task.activation == .none ? "linear" : "relu"),
          "group": .word(task.group.rawValue), "number": .number(Double(task.number)),
          "epoch": .number(Double(moment.epoch)),
        ],
        [
          "zero_error": course.zeroErrorEpoch.map { moment.epoch >= $0 ? 1 : 0 } ?? 0,
          "first_accuracy": course.zeroErrorMetrics?.testAccuracy,
          "train_accuracy": moment.metrics.trainAccuracy,
          "test_accuracy": moment.metrics.testAccuracy,
          "nc1": moment.train.value(.nc1Pinv), "margin": moment.train.value(.marginMin),
          "eta": moment.train.value(.marginNormalizedMin),
          "etf_distance": moment.train.value(.nc2Means.etfDistance),
        ])
    }
  }
}
