import CollapseCore
import Laboratory
import Predictions
import Reporting

/// Shallow networks on Gaussian classes: when they reach what free features do.
struct ShallowExperiment: Experiment {
  static let kind = "hong-ling-2024"
  static let summary =
    "shallow networks on Gaussian classes: dimension, noise and width, and what collapse says of test error"
  static let version = "1"

  var classCount = 3
  var perClass = 12
  var decay = 2e-3
  var signals = [0, 1, 2, 4, 8, 16].map(Double.init)
  var dimensions = [9, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 33, 36, 40]
  var draws = 20
  var trainedSignals = [2, 4, 8].map(Double.init)
  var trainedDimensions = [12, 18, 24, 30, 36]
  var widths = [16, 128]
  var seeds = 3
  var firstWidths = [8, 24, 48, 128]
  var deepSeeds = 5
  var testDimension = 40
  var testSignals = [0, 1, 2, 3, 4, 8].map(Double.init)
  var testSeeds = 5
  var steps = 20_000

  static var standard: ShallowExperiment { ShallowExperiment() }

  static var fields: [Field<ShallowExperiment>] {
    [
      Field("classCount", \.classCount, "K, the number of classes.", range: .atLeast(2)),
      Field("perClass", \.perClass, "n, training samples of each class.", range: .atLeast(2)),
      Field("decay", \.decay, "λ of the classifier and of the features.", range: .positive),
      Field(
        "signals", \.signals,
        "Norms of class means over the deviation of the noise, for linear programmes.",
        range: .notNegative),
      Field(
        "dimensions", \.dimensions, "Dimensions of samples, for linear programmes.",
        range: .atLeast(2)),
      Field("draws", \.draws, "Draws of samples in every cell of them.", range: .atLeast(1)),
      Field("trainedSignals", \.trainedSignals, "Signals of trained networks.", range: .positive),
      Field(
        "trainedDimensions", \.trainedDimensions, "Dimensions of trained networks.",
        range: .atLeast(2)),
      Field("widths", \.widths, "Widths of the hidden layer.", range: .atLeast(2)),
      Field("seeds", \.seeds, "Draws of trained networks, one start each.", range: .atLeast(1)),
      Field(
        "firstWidths", \.firstWidths, "Widths of the first of two hidden layers.",
        range: .atLeast(2)),
      Field("deepSeeds", \.deepSeeds, "Draws of such networks.", range: .atLeast(1)),
      Field(
        "testDimension", \.testDimension, "The dimension where networks are tested.",
        range: .atLeast(2)),
      Field(
        "testSignals", \.testSignals, "Signals of networks that are tested.", range: .notNegative),
      Field("testSeeds", \.testSeeds, "Draws of such networks.", range: .atLeast(1)),
      Field("steps", \.steps, "The most steps of a descent.", range: .atLeast(1)),
    ]
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    for (name, values) in [
      ("dimensions", dimensions), ("trainedDimensions", trainedDimensions),
      ("testDimension", [testDimension]),
    ] {
      guard let least = values.min(), least < classCount else { continue }
      throw stated.fault(
        name, "expected at least classCount, which is \(classCount), found \(least)")
    }
  }

  // MARK: - What is observed

  /// The samples of networks with two hidden layers: too few dimensions for those of one.
  static let deepCell = (signal: 3.0, dimension: 6)

  var labels: [Int] {
    (0..<classCount).flatMap { Array(repeating: $0, count: perClass) }
  }

  private struct Cell: Hashable {
    var signal: Double
    var dimension: Int
  }

  private struct Training {
    var cell: Cell
    var width: Int
    var seed: UInt64
  }

  private func cells(_ signals: [Double], _ dimensions: [Int]) -> [Cell] {
    signals.flatMap { signal in dimensions.map { Cell(signal: signal, dimension: $0) } }
  }

  private func trainings(_ cells: [Cell], _ widths: [Int], seeds: Int) -> [Training] {
    cells.flatMap { cell in
      widths.flatMap { width in
        (1...seeds).map { Training(cell: cell, width: width, seed: UInt64($0)) }
      }
    }
  }

  var parts: [ExperimentPart] {
    let trained = cells(trainedSignals, trainedDimensions)
    let deep = Cell(
      signal: Self.deepCell.signal, dimension: max(Self.deepCell.dimension, classCount))
    return [
      ExperimentPart(
        "separation", "linear programmes: can every class be told by one direction",
        over: (cells(signals, dimensions) + trained).uniqued(),
        preparing: { _ = try LinearFeasibility.solverVersion() }, observe: observeSeparation),
      ExperimentPart(
        "training", "networks of one hidden layer", over: trainings(trained, widths, seeds: seeds)
      ) { task, interruption in
        try observe(task, part: "training", widths: [task.width], interruption)
      },
      ExperimentPart(
        "two-layers", "networks of two hidden layers",
        over: trainings([deep], firstWidths, seeds: deepSeeds)
      ) { task, interruption in
        try observe(task, part: "two-layers", widths: [task.width, 128], interruption)
      },
      ExperimentPart(
        "test", "wide networks and their test error",
        over: trainings(cells(testSignals, [testDimension]), [256], seeds: testSeeds)
      ) { task, interruption in
        try observe(task, part: "test", widths: [task.width], interruption)
      },
    ]
  }

  private func samples(_ cell: Cell, _ seed: UInt64) -> Matrix {
    GaussianClasses.samples(
      classCount: classCount, perClass: perClass, dimension: cell.dimension, signal: cell.signal,
      seed: seed, stream: "samples")
  }

  /// An observation for each draw; the first are those that networks are trained on.
  private func observeSeparation(
    _ cell: Cell, _ interruption: Interruption
  ) throws -> [Observation] {
    try (1...max(draws, seeds)).map { draw in
      try interruption.check()
      let separates = try LinearFeasibility.separatesEveryClass(
        samples(cell, UInt64(draw)), labels: labels)
      return Observation(
        "separation",
        [
          "signal": .number(cell.signal), "d": .number(Double(cell.dimension)),
          "seed": .number(Double(draw)),
        ], ["separates": separates ? 1 : 0])
    }
  }

  private func observe(
    _ task: Training, part: String, widths: [Int], _ interruption: Interruption
  ) throws -> [Observation] {
    let bound = CrossEntropyFeatures(
      classCount: classCount, perClass: perClass, weightDecay: decay, featureDecay: decay,
      isNonNegative: true
    ).loss
    let network = try ShallowNetwork(
      samples: samples(task.cell, task.seed), labels: labels, widths: widths, weightDecay: decay,
      featureDecay: decay)
    let minimum = try LimitedMemoryBFGS(maximalSteps: steps, gradientTolerance: 1e-10)
      .minimize(network, from: network.start(seed: task.seed), interruption: interruption)
    let geometry = FrameGeometry(
      network.features(at: minimum.point),
      classCounts: Array(repeating: perClass, count: classCount))
    let testCount = 300
    let test = GaussianClasses.samples(
      classCount: classCount, perClass: testCount, dimension: task.cell.dimension,
      signal: task.cell.signal, seed: task.seed, stream: "test")
    let accuracy = network.accuracy(
      at: minimum.point, of: test,
      labels: (0..<classCount).flatMap { Array(repeating: $0, count: testCount) })
    return [
      Observation(
        part,
        [
          "signal": .number(task.cell.signal), "d": .number(Double(task.cell.dimension)),
          "width": .number(Double(task.width)), "seed": .number(Double(task.seed)),
        ],
        [
          "loss": minimum.value, "bound": bound, "gap": minimum.value - bound,
          "nc1": geometry.variability, "cosine": geometry.cosines.map(abs).max(),
          "accuracy": accuracy, "gradient": minimum.gradientNorm, "steps": Double(minimum.steps),
        ])
    ]
  }
}
