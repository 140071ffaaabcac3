import LibC
import Reporting

extension KothapalliExperiment {
  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let features = observations.of("features")
    let networks = observations.of("networks")
    let transfer = observations.of("transfer")
    let imbalance = observations.of("imbalance")
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Digits of a class", "\(perClass)"), ("Widths", "\(widths)"), ("Epochs", "\(epochs)"),
      ("Trainings", "\(parts.reduce(0) { $0 + $1.taskCount })"),
    ]
    conclusions.claims = [
      optimumClaim(features), terminalClaim(networks), frameClaim(features), testClaim(networks),
      transferClaim(transfer), imbalanceClaim(imbalance),
    ]
    conclusions.tables = [networkTable(networks)]
    conclusions.figures = [
      gapFigure(features), variabilityFigure(networks), transferFigure(transfer),
      imbalanceFigure(imbalance),
    ]
    conclusions.definitions = [
      .init(
        "c", "The strength of both decays; from 1 on the optimum is zero.", formula: "K√(nλ_Wλ_H)"),
      .init("gap", "The logit of the own class less the mean of the others, mean over samples."),
      .init(
        "strong", "Of test features about the class means of the training; weak: about their own."),
      .init(
        "few-shot error",
        "Of the nearest mean of \(shots) features for each class never trained on."),
      .init("cdnv", "Class-distance normalized variance.", formula: "(v_c+v_c')/(2‖μ_c−μ_c'‖²)"),
    ]
    return conclusions
  }

  // MARK: - Claims

  private func optimumClaim(_ features: [Observation]) -> TestedClaim {
    TestedClaim(
      "unconstrained-optimum", .kothapalli,
      "Trained free features are at the optimum of the unconstrained features model, with features up "
        + "to the threshold and none beyond.",
      test:
        "Every start: the logit gap within 1e−3 and the objective within a relative 1e−3 of the closed "
        + "form, and up to the threshold the centred class means within 1e−2 of a simplex.",
      checks: features.groups(by: "K", "loss", "c").map { group in
        let deviation = group.map { item in
          max(
            abs(item["gap"] - item["predicted_gap"]),
            abs(item["objective"] / item["predicted_objective"] - 1),
            item.number("c") < 1 ? item["etf_distance"] / 10 : 0)
        }.largest
        return PredictionCheck(
          group.setting("K", "loss", "c"), measured: group.values("gap"),
          predicted: group[0]["predicted_gap"], deviation: deviation, tolerance: 1e-3)
      }, of: "gap", deviation: "largest deviation",
      caption: "Logit gap of free features, mean and 95 % interval over starts")
  }

  private func terminalClaim(_ networks: [Observation]) -> TestedClaim {
    let terminal = networks.filter { $0["zero_error"] == 1 }
    let settings = ["nc1", "nc2", "nc3"].flatMap { measure in
      terminal.groups(by: "loss", "BN", "λ").map { group in
        (
          setting: [(axis: "measure", value: measure)] + group.setting("loss", "BN", "λ"),
          values: group.groups(by: "seed").compactMap { run in
            Ranks.correlation(run.map { $0.number("epoch") }, run.values(measure)).map { -$0 }
          }
        )
      }
    }
    return .positive(
      "terminal-phase", .kothapalli,
      "Variability, the distance from a simplex and that from duality (NC1–NC3) shrink after the training "
        + "error has reached zero.",
      test:
        "−ρ of Spearman between epoch and measure from zero training error on, a run at a time: above "
        + "zero with the 95 % interval over seeds.",
      of: "−ρ", caption: "How surely measures fall in the terminal phase", settings: settings)
  }

  private func frameClaim(_ features: [Observation]) -> TestedClaim {
    TestedClaim(
      "frames", .kothapalli,
      "Without a bias the squared error makes the uncentred class means an orthogonal frame, cross-entropy "
        + "a simplex.",
      test:
        "Free features below the threshold, every start: the mean cosine of uncentred class means within "
        + "1e−2 of 0 or of −1/(K−1); for the squared error also the distance of their Gram matrix from "
        + "an orthogonal frame's.",
      checks: features.filter { $0.number("c") < 1 }.groups(by: "K", "loss").map { group in
        let isSquared = group[0].text("loss") == Self.losses[1]
        let ideal = isSquared ? 0 : -1 / (group[0].number("K") - 1)
        return PredictionCheck(
          group.setting("K", "loss"), measured: group.values("cosine"), predicted: ideal,
          deviation: group.map { item in
            max(abs(item["cosine"] - ideal), isSquared ? item["orthogonal_distance"] : 0)
          }.largest, tolerance: 1e-2)
      }, of: "cosine", deviation: "largest deviation",
      caption: "Cosine between uncentred class means, mean and 95 % interval over decays and starts"
    )
  }

  private func testClaim(_ networks: [Observation]) -> TestedClaim {
    let ends = networks.groups(by: "loss", "BN", "λ", "seed").compactMap(\.last)
    let settings = ["test_nc1", "test_nc1_strong"].flatMap { measure in
      ends.groups(by: "loss", "BN", "λ").map { group in
        (
          setting: [(axis: "kind", value: measure == "test_nc1" ? "weak" : "strong")]
            + group.setting("loss", "BN", "λ"),
          values: group.map { log10($0[measure] / $0["nc1"]) }.filter(\.isFinite)
        )
      }
    }
    return .positive(
      "test-collapse", .kothapalli,
      "Test features collapse less than those of the training, about their own means (weak) and about "
        + "those of the training (strong).",
      test:
        "log10 of NC1 on test over NC1 on training features at the end: above zero with the 95 % "
        + "interval over seeds.",
      of: "powers of ten", caption: "Variability of test features over that of training features",
      settings: settings)
  }

  private func transferClaim(_ transfer: [Observation]) -> TestedClaim {
    func setting(_ name: String, _ items: [Observation]) -> (
      setting: [(axis: String, value: String)], values: [Double]
    ) {
      (
        [("epochs", name)],
        items.groups(by: "seed").compactMap { run in
          Ranks.correlation(run.values("source_cdnv"), run.values("target_error"))
        }
      )
    }
    let terminal = transfer.filter { $0["zero_error"] == 1 }
    return .positive(
      "transfer", .kothapalli,
      "The less variable the classes trained on, the smaller the few-shot error on new classes.",
      test:
        "Spearman's ρ of source CDNV and target few-shot error over all epochs and decays of a seed: above "
        + "zero with the 95 % interval over seeds; for all epochs, and from zero training error on.",
      of: "ρ", caption: "Source variability and target error",
      settings: [setting("all", transfer), setting("from zero error on", terminal)])
  }

  private func imbalanceClaim(_ imbalance: [Observation]) -> TestedClaim {
    let blocks = imbalance.groups(by: "seed").map { group in
      group.sorted { $0.number("R") < $1.number("R") }.map { $0["minority_largest"] }
    }
    let statement =
      "The classifier's rows of smaller classes move towards each other as the imbalance grows."
    let test =
      "Page's trend test on the largest cosine between two smaller classes' rows of W over R, blocks of one "
      + "seed: p below 0.05."
    guard let rises = PermutationTest.risingTrend(blocks),
      let falls = PermutationTest.risingTrend(blocks.map { $0.map { -$0 } })
    else {
      return TestedClaim(
        name: "minority-collapse", paper: .kothapalli, statement: statement, test: test,
        finding: nil, reason: "fewer than three ratios")
    }
    return TestedClaim(
      name: "minority-collapse", paper: .kothapalli, statement: statement, test: test,
      finding: Finding(
        verdict: rises < 0.05 ? .supported : falls < 0.05 ? .contradicted : .inconclusive,
        sentence: "p = \(NumberFormat.significant(2).text(rises)) over \(blocks.count) seeds.",
        table: imbalance.summary(
          by: ["R"],
          of: ["minority_largest", "minority", "majority", "train_accuracy", "test_accuracy"],
          name: "minority-collapse",
          caption: "Cosines between rows of W, mean and 95 % interval over seeds")))
  }

  // MARK: - Tables and figures

  private func networkTable(_ networks: [Observation]) -> Table {
    networks.groups(by: "loss", "BN", "λ", "seed").compactMap(\.last).summary(
      by: ["loss", "BN", "λ"],
      of: [
        "train_accuracy", "test_accuracy", "nc1", "test_nc1", "test_nc1_strong", "nc2", "nc3",
        "nc4",
        "orthogonal_distance", "elasticity_intra", "elasticity_inter",
      ], name: "ends", caption: "Networks at the end, mean and 95 % interval over seeds")
  }

  private func gapFigure(_ features: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "gap", title: "Logit gap around the threshold",
      caption: "Of free features trained by the engine; lines are the closed form.", x: .init("c"),
      y: .init("gap"),
      panels: Self.losses.map { loss in
        .init(
          title: loss,
          series: features.filter { $0.text("loss") == loss }.groups(by: "K").enumerated()
            .flatMap { index, group in
              [
                LaboratoryFigure.Series(
                  "K = \(group[0].text("K")), predicted", .line, colour: index,
                  points: group.groups(by: "c").map {
                    .init(x: $0[0].number("c"), y: $0[0]["predicted_gap"])
                  }),
                LaboratoryFigure.Series(
                  "K = \(group[0].text("K"))", .points, colour: index,
                  points: group.map { .init(x: $0.number("c"), y: $0["gap"]) }),
              ]
            })
      })
  }

  private func variabilityFigure(_ networks: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "variability", title: "Variability of training and test features",
      caption: "NC1 by epoch with the largest decay, mean over seeds.",
      x: .init("epoch", logarithmic: true), y: .init("NC1", logarithmic: true),
      panels: networks.filter { $0.number("λ") == decays.max() }.groups(by: "loss", "BN").map {
        group in
        .init(
          title: "\(group[0].text("loss")), BN \(group[0].text("BN"))",
          series: [
            ("training", "nc1"), ("test, weak", "test_nc1"), ("test, strong", "test_nc1_strong"),
          ].enumerated().map { index, entry in
            .init(
              entry.0, .joined, colour: index,
              points: group.groups(by: "epoch").compactMap { moment in
                let values = moment.values(entry.1).filter { $0 > 0 }
                guard !values.isEmpty else { return nil }
                return .init(
                  x: moment[0].number("epoch"), y: values.reduce(0, +) / Double(values.count))
              })
          })
      })
  }

  private func transferFigure(_ transfer: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "transfer", title: "Error on new classes by variability of the old",
      caption: "Every epoch measured of every run.", x: .init("source CDNV", logarithmic: true),
      y: .init("few-shot error"),
      panels: [
        .init(
          title: "digits 5 to 9, \(shots) shots",
          series: transfer.groups(by: "λ").enumerated().map { index, group in
            .init(
              "λ = \(group[0].text("λ"))", .points, colour: index,
              points: group.filter { $0["source_cdnv"] > 0 && $0["target_error"].isFinite }.map {
                .init(x: $0["source_cdnv"], y: $0["target_error"])
              })
          })
      ])
  }

  private func imbalanceFigure(_ imbalance: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "imbalance", title: "Cosines between rows of the classifier",
      caption: "Largest of smaller classes, and means of both halves.",
      x: .init("R", logarithmic: true), y: .init("cosine"),
      panels: [
        .init(
          title: "10 classes",
          series: ["minority_largest", "minority", "majority"].enumerated().map { index, name in
            .init(
              name, .points, colour: index,
              points: imbalance.map { .init(x: $0.number("R"), y: $0[name]) })
          })
      ])
  }
}
