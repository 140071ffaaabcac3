import NeuralCollapse

/// The classifier's rows against the class means: a table of cosines, coloured.
struct AlignmentFigure: Figure {
  let name = "alignment"
  let title = "Class means against classifier rows"

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    for run in Self.shown(in: study) {
      guard let report = run.headline?.report, let table = report[perPair: .nc3Cosine] else {
        continue
      }
      let series = panels.count
      let names = report.classes.map { $0.name ?? String($0.label) }
      let shown = Self.shownClasses(names.count)
      for (row, a) in shown.enumerated() {
        for (column, b) in shown.enumerated() {
          rows.append([
            .integer(series), .text(run.name), .integer(row), .integer(column), .text(names[a]),
            .text(names[b]), .init(table[a][b]),
          ])
        }
      }
      panels.append(Self.panel(series, run, names: shown.map { names[$0] }, study: study))
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "no run was measured with a classifier")
    }
    return Drawing(
      caption: "Cosine between each centred class mean (rows) and each row of the classifier "
        + "(columns) at the last epoch; of runs that a panel could show, the one of the middle NC3 where "
        + "NC3 is smallest. Of more than \(Self.classLimit) classes so many are shown, evenly "
        + "spaced.",
      collapse: "the diagonal is 1 and everything else has the one value −1/(C−1).",
      measures: [Measure.nc3DualityDistance, .nc3CosineGapMean, .nc3CosineGapMax].map(\.key),
      data: Table(
        name: name, caption: title,
        columns: [
          .init("series", "series"), .init("run", "run", isNumeric: false),
          .init("row", "row"), .init("column", "column"),
          .init("class", "class", isNumeric: false),
          .init("classifier_class", "classifier class", isNumeric: false),
          .init("cosine", "cosine"),
        ], rows: rows), panels: panels, columns: min(study.panelColumns, max(2, panels.count)))
  }

  /// Of every facet and kind the representative run of the line that came closest.
  private static func shown(in study: Study) -> [RunRecord] {
    let measure = Measure.nc3DualityDistance
    return study.facets.flatMap { study.kinds(of: $0.runs) }.compactMap { kind in
      let runs = study.lines(of: kind.runs).compactMap { line in
        Study.representative(
          of: line.runs.filter { $0.headline?.report[perPair: .nc3Cosine] != nil }, by: measure)
      }
      return runs.min {
        ($0.headline?.value(measure) ?? .infinity) < ($1.headline?.value(measure) ?? .infinity)
      }
    }
  }

  /// More classes than a picture has room for are thinned out.
  private static let classLimit = 100
  /// More classes than this are drawn as an image, not cell by cell.
  private static let cellLimit = 64

  private static func shownClasses(_ count: Int) -> [Int] {
    guard count > classLimit else { return Array(0..<count) }
    return (0..<classLimit).map { $0 * (count - 1) / (classLimit - 1) }
  }

  private static func panel(
    _ series: Int, _ run: RunRecord, names: [String], study: Study
  ) -> Drawing.Panel {
    let count = names.count
    let title = study.title(of: run)
    let frame = Frame(names: names, hasFacet: !title.facet.isEmpty)
    var commands =
      title.commands + [
        "unset key", Palette.mapCommand, "set cbrange [-0.5:1]", "set cbtics 0.5 scale 0",
        "set border 0", "unset grid", "set xlabel 'classifier row' offset 0,\(frame.labelOffset)",
        "set ylabel 'class mean' offset 0,0",
        "set xrange [-0.5:\(count).0-0.5]", "set yrange [\(count).0-0.5:-0.5]",
        // Names as short as digits stand upright under their columns.
        ticks("x", names)
          + (frame.areNamesShort ? " norotate" : " offset 0,0 rotate by 45 right"),
        ticks("y", names),
      ] + frame.margins
    var entries: [String] = []
    if count > cellLimit {
      entries.append(
        Curve(series: series, values: ["column", "row", "cosine"], style: "with image").command)
    } else {
      entries.append(
        Curve(
          series: series, values: ["column", "row", "(0.5)", "(0.5)", "cosine"],
          style: "with boxxyerror fs solid 1 noborder lw 0 lc palette"
        ).command)
    }
    if count <= 12 {
      // Dark cells take pale figures and pale cells dark ones, whatever the page's theme.
      entries += [("<0.45", "#fdfdfd"), (">=0.45", "#0a0a0a")].map { range, ink in
        Curve(
          series: series, values: ["column", "row", GnuplotText.number("cosine")],
          style: "with labels font minute tc rgb '\(ink)'", condition: "column('cosine')\(range)"
        ).command
      }
    }
    commands.append(Curve.plot(entries))
    return Drawing.Panel(
      name: "\(series + 1)",
      description: "Cosines of class means and classifier rows of \(run.name)",
      size: frame.size, isColourMap: true, commands: commands)
  }

  /// The place of a square map between names of any length: the square keeps its size and the
  /// picture grows with the names.
  private struct Frame {
    private static let side = 300
    let size: (width: Int, height: Int)
    let areNamesShort: Bool
    let labelOffset: Double
    let margins: [String]

    init(names: [String], hasFacet: Bool) {
      let longest = names.map { min($0.count, 10) }.max() ?? 1
      areNamesShort = names.allSatisfy { $0.count <= 2 }
      let nameWidth = 6 * longest
      let (left, right, top) = (nameWidth + 34, 62, hasFacet ? 50 : 32)
      let bottom = areNamesShort ? 46 : 46 + nameWidth * 7 / 10
      size = (left + Frame.side + right, top + Frame.side + bottom)
      labelOffset = areNamesShort ? 1 : 0
      func share(_ part: Int, _ whole: Int) -> Double { Double(part) / Double(whole) }
      margins = [
        "set lmargin at screen \(share(left, size.width))",
        "set rmargin at screen \(share(left + Frame.side, size.width))",
        "set bmargin at screen \(share(bottom, size.height))",
        "set tmargin at screen \(share(bottom + Frame.side, size.height))",
      ]
    }
  }

  /// Names where they fit, else every tenth number.
  private static func ticks(_ axis: String, _ names: [String]) -> String {
    let step = max(1, (names.count + 14) / 15)
    let marks = stride(from: 0, to: names.count, by: step).map { index in
      let name = names[index].count > 10 ? names[index].prefix(9) + "…" : names[index][...]
      return "\(GnuplotText.literal(String(name))) \(index)"
    }
    return "set \(axis)tics (\(marks.joined(separator: ", "))) scale 0 nomirror font tiny"
  }
}
