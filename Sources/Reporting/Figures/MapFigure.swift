import CollapseCore
import NeuralCollapse

/// A colour map of the cosines over two axes of numbers: weight decay and learning rate where the
/// runs differ in both.
struct MapFigure: Figure {
  /// Abscissa and ordinate; `nil` where the runs do not differ in two numbers.
  let axes: (x: StudyAxis, y: StudyAxis)?

  var name: String {
    axes.map { "\($0.x.column)-\($0.y.column)".safeFileName } ?? "weight-decay-learning-rate"
  }
  var title: String {
    guard let axes else { return "Weight decay and learning rate together" }
    let text = "\(axes.x.phrase) and \(axes.y.phrase) together"
    return text.prefix(1).uppercased() + text.dropFirst()
  }

  private static let measures: [(measure: Measure, label: String)] = [
    (.cosines.intraMin, "Min. intra-class cosine"),
    (.cosines.interMax, "Max. inter-class cosine"),
  ]

  init(of study: Study) {
    let numeric = study.axes.filter(\.isNumeric)
    let x = numeric.first { $0 == study.line }
    let others = numeric.filter { $0 != x }
    let y = others.first { $0.name == Condition.Axis.learningRate.name } ?? others.first
    axes = x.flatMap { x in y.map { (x, $0) } }
  }

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    guard let axes else {
      throw AbsentFigure(
        reason: "the runs do not differ in both weight decay and learning rate, or two other "
          + "numbers")
    }
    let (columns, lines) = (study.values(axes.x), study.values(axes.y))
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    let facets = study.groups(by: study.facetAxes.filter { $0 != axes.y })
    for (measure, label) in Self.measures {
      for facet in facets {
        for kind in study.kinds(of: facet.runs) {
          let cells = study.groups(of: kind.runs, by: [axes.y, axes.x]).compactMap { group in
            Spread(group.runs.compactMap { $0.headline?.value(measure) }).map { spread in
              Cell(
                column: columns.firstIndex(of: group.condition[axes.x.name]) ?? 0,
                row: lines.firstIndex(of: group.condition[axes.y.name]) ?? 0, spread: spread,
                runs: group.runs)
            }
          }
          guard !cells.isEmpty else { continue }
          let series = panels.count
          rows += cells.map { cell in
            [.integer(series), .text(measure.key)] + study.axisCells(cell.runs) + [
              .integer(cell.column), .integer(cell.row), .integer(cell.spread.count),
              .number(cell.spread.median),
            ]
          }
          panels.append(
            Self.panel(
              series, title: study.title(label, facet: facet, kind: kind),
              axes: axes, columns: columns, rows: lines, values: cells.map(\.spread.median)))
        }
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "no run was measured with the cosines")
    }
    return Drawing(
      caption: "Medians over seeds at the last epoch. An empty place: the features have no "
        + "direction any more, or no run was made.",
      collapse: "the minimum intra-class cosine is 1 and the maximum inter-class cosine "
        + "−1/(C−1), so the first maps are bright and the second dark where collapse is strong.",
      measures: Self.measures.map(\.measure.key), data: table(rows, study), panels: panels,
      columns: max(2, min(3, study.values(study.kind).count)))
  }

  private struct Cell {
    var column: Int
    var row: Int
    var spread: Spread
    var runs: [RunRecord]
  }

  private static func panel(
    _ series: Int, title: PanelTitle, axes: (x: StudyAxis, y: StudyAxis),
    columns: [Condition.Value?], rows: [Condition.Value?], values: [Double]
  ) -> Drawing.Panel {
    func ticks(_ values: [Condition.Value?], _ axis: StudyAxis) -> String {
      values.enumerated().map { "\(GnuplotText.literal(axis.label($1))) \($0)" }
        .joined(separator: ", ")
    }
    let low = values.min() ?? 0
    let high = max(values.max() ?? 1, low + 1e-6)
    let middle = low + 0.62 * (high - low)
    // Upright while they fit beside each other.
    let turn = columns.count > 6 ? " rotate by 45 right" : ""
    var entries = [
      Curve(
        series: series, values: ["column", "row", "(0.5)", "(0.5)", "median"],
        style: "with boxxyerror fs solid 1 noborder lw 0 lc palette"
      ).command
    ]
    if columns.count * rows.count <= 80 {
      entries += [("<\(middle)", "#fdfdfd"), (">=\(middle)", "#0a0a0a")].map { range, ink in
        Curve(
          series: series, values: ["column", "row", GnuplotText.number("median")],
          style: "with labels font tiny tc rgb '\(ink)'", condition: "column('median')\(range)"
        ).command
      }
    }
    return Drawing.Panel(
      name: "\(series + 1)",
      description: "\(title.description) over \(axes.x.phrase) and \(axes.y.phrase)",
      isColourMap: true,
      commands: title.commands + [
        "unset key", "unset lmargin", Palette.mapCommand,
        "set cbrange [\(low):\(high)]", "set border 0", "unset grid",
        "set xlabel \(GnuplotText.literal(axes.x.abscissa)) offset 0,0",
        "set ylabel \(GnuplotText.literal(axes.y.abscissa))",
        "set xrange [-0.5:\(columns.count)-0.5]", "set yrange [-0.5:\(rows.count)-0.5]",
        "set xtics (\(ticks(columns, axes.x))) scale 0 offset 0,0\(turn)",
        "set ytics (\(ticks(rows, axes.y))) scale 0", Curve.plot(entries),
      ])
  }

  private func table(_ rows: [[Table.Cell]], _ study: Study) -> Table {
    Table(
      name: name, caption: title,
      columns: [.init("series", "series"), .init("measure", "measure", isNumeric: false)]
        + study.axisColumns + [
          .init("column", "column"), .init("row", "row"), .init("seeds", "seeds"),
          .init("median", "median"),
        ], rows: rows)
  }
}
