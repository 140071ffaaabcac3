import CollapseCore

/// The share classified right of the training data, the test split and every named test set against
/// epochs: what was learned, and what of it holds elsewhere.
struct TestSetFigure: Figure {
  let name = "test-sets"
  let title = "Accuracy on every test set"

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    var series = 0
    for (index, facet) in study.facets.enumerated() {
      for (place, kind) in study.kinds(of: facet.runs).enumerated() {
        let sets = (["train", "test"] + study.testSetNames).map { set in
          (set: set, lines: Trajectory.all(of: study, kind.runs, quantity: .accuracy(set: set)))
        }
        // One scale for the panels, which are compared.
        let points = sets.flatMap(\.lines).flatMap(\.points)
        guard Set(points.map(\.epoch)).count > 1,
          let epochs = LogarithmicAxis(points.map { Double($0.epoch) }),
          let shares = LinearAxis(points.map(\.spread.median), including: [1])
        else { continue }
        for (set, lines) in sets where !lines.isEmpty {
          var curves: [String] = []
          for line in lines {
            rows += line.points.map { point in
              [.integer(series), .text(set)] + study.axisCells(line.group.runs) + [
                .integer(point.epoch), .integer(point.spread.count),
                .number(point.spread.median), .number(point.spread.low),
                .number(point.spread.high), .init(epochs.position(Double(point.epoch))),
              ]
            }
            curves.append(
              Curve(
                series: series, values: ["x", "median"],
                style: "with linespoints pt 7 ps 0.3 lw 1.6 lc "
                  + study.ink(line: line.group).rgb,
                title: study.lineLabel(line.group)
              ).command)
            series += 1
          }
          let title = study.title(Self.label(set), facet: facet, kind: kind)
          panels.append(
            Drawing.Panel(
              name: "\(index + 1)-\(place + 1)-\(set)".safeFileName,
              description: "\(title.description), accuracy against epoch",
              commands: title.commands
                + ["set xlabel \(GnuplotText.literal(study.axisLabel("epoch")))"]
                + epochs.commands(for: "x") + shares.commands(for: "y") + [Curve.plot(curves)]))
        }
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "accuracies were recorded at one epoch only")
    }
    return Drawing(
      caption: "Medians over seeds of the share classified right, as training found it after each "
        + "epoch that was evaluated; all panels of a setting on one scale.",
      collapse: "on training data 1; what is below it elsewhere was not learned from the training "
        + "data.",
      measures: [],
      data: Table(
        name: name, caption: title,
        columns: [.init("series", "series"), .init("set", "set", isNumeric: false)]
          + study.axisColumns + [
            .init("epoch", "epoch"), .init("seeds", "seeds"), .init("median", "median"),
            .init("low", "low"), .init("high", "high"), .init("x", "x"),
          ], rows: rows), panels: panels, columns: 3)
  }

  private static func label(_ set: String) -> String {
    switch set {
    case "train": "training data"
    case "test": "test split"
    default: set
    }
  }
}
