import CollapseCore
import NeuralCollapse

/// The seven panels of Papyan, Han & Donoho (2020, figures 2 to 7) as one figure: equinorm and
/// equiangularity of class means and of the classifier, self-duality, NC1 and NC4 against epochs,
/// the test split dashed beside the training split.
struct PapyanFigure: Figure {
  let name = "seven-panels"
  let title = "The seven panels of Papyan, Han & Donoho"

  private static let quantities: [(measure: Measure, label: String)] = [
    (.nc2Means.normCov, "Equinorm, class means"),
    (.nc2Weights.normCov, "Equinorm, classifier"),
    (.nc2Means.angleStd, "Equiangularity, class means"),
    (.nc2Weights.angleStd, "Equiangularity, classifier"),
    (.nc3DualityDistance, "Self-duality"),
    (.nc1Pinv, "NC1 variability"),
    (.nc4Mismatch, "NC4 mismatch"),
  ]

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    var series = 0
    for (index, facet) in study.facets.enumerated() {
      for (place, kind) in study.kinds(of: facet.runs).enumerated() {
        for quantity in Self.quantities {
          let lines = ["train", "test"].flatMap { (split: String) in
            Trajectory.all(
              of: study, kind.runs, quantity: .measure(quantity.measure), split: split
            ).map { (split: split, trajectory: $0) }
          }
          let points = lines.flatMap(\.trajectory.points)
          guard Set(points.map(\.epoch)).count > 1,
            let epochs = LogarithmicAxis(points.map { Double($0.epoch) }),
            let values = LogarithmicAxis(points.map(\.spread.median), isVertical: true)
          else { continue }
          var curves: [String] = []
          for (split, trajectory) in lines {
            rows += trajectory.points.map { point in
              [.integer(series), .text(quantity.measure.key), .text(split)]
                + study.axisCells(trajectory.group.runs) + [
                  .integer(point.epoch), .integer(point.spread.count),
                  .number(point.spread.median), .init(epochs.position(Double(point.epoch))),
                  .init(values.position(point.spread.median)),
                ]
            }
            let dash = split == "train" ? "" : " dt 2"
            curves.append(
              Curve(
                series: series, values: ["x", "y"],
                style: "with linespoints pt 7 ps 0.3 lw 1.6\(dash) lc "
                  + study.ink(line: trajectory.group).rgb,
                title: split == "train" ? study.lineLabel(trajectory.group) : nil
              ).command)
            series += 1
          }
          let title = study.title(quantity.label, facet: facet, kind: kind)
          panels.append(
            Drawing.Panel(
              name: "\(index + 1)-\(place + 1)-\(quantity.measure.key)".safeFileName,
              description: "\(title.description), against epoch",
              commands: title.commands
                + ["set xlabel \(GnuplotText.literal(study.axisLabel("epoch")))"]
                + epochs.commands(for: "x") + values.commands(for: "y") + [Curve.plot(curves)]))
        }
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "nothing was measured at more than one epoch")
    }
    return Drawing(
      caption: "Medians over seeds on logarithmic axes, last layer: solid on training data, dashed "
        + "on test data where it was measured. Values of exactly 0 stand apart at the bottom.",
      collapse: "all seven fall toward 0.",
      measures: Self.quantities.map(\.measure.key),
      data: Table(
        name: name, caption: title,
        columns: [
          .init("series", "series"), .init("measure", "measure", isNumeric: false),
          .init("split", "split", isNumeric: false),
        ] + study.axisColumns + [
          .init("epoch", "epoch"), .init("seeds", "seeds"), .init("median", "median"),
          .init("x", "x"), .init("y", "y"),
        ], rows: rows), panels: panels, columns: 3)
  }
}
