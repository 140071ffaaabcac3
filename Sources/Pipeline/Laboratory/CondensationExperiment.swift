import CollapseCore
import Datasets
import Laboratory
import LinearAlgebra
import Predictions
import Reporting
import Synchronization

/// How alike features of different samples are while perceptrons with batch normalization are trained, and
/// what comes of gates against it.
struct CondensationExperiment: Experiment {
  static let kind = "wang-2023-ubn"
  static let summary =
    "unified batch normalization: how alike features are, and gates for batches that are too much so"
  static let version = "1"

  var perClass = 200
  var testPerClass = 40
  var imageSeed: UInt64 = 1
  var widths = [128, 64, 64]
  var thresholds = [0.1, 0.2, 0.5]
  var rates = [0.01, 0.05, 0.5]
  var batchSizes = [16, 100]
  var steps = 200
  var probeCount = 300
  var depth = 12
  var startWidths = [64, 256, 1024]
  var plainWidth = 1500
  var starts = 10
  var seeds = 5

  static var standard: CondensationExperiment { CondensationExperiment() }

  static var fields: [Field<CondensationExperiment>] {
    [
      Field("perClass", \.perClass, "Drawn digits to train on of each class.", range: .atLeast(2)),
      Field("testPerClass", \.testPerClass, "Digits to test on of each class.", range: .atLeast(1)),
      Field(
        "imageSeed", \.imageSeed,
        "The seed the digits are drawn by; with 1 and the other defaults they are those of data/sample."
      ),
      Field("widths", \.widths, "Widths of the hidden layers.", range: .atLeast(1)),
      Field(
        "thresholds", \.thresholds,
        "Values of τ, the mean cosine between samples of a batch above which its gate closes.",
        range: .closed(-2...1)),
      Field("rates", \.rates, "Learning rates.", range: .positive),
      Field("batchSizes", \.batchSizes, "Samples in a step.", range: .atLeast(2)),
      Field("steps", \.steps, "Steps of gradient descent.", range: .atLeast(10)),
      Field(
        "probeCount", \.probeCount, "Samples of the batch that features are observed on.",
        range: .atLeast(3)),
      Field("depth", \.depth, "Layers of networks that are not trained.", range: .closed(1...100)),
      Field(
        "startWidths", \.startWidths, "Their widths with batch normalization.",
        range: .atLeast(64)),
      Field("plainWidth", \.plainWidth, "Their width without.", range: .atLeast(1024)),
      Field("starts", \.starts, "Such networks of every width.", range: .atLeast(1)),
      Field("seeds", \.seeds, "Networks and orders of samples.", range: .atLeast(1)),
    ]
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard probeCount <= perClass * Self.classCount else {
      throw stated.fault(
        "probeCount",
        "expected at most the \(perClass * Self.classCount) digits to train on, found \(probeCount)"
      )
    }
    for (index, size) in batchSizes.enumerated() where size > perClass * Self.classCount {
      throw stated.fault(
        "batchSizes",
        "expected at most the \(perClass * Self.classCount) digits to train on, found \(size) at "
          + "\(index)")
    }
  }

  /// The steps after which features are observed.
  private static let probeSteps = [0, 3, 8, 15, 30, 60, 120, 200]
  var probed: [Int] {
    Self.probeSteps.filter { $0 < steps } + [steps]
  }

  /// Steps of an epoch.
  func epoch(batchSize: Int) -> Int {
    (perClass * Self.classCount - 1) / batchSize + 1
  }

  static let classCount = 10

  /// What stands in the place of batch normalization, by its name in tables.
  struct Variant: Sendable {
    var name: String
    /// `nil` where there is none.
    var threshold: Double?
    var normalization: NormalizedNetwork.Normalization
  }

  static let (plain, batch) = ("none", "BN")
  static let gates = ["UBN-A", "UBN-B"]

  var variants: [Variant] {
    [
      Variant(name: Self.plain, normalization: .none),
      Variant(name: Self.batch, normalization: .batch),
    ]
      + thresholds.flatMap { threshold in
        [
          Variant(
            name: Self.gates[0], threshold: threshold,
            normalization: .substituting(threshold: threshold)),
          Variant(
            name: Self.gates[1], threshold: threshold,
            normalization: .skipping(threshold: threshold)),
        ]
      }
  }

  private struct Task: Sendable {
    var variant: Variant
    var rate: Double
    var batchSize: Int
    var seed: UInt64

    /// With a threshold where there is one.
    var settings: [Observation.Setting] {
      [.init(axis: "normalization", value: .word(variant.name))]
        + (variant.threshold.map { [.init(axis: "τ", value: .number($0))] } ?? []) + [
          .init(axis: "η", value: .number(rate)),
          .init(axis: "batch", value: .number(Double(batchSize))),
          .init(axis: "seed", value: .number(Double(seed))),
        ]
    }
  }

  private struct StartTask: Sendable {
    var isNormalized: Bool
    var width: Int
    var seed: UInt64
  }

  var parts: [ExperimentPart] {
    let all = (1...seeds).map(UInt64.init)
    let drawn = (1...starts).map(UInt64.init)
    let starts =
      startWidths.flatMap { width in
        drawn.map { StartTask(isNormalized: true, width: width, seed: $0) }
      } + drawn.map { StartTask(isNormalized: false, width: plainWidth, seed: $0) }
    let trainings = rates.flatMap { rate in
      batchSizes.flatMap { size in
        variants.flatMap { variant in
          all.map { Task(variant: variant, rate: rate, batchSize: size, seed: $0) }
        }
      }
    }
    let digits = DrawnOnce(self)
    return [
      ExperimentPart(
        "start", "deep networks before training, on independent normal samples", over: starts,
        observe: begin),
      ExperimentPart(
        "training", "perceptrons on drawn digits", over: trainings
      ) { task, interruption in
        try train(task, on: digits.digits(), interruption)
      },
    ]
  }

  // MARK: - Before training

  private func begin(_ task: StartTask, _ interruption: Interruption) throws -> [Observation] {
    var generator = SeededGenerator(seed: task.seed, stream: "condensation/start")
    let network = try NormalizedNetwork(
      widths: [Int](repeating: task.width, count: depth + 1) + [Self.classCount],
      normalization: task.isNormalized ? .batch : .none)
    let inputs = Matrix(
      rows: probeCount, columns: task.width,
      elements: (0..<probeCount * task.width).map { _ in generator.normal() })
    let point = network.start(&generator)
    try interruption.check()
    let pass = network.pass(inputs, at: point, by: .batch)
    // Independent samples have no cosine but what chance gives them.
    let predicted = CondensedFeatures.behindRectifiers(cosine: 0, depth: depth)
    return pass.hidden.enumerated().map { index, hidden in
      func similarity(_ values: [Double]) -> Double {
        Condensation.unbiased(values, columns: task.width)
      }
      return Observation(
        "start",
        [
          "normalization": .word(task.isNormalized ? Self.batch : Self.plain),
          "width": .number(Double(task.width)), "layer": .number(Double(index + 1)),
          "seed": .number(Double(task.seed)),
        ],
        [
          "rectified": similarity(hidden.rectified),
          "predicted": task.isNormalized
            ? CondensedFeatures.behindNormalizedRectifier : predicted[index],
          "normalized": task.isNormalized ? similarity(hidden.normalized) : nil,
          "predicted_normalized": task.isNormalized
            ? CondensedFeatures.behindNormalization(sampleCount: probeCount) : nil,
        ])
    }
  }

  // MARK: - Training

  private func train(
    _ task: Task, on digits: Digits, _ interruption: Interruption
  ) throws -> [Observation] {
    var network = try NormalizedNetwork(
      widths: [digits.train.columns] + widths + [Self.classCount],
      normalization: task.variant.normalization)
    // The same first weights, order of samples and probes for all that is compared.
    var generator = SeededGenerator(seed: task.seed, stream: "condensation/weights")
    var point = network.start(&generator)
    var orders = SeededGenerator(seed: task.seed, stream: "condensation/order")
    var probes = SeededGenerator(seed: task.seed, stream: "condensation/probe")
    let count = digits.train.rows
    let probe = digits.train.selectingRows(
      Array(probes.permutation(count).prefix(probeCount)))
    let run = Observation("training", task.settings, [])
    var observations: [Observation] = []
    var first: Double?
    var loss = Double.nan
    var gated = [Double](repeating: 0, count: widths.count)
    var order: [Int] = []
    for step in 0...steps {
      if probed.contains(step) {
        observations += look(network, at: point, probe, after: step, run)
      }
      if step == min(steps, epoch(batchSize: task.batchSize)) {
        first = network.accuracy(digits.test, labels: digits.testLabels, at: point)
      }
      guard step < steps else { break }
      try interruption.check()
      if order.isEmpty { order = orders.permutation(count) }
      let rows = Array(order.prefix(task.batchSize))
      order.removeFirst(rows.count)
      let taken = network.step(
        digits.train.selectingRows(rows), labels: rows.map { digits.labels[$0] }, rate: task.rate,
        at: &point)
      loss = taken.loss
      for (index, isGated) in taken.gated.enumerated() where isGated { gated[index] += 1 }
    }
    let last = Array(observations.suffix(widths.count))
    let quantities: [(String, Double?)] =
      [
        ("first_accuracy", first),
        ("accuracy", network.accuracy(digits.test, labels: digits.testLabels, at: point)),
        ("loss", loss),
        ("condensation", last.values(Self.place(.rectified, byRunning: false)).mean),
        ("gated", gated.mean / Double(steps)),
      ]
      + gated.enumerated().map { ("gated_\($0.offset + 1)", $0.element / Double(steps)) }
    return [Observation("training", task.settings, quantities)] + observations
  }

  /// Where features are looked at.
  enum Place: String, CaseIterable {
    /// What enters the normalization, what leaves it, and what is behind the ReLU.
    case entering, normalized, rectified
  }

  /// The name of what is seen at a place.
  static func place(_ place: Place, byRunning: Bool) -> String {
    place.rawValue + (byRunning ? "_running" : "_batch")
  }

  /// How alike the features of the probe are, an observation for each hidden layer.
  private func look(
    _ network: NormalizedNetwork, at point: [Double], _ probe: Matrix, after step: Int,
    _ run: Observation
  ) -> [Observation] {
    let passes = [false, true].map {
      ($0, network.pass(probe, at: point, by: $0 ? .running : .batch))
    }
    return widths.indices.map { index in
      let quantities = passes.flatMap { byRunning, pass in
        Place.allCases.map { place -> (String, Double?) in
          let hidden = pass.hidden[index]
          let values =
            switch place {
            case .entering: hidden.entering
            case .normalized: hidden.normalized
            case .rectified: hidden.rectified
            }
          return (
            Self.place(place, byRunning: byRunning),
            Condensation.unbiased(values, columns: widths[index])
          )
        }
      }
      return run.detail(
        "probes", at: ["layer": .number(Double(index + 1)), "step": .number(Double(step))],
        quantities)
    }
  }
}

/// Drawn digits, a row each, standardized by the mean and deviation of all pixels trained on.
private struct Digits: Sendable {
  let train: Matrix
  let labels: [Int]
  let test: Matrix
  let testLabels: [Int]

  init(perClass: Int, testPerClass: Int, seed: UInt64) throws {
    let (train, test, normalization) = try Glyphs.splits(
      perClass: perClass, testPerClass: testPerClass, seed: seed)
    func rows(_ images: LabeledImages) -> Matrix {
      let (mean, deviation) = (normalization.means[0], normalization.standardDeviations[0])
      return Matrix(
        rows: images.count, columns: images.sampleShape.elementCount,
        elements: images.pixels.map { (Double($0) - mean) / deviation })
    }
    self.train = rows(train)
    self.test = rows(test)
    labels = train.labels.map { Int($0) }
    testLabels = test.labels.map { Int($0) }
  }
}

/// The digits of an experiment, drawn when a task first asks for them.
private final class DrawnOnce: Sendable {
  private let experiment: CondensationExperiment
  private let drawn = Mutex<Digits?>(nil)

  init(_ experiment: CondensationExperiment) { self.experiment = experiment }

  func digits() throws -> Digits {
    try drawn.withLock { drawn in
      if let drawn { return drawn }
      let digits = try Digits(
        perClass: experiment.perClass, testPerClass: experiment.testPerClass,
        seed: experiment.imageSeed)
      drawn = digits
      return digits
    }
  }
}

extension Collection where Element == Double {
  /// NaN of none.
  var mean: Double { reduce(0, +) / Double(count) }
}
