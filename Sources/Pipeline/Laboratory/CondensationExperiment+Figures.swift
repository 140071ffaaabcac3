import CollapseCore
import Predictions
import Reporting

extension CondensationExperiment {
  func startFigure(_ starts: [Observation]) -> LaboratoryFigure {
    let layers = (1...depth).map(Double.init)
    let kinds = [Self.plain, Self.batch]
    let predictions = [
      CondensedFeatures.behindRectifiers(cosine: 0, depth: depth),
      layers.map { _ in CondensedFeatures.behindNormalizedRectifier },
    ]
    return LaboratoryFigure(
      name: "start", title: "How alike samples are where training begins",
      caption: "Behind each ReLU, independent samples; every width and seed is a mark.",
      x: .init("layer"), y: .init("q'"),
      panels: [
        .init(
          title: "Behind ReLUs",
          series: zip(kinds, predictions).enumerated().flatMap { index, entry in
            [
              .init(
                "predicted, \(entry.0)", .line, colour: index,
                points: zip(layers, entry.1).map { .init(x: $0, y: $1) }),
              starts.filter { $0.text("normalization") == entry.0 }
                .marks(of: "rectified", by: "layer", label: entry.0, colour: index),
            ]
          })
      ])
  }

  /// By layer and step, at one rate and batch size.
  func condensationFigure(_ probes: [Observation]) -> LaboratoryFigure {
    let rates = rates.sorted()
    let (rate, size) = (rates[rates.count / 2], batchSizes.max() ?? 0)
    let chosen = probes.filter {
      $0.text("normalization") == Self.batch && $0.number("η") == rate
        && $0.number("batch") == Double(size)
    }
    let places: [(Place, String)] = [
      (.entering, "before"), (.normalized, "normalized"), (.rectified, "behind ReLU"),
    ]
    return LaboratoryFigure(
      name: "condensation", title: "How alike features are while batch normalization is trained",
      caption:
        "q' on the probe at η = \(NumberFormat.significant(3).text(rate)) in batches of \(size), means "
        + "over seeds with 95 % intervals, by the moments of the probe and by running moments.",
      x: .init("step"), y: .init("q'"),
      panels: chosen.groups(by: "layer").map { panel in
        .init(
          title: "Layer \(panel[0].text("layer"))",
          series: [false, true].flatMap { byRunning in
            places.enumerated().filter { !byRunning || $0.element.0 != .entering }.map {
              index, place in
              panel.means(
                of: Self.place(place.0, byRunning: byRunning), by: "step",
                label: place.1 + (byRunning ? ", running" : ""), colour: index + (byRunning ? 3 : 0)
              )
            }
          })
      })
  }

  func accuracyFigure(_ runs: [Observation]) -> LaboratoryFigure {
    let thresholds = thresholds.sorted()
    return LaboratoryFigure(
      name: "accuracy", title: "Test accuracy with and without gates",
      caption:
        "At the end, by the threshold of the gates, means over seeds with 95 % intervals; what has no "
        + "gate is drawn at every threshold.",
      x: .init("τ"), y: .init("accuracy"),
      panels: runs.groups(by: "η", "batch").map { panel in
        .init(
          title: "η = \(panel[0].text("η")), batches of \(panel[0].text("batch"))",
          series: panel.groups(by: "normalization").enumerated().map { index, group in
            let label = group[0].text("normalization")
            if Self.gates.contains(label) {
              return group.means(of: "accuracy", by: "τ", label: label, colour: index)
            }
            let interval = SeedInterval(group.values("accuracy"))
            return .init(
              label, .joined, colour: index,
              points: thresholds.compactMap { threshold in
                interval.map { .init(x: threshold, y: $0.mean) }
              })
          })
      })
  }

  func orderFigure(_ runs: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "condensation-accuracy", title: "Condensation and accuracy",
      caption: "Every run is a mark: q' behind the ReLUs at the end, by the moments of the probe.",
      x: .init("q'"), y: .init("accuracy"),
      panels: [
        .init(
          title: "All settings",
          series: runs.groups(by: "normalization").enumerated().map { index, group in
            .init(
              group[0].text("normalization"), .points, colour: index,
              points: group.filter { $0["condensation"].isFinite }.map {
                .init(x: $0["condensation"], y: $0["accuracy"])
              })
          })
      ])
  }
}
