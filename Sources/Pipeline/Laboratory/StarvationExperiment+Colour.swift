import CollapseCore
import Reporting

/// What coloured digits say.
extension StarvationExperiment {
  typealias Variant = ColouredTraining.Variant

  private static let missing = "the digits to colour are not there: the facts above say what to do"

  private func trained(_ coloured: [Observation], _ variant: Variant) -> [Observation] {
    coloured.filter { $0.text("training") == variant.rawValue }
  }

  private func steps(_ variant: Variant) -> Int {
    variant == .plain ? coloured.digitPlainSteps : coloured.digitSteps
  }

  /// Where trainings of a kind end.
  private func ends(_ coloured: [Observation], _ variant: Variant) -> [Observation] {
    trained(coloured, variant).filter { $0.number("step") == Double(steps(variant)) }
  }

  func colourClaims(_ coloured: [Observation]) -> [TestedClaim] {
    let (plain, published, unscaled) = (
      ends(coloured, .plain), ends(coloured, .published), ends(coloured, .unscaled)
    )
    let steps = self.coloured.digitSteps
    return [
      TestedClaim(
        "colour-decoupling", .pezeshki,
        "Where colour tells more than shape, spectral decoupling learns the shape too: it is better "
          + "where colours are reversed (the paper's table 1).",
        test:
          "Accuracy on reversed colours after \(steps) steps, trained as published, less that of "
          + "plain training after \(self.steps(.plain)), paired by seeds: the 95 % interval of the mean lies above zero.",
        intervals: published.isEmpty
          ? []
          : [
            IntervalCheck(
              [("steps", "\(steps)")],
              measured: published.differences(of: "reversed_accuracy", from: plain))
          ], of: "difference of accuracies", caption: "What it gains on reversed colours",
        orElse: Self.missing),
      passingClaim(coloured),
      TestedClaim(
        "colour-unfinished", .pezeshki,
        "Trained as published, networks are not at the optimum of spectral decoupling when training "
          + "ends (derived here).",
        test: "Mean log(1 + e^{−yŷ}) + κ mean ŷ² after \(steps) steps as published, less that of "
          + "training by the same loss without its factor, paired by seeds: the 95 % interval of the "
          + "mean lies above zero.",
        intervals: published.isEmpty
          ? []
          : [
            IntervalCheck(
              [("steps", "\(steps)")],
              measured: published.differences(of: "decoupled_loss", from: unscaled))
          ], of: "difference of losses", caption: "How far from its optimum the published run ends",
        orElse: Self.missing),
    ]
  }

  private func passingClaim(_ coloured: [Observation]) -> TestedClaim {
    let courses = trained(coloured, .unscaled).groups(by: "seed")
    let transient = AccuracyTransient(
      courses.map { course in
        course.map { .init(step: Int($0.number("step")), accuracy: $0["reversed_accuracy"]) }
      }, after: self.coloured.digitSwitch)
    let published = SeedInterval(ends(coloured, .published).values("reversed_accuracy"))
    let trainedOn = SeedInterval(
      courses.compactMap { course in
        course.filter { $0.number("step") > Double(self.coloured.digitSwitch) }
          .max { $0["reversed_accuracy"] < $1["reversed_accuracy"] }?["train_accuracy"]
      })
    return TestedClaim(
      name: "colour-transient", paper: .pezeshki,
      statement:
        "What spectral decoupling gains on reversed colours is passing: on the way to its optimum the "
        + "accuracy is high, and at the optimum it is not (derived here).",
      test:
        "Trained with κ = \(NumberFormat.significant(3).text(self.coloured.digitCoupling)) and no "
        + "factor: the 95 % intervals of the highest accuracy after the switch above 0.6, and of the last "
        + "below 0.3; the last counts where it changes by no more than 0.05 over the last fifth of the "
        + "steps after the switch.",
      finding: courses.isEmpty
        ? nil
        : transient.finding(
          above: 0.6, below: 0.3, restingWithin: 0.05, name: "colour-transient",
          caption: "Accuracy on reversed colours, with the loss unscaled",
          remark: [
            trainedOn.map {
              "Where it is highest, \($0.text(.fixed(3))) of the digits trained on are right."
            },
            published.map { "As published it is \($0.text(.fixed(3))) after as many steps." },
          ].compactMap(\.self).joined(separator: " ")),
      reason: courses.isEmpty ? Self.missing : nil)
  }

  func colourTable(_ coloured: [Observation]) -> Table {
    let quantities = [
      ("loss", "mean log(1 + e^{−yŷ})"), ("square", "mean ŷ²"), ("train_accuracy", "trained on"),
      ("familiar_accuracy", "colours as there"), ("reversed_accuracy", "colours reversed"),
    ]
    let before = Double(self.coloured.digitSwitch)
    let rows = Variant.allCases.flatMap { variant in
      trained(coloured, variant).filter { $0.number("step") == before } + ends(coloured, variant)
    }
    return Table(
      name: "colours",
      caption: "Coloured digits at the switch and at the end, mean and 95 % interval over seeds",
      columns: [.init("training", "training", isNumeric: false), .init("step", "step")]
        + quantities.map { .init($0.0, $0.1, isNumeric: false) },
      rows: rows.groups(by: "training", "step").map { group in
        [.text(group[0].text("training")), .integer(Int(group[0].number("step")))]
          + quantities.map { quantity, _ in
            SeedInterval(group.values(quantity)).map { .text($0.text(.fixed(3))) } ?? .absent
          }
      })
  }

  func colourFigure(_ coloured: [Observation]) -> LaboratoryFigure {
    func panel(_ title: String, _ quantity: String) -> LaboratoryFigure.Panel {
      .init(
        title: title,
        series: Variant.allCases.enumerated().flatMap { index, variant in
          let means = trained(coloured, variant)
            .means(of: quantity, by: "step", label: variant.rawValue, colour: index)
          return [
            LaboratoryFigure.Series(
              "\(variant.rawValue), interval", .band, colour: index,
              points: means.points.filter { $0.low != nil }),
            LaboratoryFigure.Series(
              variant.rawValue, .curve, colour: index,
              points: means.points.map { .init(x: $0.x, y: $0.y) }),
          ]
        })
    }
    return LaboratoryFigure(
      name: "colour-steps", title: "Accuracy on coloured digits by step",
      caption:
        "Means over seeds with 95 % intervals. Colours agree with signs in 80 and 90 % of the "
        + "digits trained on, in 10 % where they are reversed; a quarter of the signs are flipped. "
        + "Spectral decoupling begins at step \(self.coloured.digitSwitch).",
      x: .init("step"), y: .init("accuracy"),
      panels: [
        panel("Colours reversed", "reversed_accuracy"), panel("Trained on", "train_accuracy"),
      ])
  }

  var colourFacts: (label: String, value: String) {
    (
      "Coloured digits",
      "\(coloured.digitCount) of \(coloured.digits.title) to train on, \(coloured.digitTestCount) to "
        + "test on; 2·14·14-\(coloured.digitWidth)-\(coloured.digitWidth)-1, ReLU; "
        + "\(coloured.digitSeeds) seeds; \(coloured.digitSteps) steps of Adam, the switch after "
        + "\(coloured.digitSwitch); \(coloured.digitPlainSteps) of plain training"
    )
  }
}
