import CollapseCore
import Laboratory
import Predictions
import Reporting

/// Features under the supervised contrastive loss.
struct ContrastiveExperiment: Experiment {
  static let kind = "behnia-2024"
  static let summary =
    "features under the supervised contrastive loss: imbalance, ReLUs, dimensions and batches"
  static let version = "1"

  var classCount = 4
  var dimension = 8
  var temperature = 0.5
  var ratios = [1, 2, 10, 20]
  var minorityCount = 2
  var seeds = 5
  var landscapeClasses = 6
  var landscapeDimensions = [3, 4, 5, 6, 7, 8]
  var landscapeStarts = 20
  var steps = 5000

  static var standard: ContrastiveExperiment { ContrastiveExperiment() }

  static var fields: [Field<ContrastiveExperiment>] {
    [
      Field(
        "classCount", \.classCount, "K, an even number of classes, half of each size.",
        range: .atLeast(4)),
      Field("dimension", \.dimension, "d, the dimension of features.", range: .atLeast(2)),
      Field("temperature", \.temperature, "τ of the loss.", range: .positive),
      Field(
        "ratios", \.ratios, "Samples of a larger class over those of a smaller.",
        range: .atLeast(1)),
      Field(
        "minorityCount", \.minorityCount, "Samples of a smaller class.", range: .atLeast(2)),
      Field("seeds", \.seeds, "Starts of every setting.", range: .atLeast(1)),
      Field(
        "landscapeClasses", \.landscapeClasses,
        "K of the part about dimensions, with three samples of each class.", range: .atLeast(3)),
      Field(
        "landscapeDimensions", \.landscapeDimensions, "Values of d of that part.",
        range: .atLeast(2)),
      Field("landscapeStarts", \.landscapeStarts, "Starts of that part.", range: .atLeast(2)),
      Field("steps", \.steps, "The most steps of a descent.", range: .atLeast(1)),
    ]
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard classCount.isMultiple(of: 2) else {
      throw stated.fault("classCount", "expected an even number, found \(classCount)")
    }
    guard dimension >= classCount else {
      throw stated.fault(
        "dimension", "expected at least classCount, which is \(classCount), found \(dimension)")
    }
  }

  // MARK: - What is observed

  private struct ImbalanceTask {
    var isNonNegative: Bool
    var ratio: Int
    var seed: UInt64
  }

  private struct LandscapeTask {
    var dimension: Int
    var seed: UInt64
  }

  private struct BatchTask {
    var scheme: BatchScheme
    var seed: UInt64
  }

  var parts: [ExperimentPart] {
    let seeds = (1...seeds).map { UInt64($0) }
    return [
      ExperimentPart(
        "imbalance", "classes of two sizes in one batch",
        over: [false, true].flatMap { isNonNegative in
          ratios.flatMap { ratio in
            seeds.map { ImbalanceTask(isNonNegative: isNonNegative, ratio: ratio, seed: $0) }
          }
        }, observe: observe),
      ExperimentPart(
        "landscape", "classes of one size in few dimensions",
        over: landscapeDimensions.flatMap { dimension in
          (1...landscapeStarts).map { LandscapeTask(dimension: dimension, seed: UInt64($0)) }
        }, observe: observe),
      ExperimentPart(
        "batches", "fixed batches, features not negative",
        over: BatchScheme.allCases.flatMap { scheme in
          seeds.map { BatchTask(scheme: scheme, seed: $0) }
        }, observe: observe),
    ]
  }

  private func solve(
    _ objective: ContrastiveObjective, _ seed: UInt64, _ interruption: Interruption
  ) throws -> Minimum {
    try LimitedMemoryBFGS(maximalSteps: steps, gradientTolerance: 1e-9)
      .minimize(objective, from: objective.start(seed: seed), interruption: interruption)
  }

  private func observe(_ task: ImbalanceTask, _ interruption: Interruption) throws -> [Observation]
  {
    let half = classCount / 2
    let larger = minorityCount * task.ratio
    let counts =
      Array(repeating: larger, count: half) + Array(repeating: minorityCount, count: half)
    let objective = try ContrastiveObjective(
      classCounts: counts, featureDimension: dimension, temperature: temperature,
      isNonNegative: task.isNonNegative)
    let minimum = try solve(objective, task.seed, interruption)
    let (directions, norms) = objective.directions(of: minimum.point)
    let geometry = FrameGeometry(directions, classCounts: counts)
    let predicted = ContrastiveFeatures(classCounts: counts, temperature: temperature)
    let groups = ContrastiveFeatures.groups(
      size: half, larger: larger, smaller: minorityCount, temperature: temperature)
    let cosines = CosinesByGroup(geometry, half: half)
    return [
      Observation(
        "imbalance",
        [
          "features": .word(task.isNonNegative ? "not negative" : "free"),
          "R": .number(Double(task.ratio)), "seed": .number(Double(task.seed)),
        ],
        [
          "loss": minimum.value,
          "predicted_loss": task.isNonNegative ? predicted.orthogonalLoss : groups.loss,
          "majority": cosines.majority, "minority": cosines.minority, "cross": cosines.cross,
          "predicted_majority": task.isNonNegative ? 0 : groups.majority,
          "predicted_minority": task.isNonNegative ? 0 : groups.minority,
          "predicted_cross": task.isNonNegative ? 0 : groups.cross,
          "largest_cosine": geometry.cosineDistance(from: 0), "nc1": geometry.variability,
          "without_direction": Double(norms.count { $0 == 0 }),
          "gradient": minimum.gradientNorm, "steps": Double(minimum.steps),
        ])
    ]
  }

  private func observe(_ task: LandscapeTask, _ interruption: Interruption) throws -> [Observation]
  {
    let counts = Array(repeating: 3, count: landscapeClasses)
    let objective = try ContrastiveObjective(
      classCounts: counts, featureDimension: task.dimension, temperature: 0.3)
    let minimum = try solve(objective, task.seed, interruption)
    return [
      Observation(
        "landscape",
        ["d": .number(Double(task.dimension)), "seed": .number(Double(task.seed))],
        [
          "loss": minimum.value,
          "predicted_loss": ContrastiveFeatures(classCounts: counts, temperature: 0.3).simplexLoss,
          "gradient": minimum.gradientNorm,
        ])
    ]
  }

  private func observe(_ task: BatchTask, _ interruption: Interruption) throws -> [Observation] {
    let counts = Array(repeating: 6, count: 4)
    let objective = try ContrastiveObjective(
      classCounts: counts, featureDimension: 8, temperature: temperature, isNonNegative: true,
      batches: task.scheme.batches(classCount: 4, perClass: 6))
    let minimum = try solve(objective, task.seed, interruption)
    let (directions, norms) = objective.directions(of: minimum.point)
    var distance = 0.0
    for first in 0..<24 {
      for second in 0..<24 where norms[first] > 0 && norms[second] > 0 {
        let product = zip(directions.row(first), directions.row(second)).reduce(0) {
          $0 + $1.0 * $1.1
        }
        distance = max(distance, abs(product - (first / 6 == second / 6 ? 1 : 0)))
      }
    }
    return [
      Observation(
        "batches",
        ["scheme": .word(task.scheme.rawValue), "seed": .number(Double(task.seed))],
        [
          "loss": minimum.value,
          "least_loss": task.scheme.leastLoss(classCount: 4, perClass: 6, temperature: temperature),
          "gram_distance": distance, "connects": task.scheme.connects ? 1 : 0,
          "without_direction": Double(norms.count { $0 == 0 }),
          "gradient": minimum.gradientNorm,
        ])
    ]
  }
}

/// Mean cosines between class means within and across two groups of classes.
struct CosinesByGroup {
  var majority = 0.0
  var minority = 0.0
  var cross = 0.0

  /// - Parameter half: classes of the first group, and of the second.
  init(_ geometry: FrameGeometry, half: Int) {
    var index = 0
    guard geometry.cosines.count == half * (2 * half - 1) else {
      (majority, minority, cross) = (.nan, .nan, .nan)
      return
    }
    for first in 0..<2 * half {
      for second in first + 1..<2 * half {
        let cosine = geometry.cosines[index]
        index += 1
        let pairs = Double(half * (half - 1) / 2)
        if second < half {
          majority += cosine / pairs
        } else if first >= half {
          minority += cosine / pairs
        } else {
          cross += cosine / Double(half * half)
        }
      }
    }
  }
}

/// How samples are put into batches once and for all.
enum BatchScheme: String, CaseIterable, Sendable {
  case full = "one batch of all"
  case pairs = "two classes in each"
  case disjoint = "all classes, no sample twice"
  case pairsBound = "two classes in each, and a sample of every class"
  case disjointBound = "all classes, and the same sample of every class"

  /// For an axis.
  var shortName: String {
    switch self {
    case .full: "full"
    case .pairs: "pairs"
    case .disjoint: "halves"
    case .pairsBound: "pairs+"
    case .disjointBound: "halves+"
    }
  }

  /// Whether all classes meet, and the samples of each hang together.
  var connects: Bool {
    switch self {
    case .full, .pairsBound, .disjointBound: true
    case .pairs, .disjoint: false
    }
  }

  /// The loss of an orthogonal frame, which no features that are not negative go below.
  func leastLoss(classCount: Int, perClass: Int, temperature: Double) -> Double {
    let batches = batches(classCount: classCount, perClass: perClass)
    return batches.reduce(0) { sum, batch in
      let counts = (0..<classCount).map { label in batch.count { $0 / perClass == label } }
      let present = counts.filter { $0 > 0 }
      return sum
        + ContrastiveFeatures(classCounts: present, temperature: temperature).orthogonalLoss
        / Double(batches.count)
    }
  }

  func batches(classCount: Int, perClass: Int) -> [[Int]] {
    let classes = (0..<classCount).map { Array($0 * perClass..<($0 + 1) * perClass) }
    let binding = classes.map { $0[0] }
    let pairs = stride(from: 0, to: classCount, by: 2).map { classes[$0] + classes[$0 + 1] }
    let halves = [
      classes.flatMap { $0.prefix(perClass / 2) },
      classes.flatMap { $0.suffix(perClass - perClass / 2) },
    ]
    func bound(_ batches: [[Int]]) -> [[Int]] {
      batches.map { batch in batch + binding.filter { !batch.contains($0) } }
    }
    return switch self {
    case .full: [classes.flatMap(\.self)]
    case .pairs: pairs
    case .disjoint: halves
    case .pairsBound: bound(pairs)
    case .disjointBound: bound(halves)
    }
  }
}
