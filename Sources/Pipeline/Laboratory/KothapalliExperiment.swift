import CollapseCore
import Datasets
import NeuralCollapse
import Networks
import Predictions
import Reporting
import Training

/// What the review of Kothapalli says of free features, trained networks, transfer and imbalance,
/// each trained by the engine.
struct KothapalliExperiment: Experiment {
  static let kind = "kothapalli-2022-review"
  static let summary =
    "free features, networks on drawn digits, transfer to new classes, and imbalance, all trained"
  static let version = "1"

  var classCounts = [3, 4, 10]
  var strengths = [0.1, 0.3, 0.6, 0.9, 1.2]
  var steps = 6000
  var perClass = 50
  var testPerClass = 50
  var noise = 60.0
  var widths = [64, 64]
  var epochs = 300
  var decays = [0, 5e-4, 5e-3]
  var shots = 5
  var ratios = [1, 10, 100]
  var seeds = 3

  static var standard: KothapalliExperiment { KothapalliExperiment() }

  static var fields: [Field<KothapalliExperiment>] {
    [
      Field("classCounts", \.classCounts, "K of free features.", range: .closed(2...100)),
      Field(
        "strengths", \.strengths,
        "c = K√(nλ_Wλ_H) of free features; from 1 on the optimum has none.", range: .positive),
      Field("steps", \.steps, "Steps of gradient descent on free features.", range: .atLeast(1)),
      Field("perClass", \.perClass, "Digits to train on of each class.", range: .atLeast(2)),
      Field("testPerClass", \.testPerClass, "Digits to test on of each class.", range: .atLeast(2)),
      Field("noise", \.noise, "Deviation of the gray levels of digits.", range: .notNegative),
      Field("widths", \.widths, "Widths of the hidden layers.", range: .atLeast(1)),
      Field("epochs", \.epochs, "Epochs of networks.", range: .atLeast(2)),
      Field("decays", \.decays, "Weight decays of networks.", range: .notNegative),
      Field(
        "shots", \.shots, "Digits of a new class that its mean is learned from.", range: .atLeast(1)
      ),
      Field(
        "ratios", \.ratios, "Samples of the larger half of the classes over those of the smaller.",
        range: .atLeast(1)),
      Field("seeds", \.seeds, "Repetitions of every setting.", range: .atLeast(1)),
    ]
  }

  // MARK: - What is observed

  struct FeatureTask {
    var classCount: Int
    var isSquared: Bool
    var strength: Double
    var seed: UInt64
  }

  struct NetworkTask {
    var isSquared = false
    var normalization = NetworkDescription.HiddenNormalization.none
    var decay = 0.0
    var ratio = 1
    var seed: UInt64
  }

  static let losses = ["cross-entropy", "squared error"]
  private static let normalizations = [NetworkDescription.HiddenNormalization.none, .all]

  var parts: [ExperimentPart] {
    let all = (1...seeds).map(UInt64.init)
    let features = classCounts.flatMap { count in
      [false, true].flatMap { isSquared in
        strengths.flatMap { strength in
          all.map {
            FeatureTask(classCount: count, isSquared: isSquared, strength: strength, seed: $0)
          }
        }
      }
    }
    let networks = [false, true].flatMap { isSquared in
      Self.normalizations.flatMap { normalization in
        decays.flatMap { decay in
          all.map {
            NetworkTask(
              isSquared: isSquared, normalization: normalization, decay: decay, seed: $0)
          }
        }
      }
    }
    let transfers = decays.flatMap { decay in all.map { NetworkTask(decay: decay, seed: $0) } }
    let imbalanced = ratios.flatMap { ratio in
      all.map { NetworkTask(decay: decays.max() ?? 0, ratio: ratio, seed: $0) }
    }
    return [
      ExperimentPart(
        "features", "free features: unit vectors through a first layer that holds them",
        over: features, observe: observeFeatures),
      ExperimentPart(
        "networks", "perceptrons on drawn digits", over: networks, observe: observeNetwork),
      ExperimentPart(
        "transfer", "trained on digits 0 to 4, measured on 5 to 9", over: transfers,
        observe: observeTransfer),
      ExperimentPart(
        "imbalance", "half of the classes with fewer samples", over: imbalanced,
        observe: observeImbalance),
    ]
  }

  /// Samples of a class of free features.
  private static let copies = 2

  private func observeFeatures(
    _ task: FeatureTask, _ interruption: Interruption
  ) throws -> [Observation] {
    let (classes, copies) = (task.classCount, Self.copies)
    let count = classes * copies
    // The decay of the closed form; the engine's squared error is its own times 2/K.
    let decay = task.strength / Double(classes) / Double(copies).squareRoot()
    let unit = task.isSquared ? 2 / Double(classes) : 1
    let points = LabeledPoints(
      dimension: count,
      coordinates: (0..<count * count).map { $0 / count == $0 % count ? 1 : 0 },
      labels: (0..<count).map { Int32($0 / copies) },
      classNames: (0..<classes).map { "class \($0)" })
    var options = TrainingOptions()
    options.epochs = steps
    options.batchSize = count
    options.seed = task.seed
    options.loss = task.isSquared ? .meanSquaredError() : .crossEntropy()
    options.optimizer = .sgd(momentum: 0.9)
    options.learningRate = LearningRate(initial: 0.5)
    options.weightDecay = WeightDecay(coefficient: unit * decay, appliesTo: .weights)
    options.evaluation.everyEpochs = steps
    let network = NetworkDescription(
      kind: "custom",
      layers: [
        LayerDescription("features.0", Dense(outputs: classes + 2, bias: false)),
        LayerDescription("classifier", Dense(outputs: classes, bias: false)),
      ])
    let course = try ExperimentTraining(network: network, options: options, train: points)
      .run(interruption)
    guard let end = course.last else { return [] }
    let (features, rows) = (end.parameter("features.0/weight"), end.parameter("classifier/weight"))
    var gap = 0.0
    for sample in 0..<count {
      for label in 0..<classes {
        let logit = (0..<classes + 2).reduce(0) {
          $0 + rows[label * (classes + 2) + $1] * features[$1 * count + sample]
        }
        gap += (label == sample / copies ? 1 : -1 / Double(classes - 1)) * logit / Double(count)
      }
    }
    let squared = SquaredErrorFeatures(
      classCount: classes, perClass: copies, weightDecay: decay, featureDecay: decay, bias: .none)
    let entropy = CrossEntropyFeatures(
      classCount: classes, perClass: copies, weightDecay: decay, featureDecay: decay)
    let isSquared = task.isSquared
    return [
      Observation(
        "features",
        [
          "K": .number(Double(classes)), "loss": .word(Self.losses[isSquared ? 1 : 0]),
          "c": .number(task.strength), "seed": .number(Double(task.seed)),
        ],
        [
          "gap": gap,
          "predicted_gap": isSquared ? max(0, 1 - squared.strength) : entropy.logitGap,
          "objective": end.metrics.regularizedLoss,
          "predicted_objective": isSquared ? unit * squared.loss : entropy.loss,
          "etf_distance": end.train.value(.nc2Means.etfDistance),
          "orthogonal_distance": end.train.value(.nc2Means.orthogonalFrameDistance),
          "cosine": end.train.value(.nc2MeansUncentredAngleMean),
        ])
    ]
  }

  private func options(_ task: NetworkTask) -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = epochs
    options.batchSize = 50
    options.seed = task.seed
    options.loss = task.isSquared ? .meanSquaredError() : .crossEntropy()
    options.optimizer = .sgd(momentum: 0.9)
    options.learningRate = LearningRate(initial: 0.02)
    options.weightDecay = WeightDecay(coefficient: task.decay)
    options.checkpoints = CheckpointSchedule(logarithmic: 12)
    return options
  }

  private func network(_ task: NetworkTask) -> NetworkDescription {
    NetworkDescription(kind: "mlp", widths: widths, batchNormalization: task.normalization)
  }

  private func observeNetwork(
    _ task: NetworkTask, _ interruption: Interruption
  ) throws -> [Observation] {
    let (train, test, normalization) = try Glyphs.splits(
      perClass: perClass, testPerClass: testPerClass, noise: noise, seed: task.seed)
    var training = ExperimentTraining(
      network: network(task), options: options(task), train: train, test: test,
      normalization: normalization)
    training.analysis.elasticityRows = min(20, perClass)
    let course = try training.run(interruption)
    return course.moments.map { moment in
      Observation(
        "networks",
        [
          "loss": .word(Self.losses[task.isSquared ? 1 : 0]),
          "BN": .word(task.normalization.rawValue), "λ": .number(task.decay),
          "seed": .number(Double(task.seed)), "epoch": .number(Double(moment.epoch)),
        ],
        [
          "zero_error": course.zeroErrorEpoch.map { moment.epoch >= $0 ? 1 : 0 } ?? 0,
          "train_accuracy": moment.metrics.trainAccuracy,
          "test_accuracy": moment.metrics.testAccuracy,
          "nc1": moment.train.value(.nc1Pinv),
          "nc2": moment.train.value(.nc2Means.etfDistance),
          "nc3": moment.train.value(.nc3DualityDistance),
          "nc4": moment.train.value(.nc4Mismatch),
          "orthogonal_distance": moment.train.value(.nc2Means.orthogonalFrameDistance),
          "test_nc1": moment.test?.value(.nc1Pinv),
          "test_nc1_strong": moment.test?.value(
            named: Measure.nc1Pinv.key + Measure.aboutTrainingSuffix),
          "elasticity_intra": moment.train.value(.localElasticityIntra),
          "elasticity_inter": moment.train.value(.localElasticityInter),
        ])
    }
  }

  private func observeTransfer(
    _ task: NetworkTask, _ interruption: Interruption
  ) throws -> [Observation] {
    let (train, test, _) = try Glyphs.splits(
      perClass: perClass, testPerClass: testPerClass, noise: noise, seed: task.seed)
    let source = train.keeping(classes: Array(0..<5))
    var training = ExperimentTraining(
      network: network(task), options: options(task), train: source,
      transfer: test.keeping(classes: Array(5..<10)),
      normalization: try ChannelNormalization(of: source))
    training.analysis.fewShotCount = shots
    let course = try training.run(interruption)
    return course.moments.map { moment in
      Observation(
        "transfer",
        [
          "λ": .number(task.decay), "seed": .number(Double(task.seed)),
          "epoch": .number(Double(moment.epoch)),
        ],
        [
          "zero_error": course.zeroErrorEpoch.map { moment.epoch >= $0 ? 1 : 0 } ?? 0,
          "source_cdnv": moment.train.value(.nc1Cdnv),
          "source_nc1": moment.train.value(.nc1Pinv),
          "target_cdnv": moment.transfer?.value(.nc1Cdnv),
          "target_error": moment.transfer?.value(.fewShotError),
        ])
    }
  }

  private func observeImbalance(
    _ task: NetworkTask, _ interruption: Interruption
  ) throws -> [Observation] {
    let larger = max(perClass, ratios.max() ?? 1)
    let (all, test, normalization) = try Glyphs.splits(
      perClass: larger, testPerClass: testPerClass, noise: noise, seed: task.seed)
    let half = all.classCount / 2
    let smaller = max(1, larger / task.ratio)
    let train = all.keeping(
      counts: (0..<all.classCount).map { $0 < half ? larger : smaller })
    let course = try ExperimentTraining(
      network: network(task), options: options(task), train: train, test: test,
      normalization: normalization
    ).run(interruption)
    guard let end = course.last else { return [] }
    let rows = end.parameter("classifier/weight")
    let width = rows.count / all.classCount
    func cosines(_ classes: Range<Int>) -> [Double] {
      func product(_ a: Int, _ b: Int) -> Double {
        (0..<width).reduce(0) { $0 + rows[a * width + $1] * rows[b * width + $1] }
      }
      return classes.flatMap { a in
        classes.filter { $0 > a }.map { b in
          product(a, b) / (product(a, a) * product(b, b)).squareRoot()
        }
      }
    }
    let (majority, minority) = (cosines(0..<half), cosines(half..<all.classCount))
    return [
      Observation(
        "imbalance",
        ["R": .number(Double(task.ratio)), "seed": .number(Double(task.seed))],
        [
          "minority_largest": minority.max(),
          "minority": minority.reduce(0, +) / Double(minority.count),
          "majority": majority.reduce(0, +) / Double(majority.count),
          "train_accuracy": end.metrics.trainAccuracy, "test_accuracy": end.metrics.testAccuracy,
        ])
    ]
  }
}
