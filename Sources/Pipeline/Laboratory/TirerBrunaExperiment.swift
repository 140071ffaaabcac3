import CollapseCore
import Laboratory
import LibC
import Predictions
import Reporting

/// Features under the squared error, with a bias of any decay and with a second layer.
struct TirerBrunaExperiment: Experiment {
  static let kind = "tirer-bruna-2022"
  static let summary =
    "features under the squared error: frames and simplices, thresholds, and a second layer"
  static let version = "1"

  var classCount = 4
  var perClass = 5
  var dimension = 8
  var strengths = [0.02, 0.1, 0.3, 0.6, 0.9, 1.1]
  var biasDecays = [0, 0.5, 0.8, 1, 1.25, 2, 5]
  var thresholdShares = [0.01, 0.1, 0.5]
  var seeds = 5
  var deepSeeds = 20
  var steps = 20_000

  static var standard: TirerBrunaExperiment { TirerBrunaExperiment() }

  static var fields: [Field<TirerBrunaExperiment>] {
    [
      Field("classCount", \.classCount, "K, the number of classes.", range: .atLeast(2)),
      Field("perClass", \.perClass, "n, samples of each class.", range: .atLeast(1)),
      Field("dimension", \.dimension, "d, the dimension of features.", range: .atLeast(2)),
      Field(
        "strengths", \.strengths, "Values of c = K√(nλ_Wλ_H); at 1 features vanish.",
        range: .positive),
      Field(
        "biasDecays", \.biasDecays,
        "Decays of the bias as multiples of λ_b* = c/(1−c), beside no bias.", range: .notNegative),
      Field(
        "thresholdShares", \.thresholdShares,
        "For two layers, P = nλ_HΠλ_l as shares of the P* at which zero becomes the optimum.",
        range: .positive),
      Field("seeds", \.seeds, "Starts of every setting with one layer.", range: .atLeast(1)),
      Field("deepSeeds", \.deepSeeds, "Starts of every setting with two.", range: .atLeast(1)),
      Field("steps", \.steps, "The most steps of a descent.", range: .atLeast(1)),
    ]
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard dimension >= classCount else {
      throw stated.fault(
        "dimension", "expected at least classCount, which is \(classCount), found \(dimension)")
    }
  }

  // MARK: - What is observed

  private func decays(_ strength: Double) -> (weight: Double, feature: Double) {
    // λ_W = 5λ_H, as in the paper's experiments.
    let feature = strength / Double(classCount) / (5 * Double(perClass)).squareRoot()
    return (5 * feature, feature)
  }

  private func model(_ strength: Double, _ bias: SquaredErrorFeatures.Bias) -> SquaredErrorFeatures
  {
    let (weight, feature) = decays(strength)
    return SquaredErrorFeatures(
      classCount: classCount, perClass: perClass, weightDecay: weight, featureDecay: feature,
      bias: bias)
  }

  private struct BiasTask {
    var strength: Double
    /// A multiple of λ_b*; `nil` for no bias.
    var multiple: Double?
    var seed: UInt64
  }

  private struct DeepTask {
    var activation: FeatureChain.Activation
    var share: Double
    var seed: UInt64
  }

  var parts: [ExperimentPart] {
    let biasTasks = strengths.flatMap { strength in
      // From c = 1 on λ_b* is infinite: every bias is a cheap one.
      ([nil] + (strength < 1 ? biasDecays : [0])).flatMap { multiple in
        (1...seeds).map { BiasTask(strength: strength, multiple: multiple, seed: UInt64($0)) }
      }
    }
    let deepTasks = [FeatureChain.Activation.identity, .relu].flatMap { activation in
      thresholdShares.flatMap { share in
        (1...deepSeeds).map { DeepTask(activation: activation, share: share, seed: UInt64($0)) }
      }
    }
    return [
      ExperimentPart("bias", "one layer, a bias of any decay", over: biasTasks, observe: observe),
      ExperimentPart("depth", "two layers from random starts", over: deepTasks, observe: observe),
      ExperimentPart(
        "continuation", "two layers, the collapsed minimum followed while decays grow",
        over: [FeatureChain.Activation.identity, .relu], observe: follow),
    ]
  }

  private func observe(_ task: BiasTask, _ interruption: Interruption) throws -> [Observation] {
    let threshold = model(task.strength, .none).biasDecayThreshold
    let decay = task.multiple.map { $0 == 0 ? 0 : $0 * threshold }
    let predicted = model(task.strength, decay.map { .decay($0) } ?? .none)
    let chain = FeatureChain(
      classCounts: Array(repeating: perClass, count: classCount), widths: [dimension],
      featureDecay: predicted.featureDecay, weightDecays: [predicted.weightDecay],
      biasDecay: decay)
    let solution = try ChainSolution(chain, seed: task.seed, steps: steps, interruption)
    let geometry = solution.state.geometry(enteringLayer: 1)
    let hasAngles = !solution.isTrivial
    return [
      Observation(
        "bias",
        [
          "c": .number(task.strength),
          "bias": .word(task.multiple.map { $0.shortestText } ?? "none"),
          "seed": .number(Double(task.seed)),
        ],
        [
          "bias_decay": decay, "loss": solution.minimum.value, "predicted_loss": predicted.loss,
          "cosine": hasAngles ? geometry.meanCosine : nil,
          "predicted_cosine": predicted.meanCosine,
          "cosine_deviation": predicted.meanCosine.map { geometry.cosineDistance(from: $0) },
          "norm_spread": hasAngles ? geometry.normSpread : nil,
          "nc1": hasAngles ? geometry.variability : nil,
          "duality": hasAngles
            ? solution.state.dualityDistance(factor: predicted.dualityFactor) : nil,
          "bias_value": solution.state.bias.map { $0.reduce(0, +) / Double(classCount) },
          "predicted_bias_value": predicted.biasValue, "feature_norm": solution.featureNorm,
          "balance": decay == nil ? solution.state.imbalance : nil,
          "gradient": solution.minimum.gradientNorm, "steps": Double(solution.minimum.steps),
        ])
    ]
  }

  private func observe(_ task: DeepTask, _ interruption: Interruption) throws -> [Observation] {
    let predicted = DeepFeatures(
      depth: 2, classCount: classCount, shareOfThreshold: task.share)
    let chain = FeatureChain.balanced(
      classCount: classCount, perClass: perClass, width: dimension, depth: 2,
      activation: task.activation, decayProduct: predicted.decayProduct)
    let solution = try ChainSolution(chain, seed: task.seed, steps: steps, interruption)
    let rung = LadderRung(solution.minimum.value, of: predicted, classCount: classCount)
    let hidden = solution.state.geometry(enteringLayer: 2)
    return [
      Observation(
        "depth",
        [
          "activation": .word(task.activation.rawValue), "P/P*": .number(task.share),
          "seed": .number(Double(task.seed)),
        ],
        [
          "loss": solution.minimum.value, "predicted_loss": predicted.loss,
          "rung": Double(rung.learned), "rung_distance": rung.distance,
          "cosine_deviation": rung.learned == classCount
            ? hidden.cosineDistance(from: 0) : nil,
          "nc1": solution.isTrivial ? nil : hidden.variability,
          "balance": solution.state.imbalance, "gradient": solution.minimum.gradientNorm,
          "steps": Double(solution.minimum.steps),
        ])
    ]
  }

  private func follow(
    _ activation: FeatureChain.Activation, _ interruption: Interruption
  ) throws -> [Observation] {
    try BranchObservation.follow(
      part: "continuation", depth: 2, classCount: classCount, perClass: perClass,
      width: dimension, activation: activation, steps: steps, interruption)
  }

  // MARK: - What it says

  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let bias = observations.of("bias")
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Classes", "\(classCount)"), ("Samples of a class", "\(perClass)"),
      ("Dimension", "\(dimension)"), ("Solutions found", "\(observations.count)"),
    ]
    conclusions.claims =
      [
        frameClaim(bias), simplexClaim(bias), lossClaim(bias), curveClaim(bias),
        dualityClaim(bias), vanishingClaim(bias),
      ]
      + LadderRung.claims(
        of: observations.of("depth"), axes: ["activation", "P/P*"], paper: .tirerBruna,
        classCount: classCount)
      + [BranchObservation.claim(observations.of("continuation"), paper: .tirerBruna)]
    conclusions.tables = [
      bias.summary(
        by: ["c", "bias"],
        of: [
          "loss", "predicted_loss", "cosine", "predicted_cosine", "duality", "feature_norm",
        ], name: "bias-strength",
        caption:
          "Loss, cosine, duality and ‖H‖ by strength and bias, mean and 95 % interval over starts"
      )
    ]
    conclusions.figures = [
      cosineFigure(bias),
      LadderRung.figure(observations.of("depth"), depth: 2, classCount: classCount),
      BranchObservation.figure(observations.of("continuation")),
    ]
    conclusions.definitions =
      [
        .init("c", "What decides of one layer.", formula: "K√(nλ_Wλ_H)"),
        .init(
          "bias", "The decay of the bias as a multiple of λ_b*; none is no bias, 0 a free one.",
          formula: "λ_b* = c/(1−c)"),
        .init(
          "P/P*", "What decides of more layers, over the value at which zero becomes the optimum.",
          formula: "P = nλ_HΠλ_l,  P* = (L−1)^(L−1)/(K^(L+1)L^(2L))"),
        .init(
          "rung", "Of how many classes a minimum has learned to tell apart.",
          formula: "V_m = ½ − (m/K)(½ − V)"),
      ] + LaboratoryReport.Definition.ofChains
    return conclusions
  }

  private func frameClaim(_ bias: [Observation]) -> TestedClaim {
    cosineClaim(
      "orthogonal-frame",
      "Without a bias the optimal features are an orthogonal frame: class means of one length at "
        + "right angles (as we read the paper).",
      bias.filter { $0.text("bias") == "none" })
  }

  private func simplexClaim(_ bias: [Observation]) -> TestedClaim {
    cosineClaim(
      "simplex",
      "With a bias that costs nothing they are a simplex: cosines of −1/(K−1) (as we read the paper).",
      bias.filter { $0.text("bias") == "0" })
  }

  private func cosineClaim(
    _ name: String, _ statement: String, _ observations: [Observation]
  ) -> TestedClaim {
    TestedClaim(
      name, .tirerBruna, statement,
      test: "From every start, at every c below 1: the largest distance of a cosine between class "
        + "means, not centred, from the ideal, and the spread of their norms, both below 1e−3.",
      checks: observations.filter { $0.number("c") < 1 }.groups(by: "c").map { group in
        PredictionCheck(
          group.setting("c"), measured: group.values("cosine"),
          predicted: group[0]["predicted_cosine"],
          deviation: max(
            group.values("cosine_deviation").largest, group.values("norm_spread").largest),
          tolerance: 1e-3)
      }, of: "mean cosine", deviation: "largest deviation",
      caption: "Cosines between class means, mean and 95 % interval over starts")
  }

  private func lossClaim(_ bias: [Observation]) -> TestedClaim {
    TestedClaim(
      "optimal-loss", .tirerBruna,
      "The least loss is the closed form's, from every start: no local minimum is in the way.",
      test: "The largest relative difference between the loss reached and the closed form, over "
        + "starts: at most 1e−6.",
      checks: bias.groups(by: "c", "bias").map { group in
        let predicted = group[0]["predicted_loss"]
        return PredictionCheck(
          group.setting("c", "bias"), measured: group.values("loss"), predicted: predicted,
          deviation: group.values("loss").map { abs($0 / predicted - 1) }.largest,
          tolerance: 1e-6)
      }, of: "loss", deviation: "relative deviation",
      caption: "Loss reached and predicted, mean and 95 % interval over starts")
  }

  private func curveClaim(_ bias: [Observation]) -> TestedClaim {
    let settings = bias.filter { $0.number("c") < 1 && $0.text("bias") != "none" }
    // Below the threshold an exact simplex, above it visibly none.
    let simplex = -1 / Double(classCount - 1)
    func distances(_ isBelow: Bool) -> [Double] {
      settings.filter { observation in
        let multiple = Double(observation.text("bias")) ?? 0
        return isBelow ? multiple < 1 : multiple > 1
      }.values("cosine").map { abs($0 - simplex) }
    }
    let bracket =
      "Below λ_b* cosines are within \(NumberFormat.significant(2).text(distances(true).largest)) of a "
      + "simplex's, above it at least "
      + "\(NumberFormat.significant(2).text(distances(false).min() ?? .nan)) away."
    return TestedClaim(
      "bias-decay", .tirerBruna,
      "A bias with decay leads from the simplex to the orthogonal frame: an exact simplex up to "
        + "λ_b* = c/(1−c), and from there on along a curve (derived here; the paper has both ends).",
      test:
        "Measured cosines against the closed form at every λ_b: largest difference 2e−3; the value "
        + "of the bias, 1e−4.",
      checks: settings.groups(by: "c", "bias").map { group in
        PredictionCheck(
          group.setting("c", "bias"), measured: group.values("cosine"),
          predicted: group[0]["predicted_cosine"],
          deviation: max(
            group.values("cosine_deviation").largest,
            20 * group.map { abs($0["bias_value"] - $0["predicted_bias_value"]) }.largest),
          tolerance: 2e-3)
      }, of: "mean cosine", deviation: "largest deviation",
      caption: "Cosines by the decay of the bias", remark: bracket)
  }

  private func dualityClaim(_ bias: [Observation]) -> TestedClaim {
    TestedClaim(
      "duality", .tirerBruna, "The classifier is the transposed class means, W = √(nλ_H/λ_W) Mᵀ.",
      test: "‖W − √(nλ_H/λ_W)Mᵀ‖/‖W‖ at most 1e−3, from every start.",
      checks: bias.filter { $0.number("c") < 1 }.groups(by: "c", "bias").map { group in
        PredictionCheck(
          group.setting("c", "bias"), measured: group.values("duality"), predicted: 0,
          tolerance: 1e-3)
      }, of: "distance", deviation: "largest",
      caption: "Distance between classifier and class means")
  }

  private func vanishingClaim(_ bias: [Observation]) -> TestedClaim {
    TestedClaim(
      "threshold", .tirerBruna, "From c = 1 on the optimum has no features.",
      test: "‖H‖ at most 1e−3 at every c above 1, and above 1e−1 at every c below.",
      checks: bias.groups(by: "c", "bias").map { group in
        let isBeyond = group[0].number("c") > 1
        let norms = group.values("feature_norm")
        return PredictionCheck(
          group.setting("c", "bias"), measured: norms, predicted: isBeyond ? 0 : nil,
          deviation: isBeyond ? norms.largest : 1e-4 / (norms.min() ?? 0), tolerance: 1e-3)
      }, of: "‖H‖", deviation: "deviation",
      caption: "Norm of the features; below 1 the deviation is 1e−4/‖H‖")
  }

  private func cosineFigure(_ bias: [Observation]) -> LaboratoryFigure {
    let shown = bias.filter { $0.number("c") < 1 && $0["bias_decay"].isFinite }
    let panels = shown.groups(by: "c").map { group in
      let strength = group[0].number("c")
      let threshold = model(strength, .none).biasDecayThreshold
      let decays = (0...80).map { 0.1 * threshold * pow(100, Double($0) / 80) }
      return LaboratoryFigure.Panel(
        title: "c = \(group[0].text("c")), λ_b* = \(NumberFormat.significant(3).text(threshold))",
        series: [
          .init(
            "predicted", .line, colour: 0,
            points: decays.map {
              .init(x: $0, y: model(strength, .decay($0)).meanCosine ?? .nan)
            }),
          .init(
            "measured", .points, colour: 1,
            points: group.filter { $0["bias_decay"] > 0 }.map {
              .init(x: $0["bias_decay"], y: $0["cosine"])
            }),
        ])
    }
    return LaboratoryFigure(
      name: "cosine-bias", title: "From the simplex to the orthogonal frame",
      caption:
        "The cosine between class means by the decay of the bias: a simplex's up to λ_b*, from "
        + "there on towards zero. Every start is a mark.",
      x: .init("λ_b", logarithmic: true), y: .init("cosine"), panels: panels)
  }
}
