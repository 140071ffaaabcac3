import CollapseCore
import Laboratory
import Predictions
import Reporting

/// Two classes under chains of any depth with ReLUs.
struct BinaryDepthExperiment: Experiment {
  static let kind = "sukenik-2023"
  static let summary =
    "two classes and many layers: deep neural collapse is optimal, up to a threshold"
  static let version = "3"

  var depths = [2, 3, 4, 5]
  var perClass = 5
  var width = 16
  var thresholdShares = [0.001, 0.05, 0.3, 0.9, 1.1]
  var seeds = 8
  var steps = 20_000

  static var standard: BinaryDepthExperiment { BinaryDepthExperiment() }

  static var fields: [Field<BinaryDepthExperiment>] {
    [
      Field("depths", \.depths, "Values of L, the number of layers.", range: .closed(2...12)),
      Field("perClass", \.perClass, "n, samples of each class.", range: .atLeast(1)),
      Field("width", \.width, "The width of every layer.", range: .atLeast(2)),
      Field(
        "thresholdShares", \.thresholdShares,
        "P = nλ_HΠλ_l as shares of the P* at which zero becomes the optimum.", range: .positive),
      Field("seeds", \.seeds, "Random starts of every setting.", range: .atLeast(1)),
      Field("steps", \.steps, "The most steps of a descent.", range: .atLeast(1)),
    ]
  }

  private struct Task {
    var depth: Int
    var share: Double
    /// `nil` for a start near collapse.
    var seed: UInt64?
  }

  var parts: [ExperimentPart] {
    let origins: [UInt64?] = [nil] + (1...seeds).map { UInt64($0) }
    let tasks = depths.flatMap { depth -> [Task] in
      thresholdShares.flatMap { share in
        origins.map { Task(depth: depth, share: share, seed: $0) }
      }
    }
    return [
      ExperimentPart(
        "starts", "random starts, and one near collapse", over: tasks, observe: observe),
      ExperimentPart(
        "descent", "gradient descent towards collapse, layer by layer", over: depths,
        observe: descend),
      ExperimentPart(
        "continuation", "the collapsed minimum followed while decays grow",
        over: depths.flatMap { depth in BranchObservation.seeds.map { (depth, $0) } }
      ) { task, interruption in
        try BranchObservation.follow(
          part: "continuation", depth: task.0, classCount: 2, perClass: perClass, width: width,
          activation: .relu, seed: task.1, steps: steps, interruption)
      },
    ]
  }

  func chain(_ predicted: DeepFeatures) -> FeatureChain {
    FeatureChain.balanced(
      classCount: 2, perClass: perClass, width: width, depth: predicted.depth, activation: .relu,
      decayProduct: predicted.decayProduct)
  }

  private func observe(_ task: Task, _ interruption: Interruption) throws -> [Observation] {
    let predicted = DeepFeatures(depth: task.depth, classCount: 2, shareOfThreshold: task.share)
    let chain = chain(predicted)
    var start = chain.start(seed: task.seed ?? 0)
    if task.seed == nil, let collapsed = chain.collapsedConstruction() {
      start = zip(collapsed, start).map { $0 + 0.02 * $1 }
    }
    let solution = try ChainSolution(chain, from: start, steps: steps, interruption)
    let rung = LadderRung(solution.minimum.value, of: predicted, classCount: 2)
    let isOnTop = rung.learned == 2 && rung.distance < 1e-4
    let isNothing = solution.isTrivial || rung.learned == 0
    let setting: KeyValuePairs<String, Condition.Value> = [
      "activation": .word("relu"), "L": .number(Double(task.depth)), "P/P*": .number(task.share),
      "start": .word(task.seed.map { "\($0)" } ?? "near collapse"),
    ]
    let layers = try Observation("starts", setting, [:]).layers(
      of: solution.state, as: "layers", from: 2)
    func largest(_ name: String) -> Double { layers.values(name).filter(\.isFinite).largest }
    let found = Observation(
      "starts", setting,
      [
        "loss": solution.minimum.value, "predicted_loss": predicted.loss,
        "rung": Double(rung.learned), "rung_distance": rung.distance,
        "split_loss": solution.state.splitLoss(),
        "nc1": isNothing ? nil : largest("nc1"),
        "cosine": isOnTop ? largest("largest_cosine") : nil,
        "norm_spread": isOnTop ? layers.values("norm_spread").largest : nil,
        "weights_outside_means": isOnTop ? layers.values("weights_outside_means").largest : nil,
        "balance": solution.state.imbalance, "gradient": solution.minimum.gradientNorm,
        "steps": Double(solution.minimum.steps),
      ])
    // Of zero there are no angles, and of one class no frame.
    return [found] + (isOnTop ? layers : [])
      + GroupNorms.observe(
        found, solution.state, predicted: isOnTop ? predicted.groupPenalty : nil, as: "groups")
  }

  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let starts = observations.of("starts")
    let layers = observations.of("layers")
    let branch = observations.of("continuation")
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Classes", "2"), ("Layers", depths.map(String.init).joined(separator: ", ")),
      ("Width", "\(width)"), ("Solutions found", "\(starts.count + branch.count)"),
    ]
    conclusions.claims = [
      optimumClaim(starts), collapseClaim(starts), thresholdClaim(starts),
    ]
    // The best against the prediction is tested above, with zero among the candidates.
    conclusions.claims += LadderRung.claims(
      of: starts, axes: ["L", "P/P*"], paper: .sukenik2023, classCount: 2
    ).filter { $0.name != "deep-optimum" }
    conclusions.claims += [
      GroupNorms.claim(
        observations.of("groups"), axes: ["L", "P/P*"], paper: .sukenik2023,
        "At the optimum features and layers have the norms of the closed form, λ_g‖θ_g‖² = y(1−y) "
          + "(derived here).", of: "Solutions at the optimum"),
      BranchObservation.claim(branch, paper: .sukenik2023),
    ]
    conclusions.tables = [
      startsTable(starts, layers),
      layers.summary(
        by: ["L", "P/P*", "layer"], of: LayerMeasure.all.map(\.name), name: "layers",
        caption: "Solutions at the optimum layer by layer, mean and 95 % interval over starts"),
    ]
    conclusions.figures = [
      BranchObservation.figure(branch), descentFigure(observations.of("descent")),
    ]
    conclusions.definitions =
      [
        .init(
          "P/P*", "The product of all decays over that at which zero becomes the optimum.",
          formula: "P = nλ_HΠλ_l,  P* = (L−1)^(L−1)/(2^(L+1)L^(2L))"),
        .init(
          "rung", "Of how many classes a minimum has learned to tell apart.",
          formula: "V_m = ½ − (m/2)(½ − V)"),
      ] + LaboratoryReport.Definition.ofChains + LaboratoryReport.Definition.ofLayers
      + GroupNorms.definitions
    return conclusions
  }

  private func optimumClaim(_ starts: [Observation]) -> TestedClaim {
    TestedClaim(
      "optimum", .sukenik2023,
      "For two classes deep neural collapse is the global optimum at any depth: no solution is better "
        + "(as we read the paper).",
      test:
        "The best loss over starts, and zero, less the closed form: between −1e−6 and 1e−5. So no "
        + "start ends below it.",
      checks: starts.groups(by: "L", "P/P*").map { group in
        let predicted = group[0]["predicted_loss"]
        let difference = min(group.values("loss").min() ?? .nan, 0.5) - predicted
        return PredictionCheck(
          group.setting("L", "P/P*"), measured: group.values("loss"), predicted: predicted,
          deviation: difference < 0 ? -10 * difference : difference, tolerance: 1e-5)
      }, of: "loss", deviation: "best − predicted",
      caption: "Loss over starts, mean and 95 % interval; what lies below counts ten times")
  }

  private func collapseClaim(_ starts: [Observation]) -> TestedClaim {
    TestedClaim(
      "deep-collapse", .sukenik2023,
      "At the optimum every layer collapses: no variability within classes, means orthogonal and of "
        + "one length, weights in the span of the means.",
      test:
        "Solutions at the optimum, layers 2 to L after the ReLU: NC1 below 1e−6; cosine, spread of "
        + "norms and the part of W_l outside the means below 5e−3, the last three times in units of 5e−3.",
      checks: starts.filter { $0["cosine"].isFinite }.groups(by: "L", "P/P*").map { group in
        PredictionCheck(
          group.setting("L", "P/P*"), measured: group.values("cosine"), predicted: 0,
          deviation: [
            5e3 * group.values("nc1").largest, group.values("cosine").largest,
            group.values("norm_spread").largest, group.values("weights_outside_means").largest,
          ].largest, tolerance: 5e-3)
      }, of: "largest |cosine| of a layer", deviation: "largest deviation",
      caption: "Collapse of all layers, mean and 95 % interval over solutions at the optimum")
  }

  private func thresholdClaim(_ starts: [Observation]) -> TestedClaim {
    TestedClaim(
      "threshold", .sukenik2023, "Above P* the optimum is zero, below it is not.",
      test: "The best loss over starts is below ½ by 1e−6 exactly where P/P* is below 1.",
      checks: starts.groups(by: "L", "P/P*").map { group in
        let best = group.values("loss").min() ?? .nan
        let isBelow = best < 0.5 - 1e-6
        return PredictionCheck(
          group.setting("L", "P/P*"), measured: group.values("loss"),
          predicted: group[0]["predicted_loss"],
          deviation: isBelow == (group[0].number("P/P*") < 1) ? 0 : 1, tolerance: 0)
      }, of: "loss", deviation: "best on the wrong side",
      caption: "Loss over starts by P/P*, mean and 95 % interval")
  }

  private func startsTable(_ starts: [Observation], _ layers: [Observation]) -> Table {
    let depth = starts.map { Int($0.number("L")) }.max() ?? 1
    return Table(
      name: "starts-depth", caption: "The best of the starts, and how many ended on each rung",
      columns: [
        .init("L", "L", isNumeric: false), .init("share", "P/P*", isNumeric: false),
        .init("difference", "best loss − V", format: .significant(2)),
        .init("nc1", "largest NC1", format: .significant(2)),
      ]
        + (2...max(2, depth)).map {
          .init("cosine\($0)", "largest |cosine|, layer \($0)", format: .significant(2))
        } + [.init("rung0", "zero"), .init("rung1", "one class"), .init("rung2", "both")],
      rows: starts.groups(by: "L", "P/P*").map { group in
        let predicted = group[0]["predicted_loss"]
        let rungs = (0...2).map { rung in group.count { $0["rung"] == Double(rung) } }
        let own = layers.filter {
          $0.text("L") == group[0].text("L") && $0.text("P/P*") == group[0].text("P/P*")
        }
        let cosines = (2...max(2, depth)).map { layer in
          own.filter { $0.number("layer") == Double(layer) }.values("largest_cosine").max()
        }
        return [
          .text(group[0].text("L")), .text(group[0].text("P/P*")),
          .number(min(group.values("loss").min() ?? .nan, 0.5) - predicted),
          .init(group.values("nc1").filter(\.isFinite).max()),
        ] + cosines.map { .init($0) } + rungs.map { .integer($0) }
      })
  }
}
