import Predictions
import Reporting

extension ShallowExperiment {
  func figures(
    _ separation: [Observation], _ training: [Observation], _ deep: [Observation],
    _ test: [Observation]
  ) -> [LaboratoryFigure] {
    [
      separationFigure(separation), mapFigure(separation, training), trainingFigure(training),
      deepFigure(deep), testFigure(test),
    ]
  }

  private func separationFigure(_ separation: [Observation]) -> LaboratoryFigure {
    let total = classCount * perClass
    let most = Int(separation.map { $0.number("d") }.largest)
    return LaboratoryFigure(
      name: "separation", title: "When samples can collapse",
      caption:
        "Shares of draws in which each class has a direction of its own, with 95 % intervals "
        + "(Wilson). The broken line is Wendel's probability for one class of pure noise.",
      x: .init("d"), y: .init("share"),
      panels: [
        .init(
          title: "\(classCount) classes of \(perClass)",
          series: separation.groups(by: "signal").enumerated().map { index, group in
            LaboratoryFigure.Series(
              "signal \(group[0].text("signal"))", .joined, colour: index,
              points: group.groups(by: "d").sorted { $0[0].number("d") < $1[0].number("d") }.map {
                let share = $0.separatingShare
                return .init(
                  x: $0[0].number("d"), y: share.share, low: share.low, high: share.high)
              })
          }
            + (separation.isEmpty
              ? []
              : [
                .init(
                  "one class of noise", .line, colour: 0,
                  points: (perClass...max(perClass, most)).map {
                    .init(
                      x: Double($0),
                      y: SeparationProbability.ofOneClass(
                        dimension: $0, sampleCount: total, perClass: perClass))
                  })
              ]))
      ])
  }

  private func mapFigure(
    _ separation: [Observation], _ training: [Observation]
  ) -> LaboratoryFigure {
    let dimensions = Set(separation.map { $0.number("d") }).sorted()
    let signals = Set(separation.map { $0.number("signal") }).sorted()
    func point(_ group: [Observation], shade: Double? = nil) -> LaboratoryFigure.Series.Point? {
      guard let x = dimensions.firstIndex(of: group[0].number("d")),
        let y = signals.firstIndex(of: group[0].number("signal"))
      else { return nil }
      return .init(x: Double(x), y: Double(y), shade: shade)
    }
    let cells = training.groups(by: "signal", "d")
    func frames(_ label: String, colour: Int, _ isMeant: ([Observation]) -> Bool)
      -> LaboratoryFigure.Series
    {
      .init(label, .frames, colour: colour, points: cells.filter(isMeant).compactMap { point($0) })
    }
    // Where Wendel's probability is a half, between the places of the dimensions.
    let even = SeparationProbability.evenDimension(
      sampleCount: classCount * perClass, perClass: perClass)
    let place = zip(dimensions, dimensions.dropFirst()).enumerated().first {
      $0.element.0 <= even && even < $0.element.1
    }.map { Double($0.offset) + (even - $0.element.0) / ($0.element.1 - $0.element.0) }
    return LaboratoryFigure(
      name: "separation-map", title: "What samples allow and what networks do",
      caption:
        "Colours: the share of draws that separate, from none to all. Frames: cells of which "
        + "networks were trained. The broken line: half of the draws, for one class of noise.",
      x: .init("d", names: dimensions.map { NumberFormat.significant(3).text($0) }),
      y: .init("signal", names: signals.map { NumberFormat.significant(3).text($0) }),
      panels: [
        .init(
          title: "\(classCount) classes of \(perClass)",
          series: [
            .init(
              "share", .cells, colour: 0,
              points: separation.groups(by: "signal", "d").compactMap {
                point($0, shade: $0.separatingShare.share)
              }),
            frames("all collapsed", colour: 1) { $0.allSatisfy(Self.hasCollapsed) },
            frames("some", colour: 3) {
              $0.contains(where: Self.hasCollapsed) && !$0.allSatisfy(Self.hasCollapsed)
            },
            frames("none", colour: 4) { !$0.contains(where: Self.hasCollapsed) },
            .init(
              "half, noise", .line, colour: 1,
              points: place.map { [.init(x: $0, y: -0.5), .init(x: $0, y: 0.5)] } ?? []),
          ])
      ])
  }

  private func trainingFigure(_ training: [Observation]) -> LaboratoryFigure {
    let total = Double(classCount * perClass)
    return LaboratoryFigure(
      name: "variability-dimension", title: "Variability by dimension",
      caption: "Every network is a mark.", x: .init("d / N"), y: .init("NC1", logarithmic: true),
      panels: training.groups(by: "signal").map { panel in
        .init(
          title: "Signal \(panel[0].text("signal"))",
          series: panel.groups(by: "width").enumerated().map { index, group in
            LaboratoryFigure.Series(
              "width \(group[0].text("width"))", .points, colour: index,
              points: group.map { .init(x: $0.number("d") / total, y: max($0["nc1"], 1e-20)) })
          })
      })
  }

  private func deepFigure(_ deep: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "first-layer", title: "Variability by the width of the first layer",
      caption: "Every network with two hidden layers is a mark.",
      x: .init("width", logarithmic: true), y: .init("NC1", logarithmic: true),
      panels: [
        .init(
          title: "\(Self.deepCell.dimension) dimensions",
          series: [deep.marks(of: "nc1", by: "width", label: "networks", least: 1e-20)])
      ])
  }

  private func testFigure(_ test: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "accuracy-signal", title: "Variability and test accuracy by signal",
      caption: "Every network is a mark. What collapse on training samples is worth depends on the "
        + "signal; the line is what is possible.", x: .init("signal"), y: .init("test accuracy"),
      panels: [
        .init(
          title: "\(testDimension) dimensions",
          series: [
            test.marks(of: "accuracy", by: "signal", label: "networks"),
            .init(
              "Bayes' rule", .line, colour: 1,
              points: (0...80).map { step in
                let signal = (testSignals.max() ?? 0) * Double(step) / 80
                return .init(
                  x: signal,
                  y: SimplexMixture.bayesAccuracy(classCount: classCount, signal: signal))
              }),
          ]),
        .init(
          title: "The same networks", y: .init("NC1", logarithmic: true),
          series: [test.marks(of: "nc1", by: "signal", label: "networks", colour: 1, least: 1e-20)]),
      ])
  }
}
