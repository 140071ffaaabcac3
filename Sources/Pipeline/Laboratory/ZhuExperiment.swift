import CollapseCore
import Laboratory
import Predictions
import Reporting

/// Features under cross-entropy, free and not negative.
struct ZhuExperiment: Experiment {
  static let kind = "zhu-2021"
  static let summary = "features under cross-entropy: the simplex, and no other minimum"
  static let version = "1"

  var classCount = 4
  var perClass = 5
  var dimension = 8
  var strengths = [0.02, 0.1, 0.3, 0.6, 0.9, 1.1]
  var biasDecay = 0.01
  var seeds = 20
  var steps = 20_000

  static var standard: ZhuExperiment { ZhuExperiment() }

  static var fields: [Field<ZhuExperiment>] {
    [
      Field("classCount", \.classCount, "K, the number of classes.", range: .atLeast(2)),
      Field("perClass", \.perClass, "n, samples of each class.", range: .atLeast(1)),
      Field("dimension", \.dimension, "d, the dimension of features.", range: .atLeast(2)),
      Field(
        "strengths", \.strengths, "Values of c = K√(nλ_Wλ_H); at 1 free features vanish.",
        range: .positive),
      Field("biasDecay", \.biasDecay, "λ_b, the decay of the bias.", range: .positive),
      Field("seeds", \.seeds, "Starts of every setting.", range: .atLeast(1)),
      Field("steps", \.steps, "The most steps of a descent.", range: .atLeast(1)),
    ]
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard dimension >= classCount else {
      throw stated.fault(
        "dimension", "expected at least classCount, which is \(classCount), found \(dimension)")
    }
  }

  private struct Task {
    var isNonNegative: Bool
    var strength: Double
    var seed: UInt64
  }

  var parts: [ExperimentPart] {
    let tasks = [false, true].flatMap { isNonNegative in
      strengths.flatMap { strength in
        (1...seeds).map {
          Task(isNonNegative: isNonNegative, strength: strength, seed: UInt64($0))
        }
      }
    }
    return [
      ExperimentPart("features", "free features and those of a ReLU", over: tasks, observe: observe)
    ]
  }

  private func observe(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let feature = task.strength / Double(classCount) / (5 * Double(perClass)).squareRoot()
    let predicted = CrossEntropyFeatures(
      classCount: classCount, perClass: perClass, weightDecay: 5 * feature,
      featureDecay: feature, isNonNegative: task.isNonNegative)
    let chain = FeatureChain(
      classCounts: Array(repeating: perClass, count: classCount), widths: [dimension],
      loss: .crossEntropy, featuresAreNonNegative: task.isNonNegative,
      featureDecay: predicted.featureDecay, weightDecays: [predicted.weightDecay],
      biasDecay: biasDecay)
    let solution = try ChainSolution(chain, seed: task.seed, steps: steps, interruption)
    let geometry = solution.state.geometry(enteringLayer: 1)
    let hasAngles = !solution.isTrivial
    let squares = geometry.norms.map { $0 * $0 }
    return [
      Observation(
        "features",
        [
          "features": .word(task.isNonNegative ? "not negative" : "free"),
          "c": .number(task.strength), "seed": .number(Double(task.seed)),
        ],
        [
          "loss": solution.minimum.value, "predicted_loss": predicted.loss,
          "cosine": hasAngles ? geometry.meanCosine : nil,
          "cosine_deviation": predicted.meanCosine.map { geometry.cosineDistance(from: $0) },
          "predicted_cosine": predicted.meanCosine, "nc1": hasAngles ? geometry.variability : nil,
          "squared_norm": squares.reduce(0, +) / Double(classCount),
          "predicted_squared_norm": predicted.squaredFeatureNorm,
          "bias_norm": solution.state.bias?.largestMagnitude,
          "gradient": solution.minimum.gradientNorm, "steps": Double(solution.minimum.steps),
        ])
    ]
  }

  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let all = observations.of("features")
    let free = all.filter { $0.text("features") == "free" }
    let rectified = all.filter { $0.text("features") == "not negative" }
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Classes", "\(classCount)"), ("Samples of a class", "\(perClass)"),
      ("Dimension", "\(dimension)"), ("Solutions found", "\(all.count)"),
    ]
    conclusions.claims = [
      TestedClaim(
        "simplex", .zhu,
        "Every global minimum is a simplex: features equal their class mean, cosines are −1/(K−1) "
          + "(as we read the paper).",
        test:
          "From every start at c below 1: largest distance of a cosine from the ideal 1e−3, NC1 "
          + "1e−6 at most.",
        checks: free.filter { $0["predicted_cosine"].isFinite }.groups(by: "c").map { group in
          PredictionCheck(
            group.setting("c"), measured: group.values("cosine"),
            predicted: group[0]["predicted_cosine"],
            deviation: max(
              group.values("cosine_deviation").largest, 1e3 * group.values("nc1").largest),
            tolerance: 1e-3)
        }, of: "mean cosine", deviation: "largest deviation",
        caption: "Cosines between class means, mean and 95 % interval over starts"),
      TestedClaim(
        "benign-landscape", .zhu,
        "There is no local minimum but the global ones: every start ends at the same loss, that of the "
          + "closed form (as we read the paper).",
        test: "Largest relative difference from the closed form over starts: 1e−6.",
        checks: lossChecks(free, best: false), of: "loss", deviation: "largest, relative",
        caption: "Loss of free features, mean and 95 % interval over starts"),
      TestedClaim(
        "bias", .zhu, "A bias with decay vanishes where classes are of one size.",
        test: "The largest element of b at most 1e−5, from every start.",
        checks: free.groups(by: "c").map { group in
          PredictionCheck(
            group.setting("c"), measured: group.values("bias_norm"), predicted: 0,
            tolerance: 1e-5)
        }, of: "max |b|", deviation: "largest", caption: "The bias at the optimum"),
      TestedClaim(
        "feature-norm", .zhu,
        "All features have one norm, ‖h‖² = α√(λ_W/(nλ_H))(K−1)/K with α = log(1/s − (K−1)); from "
          + "c = 1 on it is zero (derived here).",
        test: "The mean of ‖h‖² over classes: a relative 1e−3, and 1e−3 in all where it is zero.",
        checks: free.groups(by: "c").map { group in
          let predicted = group[0]["predicted_squared_norm"]
          let scale = predicted > 0 ? predicted : 1
          return PredictionCheck(
            group.setting("c"), measured: group.values("squared_norm"), predicted: predicted,
            deviation: group.values("squared_norm").map { abs($0 - predicted) / scale }.largest,
            tolerance: 1e-3)
        }, of: "‖h‖²", deviation: "largest deviation", caption: "Squared norm of the features"),
      TestedClaim(
        "orthogonal-frame", .zhu,
        "Features that may not be negative are an orthogonal frame instead, of a larger loss (derived "
          + "here; the paper has free ones).",
        test:
          "The best of the starts against the closed form, a relative 1e−6: a ReLU may leave others "
          + "where a class has no features.",
        checks: lossChecks(rectified, best: true), of: "loss", deviation: "best, relative",
        caption: "Loss of features that may not be negative",
        remark: strays(rectified)),
    ]
    conclusions.figures = [lossFigure(all)]
    conclusions.definitions =
      [.init("c", "Free features are there below 1.", formula: "K√(nλ_Wλ_H)")]
      + LaboratoryReport.Definition.ofChains
    return conclusions
  }

  private func lossChecks(_ observations: [Observation], best: Bool) -> [PredictionCheck] {
    observations.groups(by: "c").map { group in
      let predicted = group[0]["predicted_loss"]
      let losses = group.values("loss")
      let compared = best ? [losses.min() ?? .nan] : losses
      return PredictionCheck(
        group.setting("c"), measured: losses, predicted: predicted,
        deviation: compared.map { abs($0 / predicted - 1) }.largest, tolerance: 1e-6)
    }
  }

  private func strays(_ observations: [Observation]) -> String {
    let share = ShareInterval(
      hits: observations.count { $0["loss"] > $0["predicted_loss"] * (1 + 1e-6) },
      of: observations.count)
    return "Off the optimum end \(share.text) starts."
  }

  private func lossFigure(_ observations: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "loss-strength", title: "The least loss by the strength of decay",
      caption: "Every start is a mark; lines are the closed forms.",
      x: .init("c", logarithmic: true), y: .init("loss"),
      panels: [
        .init(
          title: "Cross-entropy with decay",
          series: observations.groups(by: "features").enumerated().flatMap { index, group in
            [
              LaboratoryFigure.Series(
                "predicted, \(group[0].text("features"))", .line, colour: index,
                points: group.groups(by: "c").map {
                  .init(x: $0[0].number("c"), y: $0[0]["predicted_loss"])
                }),
              LaboratoryFigure.Series(
                group[0].text("features"), .points, colour: index,
                points: group.map { .init(x: $0.number("c"), y: $0["loss"]) }),
            ]
          })
      ])
  }
}
