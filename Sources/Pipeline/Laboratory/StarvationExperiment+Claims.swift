import CollapseCore
import LibC
import Predictions
import Reporting

extension StarvationExperiment {
  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let responses = observations.of("responses")
    let moons = observations.of("moons")
    let coloured = observations.of("coloured")
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Points", "\(pointCount)"), ("Network", "2-\(width)-1, ReLU"), ("Seeds", "\(seeds)"),
      ("Steps", "\(steps) and \(longSteps)"), colourFacts,
    ]
    conclusions.claims =
      [
        responseClaim(responses), fallingClaim(responses), decoupledResponseClaim(responses),
        starvationClaim(moons), decouplingClaim(moons), remedyClaim(moons), sizeClaim(moons),
        modeClaim(moons), modeShareClaim(moons),
      ] + colourClaims(coloured)
    conclusions.tables = [accuracyTable(moons)]
    if !coloured.isEmpty { conclusions.tables.append(colourTable(coloured)) }
    conclusions.figures = [
      responseFigure(responses), accuracyFigure(moons), sizeFigure(moons), modeFigure(moons),
      colourFigure(coloured),
    ]
    conclusions.definitions = [
      .init(
        "Δ",
        "By how much each moon is moved away from the other across the arcs, after which the sign "
          + "of one coordinate tells classes apart; below zero both share a strip."),
      .init(
        "κ", "The coefficient of spectral decoupling as the paper has it.",
        formula: "mean log(1 + e^{−yŷ}) + κ mean ŷ²"),
      .init("u*", "The size of every output at its optimum.", formula: "u(1 + e^u) = 1/(2κ)"),
      .init(
        "z", "How far each feature of a linear model is used.",
        formula: "z = UᵀYŷ,  YΦ = USVᵀ"),
      .init(
        "mode",
        "An eigenvector U_k of the tangent kernel JJᵀ at the start; the response is what the "
          + "outputs on the points trained on have of it, without its sign.", formula: "|U_kᵀŷ|"),
    ]
    return conclusions
  }

  // MARK: - The linear model

  private func responseClaim(_ responses: [Observation]) -> TestedClaim {
    TestedClaim(
      "coupled-responses", .pezeshki,
      "With weight decay features are used as the fixed point of the dual flow says.",
      test: "z found by descent against the fixed point: a largest difference of 1e−6.",
      checks: responses.groups(by: "features", "s1").map { group in
        let item = group[0]
        return PredictionCheck(
          group.setting("features", "s1"), measured: [item["z2"]],
          predicted: item["predicted_z2"],
          deviation: [
            abs(item["z1"] - item["predicted_z1"]), abs(item["z2"] - item["predicted_z2"]),
          ].largest, tolerance: 1e-6)
      }, of: "z₂", deviation: "largest of both", caption: "How far the weaker feature is used")
  }

  private func fallingClaim(_ responses: [Observation]) -> TestedClaim {
    let coupled = responses.filter { $0.text("features") == "coupled" }
      .sorted { $0.number("s1") < $1.number("s1") }
    return TestedClaim(
      "starved-response", .pezeshki,
      "Where features are coupled, a stronger first one starves the second: z₂ falls as s₁ grows.",
      test: "Each step of s₁ lowers the z₂ found by 1e−3 at least.",
      checks: zip(coupled, coupled.dropFirst()).map { before, after in
        PredictionCheck(
          [("s1", "\(before.text("s1")) to \(after.text("s1"))")],
          measured: [after["z2"] - before["z2"]],
          predicted: after["predicted_z2"] - before["predicted_z2"],
          deviation: after["z2"] - before["z2"], tolerance: -1e-3)
      }, of: "change of z₂", deviation: "change",
      caption: "What a stronger first feature does to the second")
  }

  private func decoupledResponseClaim(_ responses: [Observation]) -> TestedClaim {
    TestedClaim(
      "decoupled-responses", .pezeshki,
      "With spectral decoupling how far a feature is used does not depend on strengths: z = uUᵀ1.",
      test: "z found by descent against uUᵀ1 at every s₁: a largest difference of 1e−9.",
      checks: responses.groups(by: "features", "s1").map { group in
        let item = group[0]
        return PredictionCheck(
          group.setting("features", "s1"), measured: [item["decoupled_z2"]],
          predicted: item["predicted_decoupled_z2"],
          deviation: [
            abs(item["decoupled_z1"] - item["predicted_decoupled_z1"]),
            abs(item["decoupled_z2"] - item["predicted_decoupled_z2"]),
          ].largest, tolerance: 1e-9)
      }, of: "z₂", deviation: "largest of both",
      caption: "The same with spectral decoupling")
  }

  // MARK: - The moons

  /// Those of one way to train and so many steps; of a κ, where there are several.
  private func trained(
    _ moons: [Observation], _ name: String, _ steps: Int, κ: Double? = nil
  ) -> [Observation] {
    moons.filter {
      $0.text("training") == name && $0.number("steps") == Double(steps)
        && (κ == nil || $0.number("κ") == κ)
    }
  }

  private static let hardest = accuracy(-0.2)

  private func starvationClaim(_ moons: [Observation]) -> TestedClaim {
    let plain = trained(moons, "plain", steps)
    return TestedClaim(
      "starvation", .pezeshki,
      "A coordinate that suffices starves the other: who has learned on moons that a line separates is "
        + "worse on moons that none does than who has learned on such (as we read the paper).",
      test: "Accuracy at Δ = −0.2 of networks trained at Δ = −0.1, less that of those trained at "
        + "Δ = 0.1, paired by seeds: the 95 % interval of the mean lies above zero.",
      intervals: [
        IntervalCheck(
          [("steps", "\(steps)")],
          measured: trained(moons, "overlapping moons", steps)
            .differences(of: Self.hardest, from: plain))
      ], of: "difference of accuracies", caption: "What starvation costs at Δ = −0.2")
  }

  private func decouplingClaim(_ moons: [Observation]) -> TestedClaim {
    var equal = 0.0
    let checks = couplings.flatMap { κ in
      [steps, longSteps].map { steps in
        let (plain, decoupled) = (
          trained(moons, "plain", steps), trained(moons, "decoupled", steps, κ: κ)
        )
        equal = max(
          equal,
          decoupled.differences(of: "train_accuracy", from: plain).map { abs($0) }.largest)
        return IntervalCheck(
          decoupled.setting("κ", "steps"),
          measured: decoupled.differences(of: Self.hardest, from: plain))
      }
    }
    return TestedClaim(
      "decoupling", .pezeshki,
      "Spectral decoupling learns both: it is better on moons that no line separates, and as good where "
        + "it was trained (as we read the paper).",
      test: "Accuracy at Δ = −0.2 less that of plain training of as many steps, paired by seeds: "
        + "the 95 % interval of the mean lies above zero.",
      intervals: checks, of: "difference of accuracies",
      caption: "What spectral decoupling gains at Δ = −0.2",
      remark:
        "Accuracies on the points trained on differ by \(NumberFormat.percent(2).text(equal)) "
        + "at most.")
  }

  private func remedyClaim(_ moons: [Observation]) -> TestedClaim {
    let short = trained(moons, "plain", steps)
    let long = trained(moons, "plain", longSteps)
    let gain = couplings.first.flatMap { κ in
      SeedInterval(
        trained(moons, "decoupled", steps, κ: κ).differences(of: Self.hardest, from: short))
    }
    let limit = max(gain?.mean ?? 0, 0) / 4
    let remedies = [
      ("\(longSteps) steps", long.differences(of: Self.hardest, from: short)),
      (
        "weight decay 0.01, \(longSteps) steps",
        trained(moons, "weight decay 0.01", longSteps)
          .differences(of: Self.hardest, from: long)
      ), ("rate 0.1", trained(moons, "rate 0.1", steps).differences(of: Self.hardest, from: short)),
      (
        "Adam, rate 0.003", trained(moons, "Adam", steps).differences(of: Self.hardest, from: short)
      ),
    ]
    return TestedClaim(
      "no-other-remedy", .pezeshki,
      "Training longer, weight decay, a larger rate and Adam do not help (as we read the paper).",
      test: "What each gains at Δ = −0.2 over plain training (of as many steps, for weight decay): "
        + "the 95 % interval lies below a quarter of what spectral decoupling with the first κ gains in "
        + "\(steps) steps.",
      intervals: remedies.map { name, differences in
        IntervalCheck([("remedy", name)], measured: differences, below: limit)
      }, of: "difference of accuracies", caption: "What other remedies gain at Δ = −0.2")
  }

  private func sizeClaim(_ moons: [Observation]) -> TestedClaim {
    TestedClaim(
      "equal-outputs", .pezeshki,
      "With spectral decoupling every output comes to have one size, u* with u(1 + e^u) = 1/(2κ).",
      test:
        "The mean of |ŷ| over the points trained on after \(longSteps) steps: within 2 % of u*.",
      checks: couplings.map { κ in
        let predicted = DecoupledFeatures.margin(coefficient: 2 * κ)
        let sizes = trained(moons, "decoupled", longSteps, κ: κ).values("size")
        return PredictionCheck(
          [("κ", NumberFormat.significant(4).text(κ))], measured: sizes, predicted: predicted,
          deviation: sizes.map { abs($0 / predicted - 1) }.largest, tolerance: 0.02)
      }, of: "mean |ŷ|", deviation: "largest, relative", caption: "The size of outputs")
  }

  private func modeDifferences(
    _ moons: [Observation], _ value: (Observation) -> Double
  ) -> [Double] {
    let plain = trained(moons, "slight decay", longSteps)
    return trained(moons, "slight decay, decoupled", longSteps).compactMap { item in
      plain.first { $0.text("seed") == item.text("seed") }.map { value(item) - value($0) }
    }
  }

  private func modeClaim(_ moons: [Observation]) -> TestedClaim {
    TestedClaim(
      "weaker-mode", .pezeshki,
      "Spectral decoupling has a larger response of the sixth mode of the tangent kernel (as we read "
        + "the paper's figure 2).",
      test:
        "|U_6ᵀŷ| with κ = 0.003 less that of plain training, both with the figure's weight decay of "
        + "2e−4 and after \(longSteps) steps, paired by seeds: the 95 % interval lies above zero.",
      intervals: [
        IntervalCheck([("mode", "6")], measured: modeDifferences(moons) { $0["mode_6"] })
      ], of: "difference of responses", caption: "The sixth mode")
  }

  private func modeShareClaim(_ moons: [Observation]) -> TestedClaim {
    TestedClaim(
      "weaker-mode-share", .pezeshki,
      "Of what is used of the first mode, the sixth has a larger share with spectral decoupling: outputs "
        + "of another size do not decide it (derived here).",
      test: "The same of |U_6ᵀŷ| / |U_1ᵀŷ|.",
      intervals: [
        IntervalCheck(
          [("mode", "6 over 1")],
          measured: modeDifferences(moons) { $0["mode_6"] / $0["mode_1"] })
      ], of: "difference of shares", caption: "The sixth mode over the first")
  }

  // MARK: - Tables and figures

  private func name(_ group: [Observation]) -> String {
    let κ = group[0].number("κ")
    return group[0].text("training") + (κ > 0 ? ", κ = \(group[0].text("κ"))" : "")
  }

  private func accuracyTable(_ moons: [Observation]) -> Table {
    Table(
      name: "accuracies", caption: "Accuracies, mean and 95 % interval over seeds",
      columns: [
        .init("training", "training", isNumeric: false), .init("steps", "steps"),
        .init("train", "trained on", isNumeric: false),
      ] + Self.testMargins.map { .init(Self.accuracy($0), "Δ = \($0)", isNumeric: false) },
      rows: moons.groups(by: "training", "κ", "steps").map { group in
        [.text(name(group)), .integer(Int(group[0].number("steps")))]
          + (["train_accuracy"] + Self.testMargins.map(Self.accuracy)).map { quantity in
            let interval = SeedInterval(group.values(quantity))
            return interval.map { .text($0.text(.fixed(3))) } ?? .absent
          }
      })
  }

  private func responseFigure(_ responses: [Observation]) -> LaboratoryFigure {
    let coupled = responses.filter { $0.text("features") == "coupled" }
    let grid = (0...40).map { 2 + ((strengths.max() ?? 6) - 2) * Double($0) / 40 }
    return LaboratoryFigure(
      name: "responses", title: "How far two coupled features are used",
      caption: "As the first feature grows stronger, from left to right, weight decay gives up the "
        + "second; spectral decoupling does not, whatever their strengths.",
      x: .init("z₁"), y: .init("z₂"),
      panels: [
        .init(
          title: "Responses",
          series: [
            .init(
              "predicted, weight decay", .line, colour: 0,
              points: grid.map {
                let responses = predicted($0, isCoupled: true).responses
                return .init(x: responses[0], y: responses[1])
              }),
            .init(
              "weight decay", .points, colour: 0,
              points: coupled.map { .init(x: $0["z1"], y: $0["z2"]) }),
            .init(
              "spectral decoupling", .points, colour: 1,
              points: coupled.map { .init(x: $0["decoupled_z1"], y: $0["decoupled_z2"]) }),
          ])
      ])
  }

  private func accuracyFigure(_ moons: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "accuracy-margin", title: "Accuracy on moons of other margins",
      caption: "Means over seeds with 95 % intervals; moons of Δ < 0 no line separates.",
      x: .init("Δ of the test"), y: .init("accuracy"),
      panels: moons.groups(by: "steps").map { panel in
        .init(
          title: "\(panel[0].text("steps")) steps",
          series: panel.groups(by: "training", "κ").enumerated().map { index, group in
            .init(
              name(group), .joined, colour: index,
              points: Self.testMargins.compactMap { margin in
                SeedInterval(group.values(Self.accuracy(margin))).map { interval in
                  .init(
                    x: margin, y: interval.mean,
                    low: interval.halfWidth.map { interval.mean - $0 },
                    high: interval.halfWidth.map { interval.mean + $0 })
                }
              })
          })
      })
  }

  private func sizeFigure(_ moons: [Observation]) -> LaboratoryFigure {
    let grid = (0...60).map { 1e-3 * pow(100, Double($0) / 60) }
    let decoupled = moons.filter { $0.text("training") == "decoupled" }
    return LaboratoryFigure(
      name: "output-size", title: "The size of outputs under spectral decoupling",
      caption: "Every seed is a mark.", x: .init("κ", logarithmic: true), y: .init("mean |ŷ|"),
      panels: [
        .init(
          title: "Points trained on",
          series: [
            .init(
              "u*", .line, colour: 0,
              points: grid.map {
                .init(x: $0, y: DecoupledFeatures.margin(coefficient: 2 * $0))
              })
          ]
            + decoupled.groups(by: "steps").enumerated().map { index, group in
              .init(
                "\(group[0].text("steps")) steps", .points, colour: index + 1,
                points: group.map { .init(x: $0.number("κ"), y: $0["size"]) })
            })
      ])
  }

  private func modeFigure(_ moons: [Observation]) -> LaboratoryFigure {
    let shown = ["slight decay", "slight decay, decoupled"]
    return LaboratoryFigure(
      name: "modes", title: "Responses by modes of the tangent kernel",
      caption:
        "Modes by falling eigenvalues at the start; means over seeds, weight decay 2e−4.",
      x: .init("mode"), y: .init("|Uᵀŷ|", logarithmic: true),
      panels: [
        .init(
          title: "\(longSteps) steps",
          series: shown.enumerated().map { index, training in
            .init(
              training, .joined, colour: index,
              points: (1...Self.modeCount).compactMap { mode in
                SeedInterval(
                  trained(moons, training, longSteps).values("mode_\(mode)").filter(\.isFinite)
                ).map { interval in
                  .init(x: Double(mode), y: interval.mean)
                }
              })
          })
      ])
  }
}
