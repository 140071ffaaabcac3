import NeuralCollapse

/// The classifier's rows against the class means: a table of cosines, coloured.
struct AlignmentFigure: Figure {
  let name = "alignment"
  let title = "Class means against classifier rows"

  /// The report's table of cos(μ_c − μ_G, w_c'), a row per mean, a column per classifier row.
  static let key = "nc3_cosine"

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    for run in Self.shown(in: study) {
      guard let report = run.headline?.report, let table = report.perPair[Self.key] else {
        continue
      }
      let series = panels.count
      let names = report.classes.map { $0.name ?? String($0.label) }
      for (a, values) in zip(names.indices, table) {
        for (b, value) in zip(names.indices, values) {
          rows.append([
            .integer(series), .text(run.name), .integer(a), .integer(b), .text(names[a]),
            .text(names[b]), .init(value),
          ])
        }
      }
      panels.append(Self.panel(series, run, names: names, study: study))
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "no run was measured with a classifier")
    }
    return Drawing(
      caption: "Cosine between each centred class mean (rows) and each row of the classifier "
        + "(columns) at the last epoch; of every kind of batch normalization the run of the middle "
        + "NC3 at the weight decay where it is smallest.",
      collapse: "the diagonal is 1 and everything else has the one value −1/(C−1).",
      measures: ["nc3_duality_distance", "nc3_cosine_gap_mean", "nc3_cosine_gap_max"],
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

  /// Of every facet and kind of batch normalization the representative run of the weight decay
  /// that came closest.
  private static func shown(in study: Study) -> [RunRecord] {
    let measure = "nc3_duality_distance"
    var best: [Setting: (value: Double, run: RunRecord)] = [:]
    var order: [Setting] = []
    for (setting, runs) in study.settings {
      let measured = runs.filter { $0.headline?.report.perPair[key] != nil }
      guard let run = Study.representative(of: measured, by: measure) else { continue }
      let value = run.headline?.value(measure) ?? .infinity
      var group = setting
      group.weightDecay = nil
      if best[group] == nil { order.append(group) }
      if value < best[group]?.value ?? .infinity || best[group] == nil {
        best[group] = (value, run)
      }
    }
    return order.compactMap { best[$0]?.run }
  }

  private static func panel(
    _ series: Int, _ run: RunRecord, names: [String], study: Study
  ) -> Drawing.Panel {
    let count = names.count
    let hasNumbers = count <= 12
    let decay = run.weightDecay.map { ", λ = \(NumberFormat.significant(2).text($0))" } ?? ""
    let kind = run.batchNormalization.map { BatchNormalizationLabel.short($0) } ?? run.name
    let title = study.title(kind + decay, in: Setting(run).facet)
    // Names as short as digits stand upright under their columns.
    let areShort = names.allSatisfy { $0.count <= 2 }
    var commands =
      title.commands + [
        "unset key", "unset lmargin",
        Palette.mapCommand, "set cbrange [-0.5:1]", "set cbtics 0.5 scale 0", "set border 0",
        "unset grid", "set size ratio 1", "set xlabel 'classifier row' offset 0,0",
        "set ylabel 'class mean' offset 0,0",
        "set xrange [-0.5:\(count).0-0.5]", "set yrange [\(count).0-0.5:-0.5]",
        ticks("x", names) + (areShort ? " norotate" : " offset 0,0 rotate by 45 right"),
        ticks("y", names),
      ]
    var entries = [
      Curve(
        series: series, values: ["column", "row", "(0.5)", "(0.5)", "cosine"],
        style: "with boxxyerror fs solid 1 noborder lw 0 lc palette"
      ).command
    ]
    if hasNumbers {
      // Dark cells take pale figures and pale cells dark ones, whatever the page's theme.
      entries += [("<0.45", "#fdfdfd"), (">=0.45", "#0a0a0a")].map { range, ink in
        Curve(
          series: series, values: ["column", "row", GnuplotText.number("cosine")],
          style: "with labels font ',8' tc rgb '\(ink)'", condition: "column('cosine')\(range)"
        ).command
      }
    }
    commands.append(Curve.plot(entries))
    return Drawing.Panel(
      name: "\(series + 1)",
      description: "Cosines of class means and classifier rows of \(run.name)",
      size: (420, 420), isColourMap: true, commands: commands)
  }

  /// Names where they fit, else every tenth number.
  private static func ticks(_ axis: String, _ names: [String]) -> String {
    let step = max(1, (names.count + 14) / 15)
    let marks = stride(from: 0, to: names.count, by: step).map { index in
      let name = names[index].count > 10 ? names[index].prefix(9) + "…" : names[index][...]
      return "\(GnuplotText.literal(String(name))) \(index)"
    }
    return "set \(axis)tics (\(marks.joined(separator: ", "))) scale 0 nomirror font ',10'"
  }
}
