import LibC
import Predictions
import Reporting

extension TirerBrunaExperiment {
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
      + [
        BranchObservation.claim(observations.of("continuation"), paper: .tirerBruna),
        GroupNorms.claim(
          observations.of("bias-groups"), axes: ["c", "bias"], paper: .tirerBruna,
          "Features and classifier have the norms of the closed form (derived here).",
          of: "Every start with one layer"),
      ]
    conclusions.tables = [
      bias.summary(
        by: ["c", "bias"],
        of: [
          "loss", "predicted_loss", "cosine", "predicted_cosine", "duality", "feature_norm",
        ], name: "bias-strength",
        caption:
          "Loss, cosine, duality and ‖H‖ by strength and bias, mean and 95 % interval over starts"
      ),
      observations.of("depth-layers").summary(
        by: ["activation", "P/P*", "layer"], of: LayerMeasure.all.map(\.name), name: "layers",
        caption:
          "Solutions with two layers that have learned all classes, layer by layer: mean and 95 % "
          + "interval over starts"),
      observations.of("depth-groups").filter { $0["predicted_norm"].isFinite }.summary(
        by: ["activation", "P/P*", "group"], of: ["norm", "predicted_norm", "penalty"],
        name: "depth-norms", caption: "Norms of their features and layers"),
    ]
    conclusions.figures = [
      cosineFigure(bias),
      ladderFigure(bias, observations.of("depth")),
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
      ] + LaboratoryReport.Definition.ofChains + LaboratoryReport.Definition.ofLayers
      + GroupNorms.definitions
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
          .init(
            "λ_b*", .line, colour: 2,
            points: [-1 / Double(classCount - 1), 0].map { .init(x: threshold, y: $0) }),
        ])
    }
    return LaboratoryFigure(
      name: "cosine-bias", title: "From the simplex to the orthogonal frame",
      caption:
        "The cosine between class means by the decay of the bias: a simplex's up to λ_b*, from "
        + "there on towards zero. Every start is a mark.",
      x: .init("λ_b", logarithmic: true), y: .init("cosine"), panels: panels)
  }

  private func ladderFigure(_ bias: [Observation], _ depth: [Observation]) -> LaboratoryFigure {
    let single = bias.filter { $0.text("bias") == "none" && $0.number("c") < 1 }
    return LadderRung.figure(
      [
        // Of one layer P = nλ_Hλ_W and P* = 1/K², so that P/P* = c².
        LadderRung.panel(
          "One layer",
          starts: single.map { .init(x: $0.number("c") * $0.number("c"), y: $0["loss"]) },
          depth: 1, classCount: classCount)
      ]
        + depth.groups(by: "activation").map { group in
          LadderRung.panel(
            "Two layers, activation: \(group[0].text("activation"))",
            starts: group.map { .init(x: $0.number("P/P*"), y: $0["loss"]) }, depth: 2,
            classCount: classCount)
        })
  }
}
