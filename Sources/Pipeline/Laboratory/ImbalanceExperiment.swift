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
  static let version = "1"

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
        "relu", "features that may not be negative", over: (1...4 * self.seeds).map { UInt64($0) },
        observe: observeRectified),
      ExperimentPart(
        "vanishing-decay", "free features while decay goes to zero", over: [seeds[0]],
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

  private func counts(_ ratio: Int) -> [Int] {
    Array(repeating: ratio * minorityCount, count: groupSize)
      + Array(repeating: minorityCount, count: groupSize)
  }

  private func observe(_ task: RatioTask, _ interruption: Interruption) throws -> [Observation] {
    let model = ImbalancedFeatures(
      majorityClasses: groupSize, majorityCount: task.ratio * minorityCount,
      minorityClasses: groupSize, minorityCount: minorityCount, weightDecay: decay,
      featureDecay: decay)
    let optimum = model.optimum()
    let solution = try ChainSolution(
      chain(counts(task.ratio), decay, decay), seed: task.seed, steps: steps, interruption)
    let rows = FrameGeometry(rows: solution.state.weights[0])
    let cosines = CosinesByGroup(rows, half: groupSize)
    return [
      Observation(
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
    ]
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
        "vanishing-decay", ["λ": .number(decay)],
        [
          "loss": solution.minimum.value, "gram_distance": gram.distance(to: ideal),
          "times_logarithm": gram.distance(to: ideal) * log(1 / decay),
          "minority": CosinesByGroup(FrameGeometry(rows: weights), half: groupSize).minority,
          "predicted_minority": interpolation.minorityCosine,
          "gradient": solution.minimum.gradientNorm, "steps": Double(solution.minimum.steps),
        ])
    }
  }

  // MARK: - What it says

  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let ratio = observations.of("ratio")
    let vanishing = observations.of("vanishing-decay")
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Classes", "\(groupSize) and \(groupSize)"), ("Decay", "\(decay)"),
      ("Merging ratio", NumberFormat.significant(4).text(ratio.first?["merging_ratio"] ?? .nan)),
      ("Solutions found", "\(observations.count)"),
    ]
    conclusions.claims = [
      mergingClaim(ratio), curveClaim(ratio), reluClaim(observations.of("relu")),
      vanishingClaim(vanishing),
    ]
    conclusions.figures = [ratioFigure(ratio), vanishingFigure(vanishing)]
    conclusions.definitions =
      [
        .init("R", "Samples of a larger class over those of a smaller."),
        .init(
          "merging_ratio", "From which ratio on the smaller classes merge.",
          formula: "R* = (1/(λ_Z√n_B) − k_B)/k_A,  λ_Z = √(λ_Wλ_H)"),
        .init(
          "gram_distance", "Between WWᵀ and that of the largest margin, both of norm 1.",
          formula: "‖WWᵀ/‖WWᵀ‖ − VΛVᵀ/‖VΛVᵀ‖‖"),
      ] + LaboratoryReport.Definition.ofChains
    return conclusions
  }

  private func mergingClaim(_ ratio: [Observation]) -> TestedClaim {
    TestedClaim(
      "minority-collapse", .fang,
      "Beyond a ratio of sizes the classifier no longer tells the smaller classes apart. It is "
        + "R* = (1/(λ_Z√n_B) − k_B)/k_A (the threshold is derived here).",
      test:
        "The mean cosine between rows of W of smaller classes is above 1 − 1e−4 from R* on, and below "
        + "1 − 1e−3 before, from every start.",
      checks: ratio.groups(by: "R").map { group in
        let merges = group[0]["merges"] == 1
        let gaps = group.values("minority").map { 1 - $0 }
        return PredictionCheck(
          group.setting("R"), measured: group.values("minority"),
          predicted: group[0]["predicted_minority"],
          deviation: merges ? gaps.largest : 1e-7 / (gaps.min() ?? 0), tolerance: 1e-4)
      }, of: "cosine between smaller classes", deviation: "1 − cosine, or 1e−7 over it",
      caption: "Rows of W of smaller classes, mean and 95 % interval over starts")
  }

  private func curveClaim(_ ratio: [Observation]) -> TestedClaim {
    TestedClaim(
      "imbalance-curve", .fang,
      "Loss and cosines before it follow from a convex program of six logits (derived here).",
      test: "Every start: the loss within a relative 1e−6, cosines within 2e−3 of the program's.",
      checks: ratio.groups(by: "R").map { group in
        let loss = group.map { abs($0["loss"] / $0["predicted_loss"] - 1) }.largest
        let cosines = ["majority", "minority"].map { name in
          group.map { abs($0[name] - $0["predicted_\(name)"]) }.largest
        }.largest
        return PredictionCheck(
          group.setting("R"), measured: group.values("loss"),
          predicted: group[0]["predicted_loss"], deviation: max(2e3 * loss, cosines),
          tolerance: 2e-3)
      }, of: "loss", deviation: "largest deviation",
      caption: "Loss by ratio, mean and 95 % interval over starts")
  }

  private func reluClaim(_ relu: [Observation]) -> TestedClaim {
    TestedClaim(
      "relu", .thrampoulidis,
      "Features that may not be negative stay an orthogonal frame; a smaller class vanishes instead of "
        + "merging (derived here).",
      test:
        "The best of the starts: loss within a relative 1e−6, and ‖h‖² of the smallest class within "
        + "1e−3 of the closed form.",
      checks: relu.groups(by: "sizes").compactMap { group in
        guard let best = group.min(by: { $0["loss"] < $1["loss"] }) else { return nil }
        return PredictionCheck(
          group.setting("sizes"), measured: group.values("loss"),
          predicted: best["predicted_loss"],
          deviation: max(
            abs(best["loss"] / best["predicted_loss"] - 1),
            1e-3 * abs(best["minority_norm"] - best["predicted_minority_norm"])),
          tolerance: 1e-6)
      }, of: "loss", deviation: "of the best", caption: "Features after a ReLU by class sizes")
  }

  private func vanishingClaim(_ vanishing: [Observation]) -> TestedClaim {
    let distances = vanishing.values("gram_distance")
    let falls = zip(distances, distances.dropFirst()).allSatisfy { $0 > $1 }
    return TestedClaim(
      "largest-margin", .thrampoulidis,
      "As decay goes to zero the classifier tends to the geometry of simplex-encoded labels; only with "
        + "the inverse of the decay's logarithm (the rate is measured here).",
      test:
        "R = 10: the distance falls at every step of λ, and times ln(1/λ) stays between 0.4 and 1.0 "
        + "below λ = 1e−3.",
      checks: vanishing.map { observation in
        let product = observation["times_logarithm"]
        let isSettled = observation.number("λ") < 1e-3
        return PredictionCheck(
          [observation].setting("λ"), measured: [observation["gram_distance"]], predicted: nil,
          deviation: !falls ? .infinity : isSettled ? abs(product - 0.7) : 0, tolerance: 0.3)
      }, of: "distance", deviation: "|distance · ln(1/λ) − 0.7|",
      caption: "Distance from the geometry of simplex-encoded labels")
  }

  private func ratioFigure(_ ratio: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "cosine-ratio", title: "Smaller classes merge",
      caption: "The mean cosine between rows of W of smaller classes; the line is the program's.",
      x: .init("R"), y: .init("cosine"),
      panels: [
        .init(
          title: "Rows of W",
          series: [
            .init(
              "predicted", .line, colour: 0,
              points: ratio.groups(by: "R").map {
                .init(x: $0[0].number("R"), y: $0[0]["predicted_minority"])
              }),
            .init(
              "measured", .points, colour: 1,
              points: ratio.map { .init(x: $0.number("R"), y: $0["minority"]) }),
          ])
      ])
  }

  private func vanishingFigure(_ vanishing: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "distance-decay", title: "Towards the largest margin",
      caption: "A straight line through zero is a fall with the inverse of the decay's logarithm.",
      x: .init("1/ln(1/λ)"), y: .init("distance"),
      panels: [
        .init(
          title: "Distance from simplex-encoded labels",
          series: [
            .init(
              "measured", .joined, colour: 0,
              points: vanishing.map {
                .init(x: 1 / log(1 / $0.number("λ")), y: $0["gram_distance"])
              })
          ])
      ])
  }
}

extension Matrix {
  fileprivate var ofUnitNorm: Matrix { scaled(by: 1 / frobeniusNorm) }
}
