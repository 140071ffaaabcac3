import CollapseCore
import NeuralCollapse

/// NC1–NC4 and the loss against epochs, a line per value of the lines' axis, the first epoch with zero
/// training error marked.
struct TrajectoryFigure: Figure {
  let name = "training"
  let title = "Collapse during training"

  /// What is drawn, top to bottom: the loss from the training's history, measures from the layer.
  private static let quantities: [(drawn: Trajectory.Quantity, label: String)] = [
    (.trainingLoss, "training loss"),
    (.measure(.nc1Pinv), "NC1 variability"),
    (.measure(.nc2Means.etfDistance), "NC2 distance from simplex"),
    (.measure(.nc3DualityDistance), "NC3 classifier to means"),
    (.measure(.nc4Mismatch), "NC4 mismatch"),
    (.measure(.rankme), "RankMe, rank of the features"),
  ]

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    var series = 0
    var shown: Set<String> = []
    for (index, facet) in study.facets.enumerated() {
      for quantity in Self.quantities {
        let kinds = study.kinds(of: facet.runs).map { kind in
          (kind, Trajectory.all(of: study, kind.runs, quantity: quantity.drawn))
        }
        // One scale for the panels of a quantity, which are compared.
        let points = kinds.flatMap(\.1).flatMap(\.points)
        guard Set(points.map(\.epoch)).count > 1,
          let epochs = LogarithmicAxis(points.map { Double($0.epoch) }),
          let values = LogarithmicAxis(points.map(\.spread.median), isVertical: true)
        else { continue }
        let key = quantity.drawn.key
        let isMarked = if case .measure = quantity.drawn { true } else { false }
        shown.insert(key)
        for (kind, trajectories) in kinds where !trajectories.isEmpty {
          var curves: [String] = []
          for trajectory in trajectories {
            rows += trajectory.points.map { point in
              [.integer(series), .text(key)] + study.axisCells(trajectory.group.runs) + [
                .integer(point.epoch), .integer(point.spread.count), .number(point.spread.median),
                .number(point.spread.low), .number(point.spread.high),
                .integer(point.isZeroError ? 1 : 0), .init(epochs.position(Double(point.epoch))),
                .init(values.position(point.spread.median)),
              ]
            }
            curves += Self.curves(series, trajectory, study, isMarked: isMarked)
            series += 1
          }
          let title = study.title(quantity.label, facet: facet, kind: kind)
          let place = study.kind.flatMap { kind.condition[$0.name]?.description } ?? "runs"
          panels.append(
            Drawing.Panel(
              name: "\(index + 1)-\(place)-\(key)".safeFileName,
              description: "\(title.description), against epoch",
              commands: title.commands
                + ["set xlabel \(GnuplotText.literal(study.axisLabel("epoch")))"]
                + epochs.commands(for: "x") + values.commands(for: "y")
                + [Curve.plot(curves)]))
        }
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "nothing was recorded at more than one epoch")
    }
    return Drawing(
      caption:
        "Medians over seeds on logarithmic axes, marks at the epochs measured; the last layer's "
        + "features of the training data. The ring marks the first epoch with zero training error "
        + "of all seeds, in a panel of measures the first epoch measured from then on. Values of exactly 0 stand apart at the bottom.",
      collapse: "after the ring, NC1 to NC4 keep falling toward 0 while the training error has "
        + "nothing left to gain."
        + (shown.contains(Measure.rankme.key)
          ? " RankMe falls toward C−1, or C with a common mean." : ""),
      measures: Self.quantities.map(\.drawn.key).filter(shown.contains),
      data: Self.table(rows, study),
      panels: panels,
      columns: study.panelColumns)
  }

  private static func curves(
    _ series: Int, _ trajectory: Trajectory, _ study: Study, isMarked: Bool
  ) -> [String] {
    let ink = study.ink(line: trajectory.group).rgb
    let style = isMarked ? "with linespoints pt 7 ps 0.3 lw 1.6" : "with lines lw 1.6"
    var curves = [
      Curve(
        series: series, values: ["x", "y"], style: "\(style) lc \(ink)",
        title: study.lineLabel(trajectory.group)
      ).command
    ]
    if trajectory.points.contains(where: \.isZeroError) {
      curves.append(
        Curve(
          series: series, values: ["x", "y"], style: "with points pt 6 ps 0.9 lw 1.6 lc \(ink)",
          condition: "column('zero_error')==1"
        ).command)
    }
    return curves
  }

  private static func table(_ rows: [[Table.Cell]], _ study: Study) -> Table {
    Table(
      name: "training", caption: "Loss and measures against epoch",
      columns: [.init("series", "series"), .init("measure", "measure", isNumeric: false)]
        + study.axisColumns + [
          .init("epoch", "epoch"), .init("seeds", "seeds"), .init("median", "median"),
          .init("low", "low"), .init("high", "high"), .init("zero_error", "zero error"),
          .init("x", "x"), .init("y", "y"),
        ], rows: rows)
  }
}
