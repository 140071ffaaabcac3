import CollapseCore
import Laboratory
import LibC
import LinearAlgebra
import Predictions
import Reporting

/// Classes of two sizes under cross-entropy.
struct ImbalanceExperiment: Experiment {
  static let kind = "minority-collapse"
  static let summary =
    "classes of two sizes under cross-entropy: when the smaller merge, and without decay"
  static let version = "2"

  var groupSize = 2
  var minorityCount = 2
  var decay = 0.02
  var ratios = [2, 4, 8, 11, 13, 15, 16, 18, 20]
  var dimension = 6
  var seeds = 5
  var vanishingDecays = [1e-3, 1e-4, 1e-5, 1e-6]
  var steps = 50_000

  static var standard: ImbalanceExperiment { ImbalanceExperiment() }

  static var fields: [Field<ImbalanceExperiment>] {
    [
      Field(
        "groupSize", \.groupSize, "m, the number of larger classes and of smaller ones.",
        range: .atLeast(2)),
      Field("minorityCount", \.minorityCount, "Samples of a smaller class.", range: .atLeast(1)),
      Field("decay", \.decay, "λ of W and of the features.", range: .positive),
      Field(
        "ratios", \.ratios, "Samples of a larger class over those of a smaller.",
        range: .atLeast(1)),
      Field("dimension", \.dimension, "d, the dimension of features.", range: .atLeast(2)),
      Field("seeds", \.seeds, "Starts of every setting.", range: .atLeast(1)),
      Field(
        "vanishingDecays", \.vanishingDecays,
        "Values of λ on the way to zero, for the geometry of the largest margin.", range: .positive),
      Field("steps", \.steps, "The most steps of a descent.", range: .atLeast(1)),
    ]
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard dimension >= 2 * groupSize else {
      throw stated.fault(
        "dimension",
        "expected at least the number of classes, \(2 * groupSize), found \(dimension)")
    }
  }

  // MARK: - What is observed

  private struct RatioTask {
    var ratio: Int
    var seed: UInt64
  }

  var parts: [ExperimentPart] {
    let seeds = (1...seeds).map { UInt64($0) }
    return [
      ExperimentPart(
        "ratio", "free features by the ratio of sizes",
        over: ratios.flatMap { ratio in seeds.map { RatioTask(ratio: ratio, seed: $0) } },
        observe: observe),
      ExperimentPart(
        "relu", "features that may not be negative",
        over: (1...max(20, 4 * self.seeds)).map { UInt64($0) },
        observe: observeRectified),
      ExperimentPart(
        "vanishing-decay", "free features while decay goes to zero", over: seeds,
        observe: observeVanishing),
    ]
  }

  private func chain(
    _ counts: [Int], _ weight: Double, _ feature: Double, nonNegative: Bool = false
  )
    -> FeatureChain
  {
    FeatureChain(
      classCounts: counts, widths: [dimension], loss: .crossEntropy,
      featuresAreNonNegative: nonNegative, featureDecay: feature, weightDecays: [weight])
  }

  func model(majorityCount: Int) -> ImbalancedFeatures {
    ImbalancedFeatures(
      majorityClasses: groupSize, majorityCount: majorityCount, minorityClasses: groupSize,
      minorityCount: minorityCount, weightDecay: decay, featureDecay: decay)
  }

  private func counts(_ ratio: Int) -> [Int] {
    Array(repeating: ratio * minorityCount, count: groupSize)
      + Array(repeating: minorityCount, count: groupSize)
  }

  private func observe(_ task: RatioTask, _ interruption: Interruption) throws -> [Observation] {
    let model = model(majorityCount: task.ratio * minorityCount)
    let optimum = model.optimum()
    let solution = try ChainSolution(
      chain(counts(task.ratio), decay, decay), seed: task.seed, steps: steps, interruption)
    let rows = FrameGeometry(rows: solution.state.weights[0])
    let cosines = CosinesByGroup(rows, half: groupSize)
    let found = Observation(
      "ratio", ["R": .number(Double(task.ratio)), "seed": .number(Double(task.seed))],
      [
        "loss": solution.minimum.value, "predicted_loss": optimum.loss,
        "minority": cosines.minority, "predicted_minority": optimum.minorityCosine,
        "majority": cosines.majority, "predicted_majority": optimum.majorityCosine,
        "merges": model.minorityMerges ? 1 : 0, "merging_ratio": model.mergingRatio,
        "nc1": solution.state.geometry(enteringLayer: 1).variability,
        "balance": solution.state.imbalance, "gradient": solution.minimum.gradientNorm,
        "steps": Double(solution.minimum.steps),
      ])
    return [found]
      + GroupNorms.observe(
        found, solution.state, predicted: optimum.groupPenalty, as: "ratio-groups")
      + pairs(rows, optimum, found)
  }

  /// The cosine between every two rows of W.
  private func pairs(
    _ rows: FrameGeometry, _ optimum: ImbalancedFeatures.Optimum, _ found: Observation
  ) -> [Observation] {
    let cosines = rows.cosineMatrix
    return (0..<cosines.rows).flatMap { first in
      (first + 1..<max(cosines.rows, first + 1)).map { second in
        let (isLarge, isSmall) = (second < groupSize, first >= groupSize)
        return found.detail(
          "ratio-rows",
          at: [
            "sizes": .word(isLarge ? "larger" : isSmall ? "smaller" : "both"),
            "row": .number(Double(first)), "other": .number(Double(second)),
          ],
          [
            ("cosine", cosines[first, second]),
            (
              "predicted_cosine",
              isLarge ? optimum.majorityCosine : isSmall ? optimum.minorityCosine : nil
            ),
          ])
      }
    }
  }

  private func observeRectified(_ seed: UInt64, _ interruption: Interruption) throws
    -> [Observation]
  {
    try [[8, 8, 3, 3], [20, 20, 2, 2], [60, 60, 2, 2], [200, 200, 2, 2]].map { counts in
      let predicted = NonNegativeFeatures(
        classCounts: counts, weightDecay: 0.005, featureDecay: 0.004)
      let solution = try ChainSolution(
        chain(counts, 0.005, 0.004, nonNegative: true), seed: seed, steps: steps, interruption)
      let geometry = solution.state.geometry(enteringLayer: 1)
      return Observation(
        "relu",
        [
          "sizes": .word(counts.map(String.init).joined(separator: " ")),
          "seed": .number(Double(seed)),
        ],
        [
          "loss": solution.minimum.value, "predicted_loss": predicted.loss,
          "largest_cosine": geometry.cosineDistance(from: 0),
          "minority_norm": geometry.norms[3] * geometry.norms[3],
          "predicted_minority_norm": predicted.squaredFeatureNorms[3],
          "gradient": solution.minimum.gradientNorm, "steps": Double(solution.minimum.steps),
        ])
    }
  }

  private func observeVanishing(_ seed: UInt64, _ interruption: Interruption) throws
    -> [Observation]
  {
    let ratio = 10
    let interpolation = SimplexInterpolation(
      groupSize: groupSize, majorityCount: ratio * minorityCount, minorityCount: minorityCount)
    let ideal = interpolation.classifierGram.ofUnitNorm
    var start: [Double]?
    return try vanishingDecays.sorted(by: >).map { decay in
      let chain = chain(counts(ratio), decay, decay)
      let solution = try ChainSolution(
        chain, from: start ?? chain.start(seed: seed), steps: steps, interruption)
      start = solution.minimum.point
      let weights = solution.state.weights[0]
      let gram = try weights.timesTransposed(weights).ofUnitNorm
      return Observation(
        "vanishing-decay", ["λ": .number(decay), "seed": .number(Double(seed))],
        [
          "loss": solution.minimum.value, "gram_distance": gram.distance(to: ideal),
          "times_logarithm": gram.distance(to: ideal) * log(1 / decay),
          "minority": CosinesByGroup(FrameGeometry(rows: weights), half: groupSize).minority,
          "predicted_minority": interpolation.minorityCosine,
          "gradient": solution.minimum.gradientNorm, "steps": Double(solution.minimum.steps),
        ])
    }
  }
}

extension Matrix {
  fileprivate var ofUnitNorm: Matrix { scaled(by: 1 / frobeniusNorm) }
}
