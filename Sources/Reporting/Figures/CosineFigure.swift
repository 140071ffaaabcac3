import CollapseCore
import NeuralCollapse

/// Minimum intra-class and maximum inter-class cosine against an axis of numbers, a colour per
/// kind: against weight decay, with and without batch normalization, the figure of Pan & Cao,
/// arXiv 2309.04644.
struct CosineFigure: Figure {
  /// The abscissa; `nil` where the runs differ in no number.
  let axis: StudyAxis?

  var name: String { "cosines-\((axis?.column ?? "weight_decay").safeFileName)" }
  var title: String { "Cosine similarity against \(axis?.phrase ?? "weight decay")" }

  private static let measures: [(measure: Measure, label: String, file: String)] = [
    (.cosines.intraMin, "Minimum intra-class cosine", "intra"),
    (.cosines.interMax, "Maximum inter-class cosine", "inter"),
  ]

  /// A figure for each axis of numbers the runs differ in.
  static func all(of study: Study) -> [any Figure] {
    let axes = study.axes.filter { $0.isNumeric && study.values($0).count > 1 }
    let ordered = axes.filter { $0 == study.line } + axes.filter { $0 != study.line }
    return ordered.isEmpty ? [CosineFigure(axis: nil)] : ordered.map { CosineFigure(axis: $0) }
  }

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    let numbers = axis.map { study.values($0).compactMap { Double($0) } } ?? []
    guard let axis, let scale = LogarithmicAxis(numbers) else {
      throw AbsentFigure(reason: "the runs do not differ in weight decay or another number")
    }
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    var series = 0
    let kinds = [study.kind].compactMap(\.self).filter { $0 != axis }
    let others = study.axes.filter { $0 != axis && !kinds.contains($0) }
    let facets = study.groups(by: others)
    // Behind the series and the measure.
    let abscissa = 2 + (study.shownAxes.firstIndex(of: axis) ?? 0)
    for (index, facet) in facets.enumerated() {
      for (measure, label, file) in Self.measures {
        var curves: [String] = []
        var shown: [Double] = []
        let groups = study.groups(of: facet.runs, by: kinds)
        for (place, kind) in groups.enumerated() {
          let added = self.rows(of: study, kind, axis, measure, series: series, scale: scale)
          guard !added.isEmpty else { continue }
          rows += added
          shown += added.flatMap { $0.suffix(2) }.compactMap(\.number)
          // Kinds stand a little apart, so that ranges do not hide each other.
          let shift = 1 + 0.07 * (Double(place) - Double(groups.count - 1) / 2)
          curves += Self.curves(
            series, study, kind, axis, shift: shift,
            isLine: added.contains { ($0[abscissa].number ?? 0) > 0 })
          series += 1
        }
        guard !curves.isEmpty else { continue }
        panels.append(
          Self.panel(
            "\(index + 1)-\(file)",
            title: PanelTitle(
              facet: study.label(facet.condition, on: others), text: label),
            curves: curves, axis: axis, scale: scale, values: shown, measure: measure,
            classCount: Study.classCount(of: facet.runs)))
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "no run was measured with the cosines")
    }
    return Drawing(
      caption: "Points are medians over seeds, bars reach from the lowest to the highest seed. "
        + (scale.hasZero ? "A \(axis.phrase) of 0 stands apart at the left; where" : "Where")
        + " a point is missing, the features have no direction any more or training failed.",
      collapse: "the minimum intra-class cosine is 1 and the maximum inter-class cosine is "
        + "−1/(C−1), the dashed lines.",
      measures: Self.measures.map(\.measure.key), data: table(rows, study), panels: panels,
      columns: 2)
  }

  private func rows(
    of study: Study, _ kind: Study.Group, _ axis: StudyAxis, _ measure: Measure, series: Int,
    scale: LogarithmicAxis
  ) -> [[Table.Cell]] {
    study.groups(of: kind.runs, by: [axis]).compactMap { group in
      guard let number = Double(group.condition[axis.name]),
        let spread = Spread(group.runs.compactMap { $0.headline?.value(measure) })
      else { return nil }
      return [.integer(series), .text(measure.key)] + study.axisCells(group.runs) + [
        .init(scale.position(number)), .integer(spread.count), .number(spread.median),
        .number(spread.low), .number(spread.high),
      ]
    }
  }

  private func table(_ rows: [[Table.Cell]], _ study: Study) -> Table {
    Table(
      name: name, caption: title,
      columns: [.init("series", "series"), .init("measure", "measure", isNumeric: false)]
        + study.axisColumns + [
          .init("x", "x"), .init("seeds", "seeds"), .init("median", "median"), .init("low", "low"),
          .init("high", "high"),
        ], rows: rows)
  }

  private static func curves(
    _ series: Int, _ study: Study, _ kind: Study.Group, _ axis: StudyAxis, shift: Double,
    isLine: Bool
  ) -> [String] {
    let ink = study.ink(kind: kind).rgb
    let x = "\(shift)*column('x')"
    let line = Curve(
      series: series, values: ["(\(x))", "median"], style: "with lines lw 1.4 lc \(ink)",
      condition: "column('\(axis.column)')>0")
    let label = study.kind.flatMap { $0 == axis ? nil : $0.label(kind.condition[$0.name]) }
    let points = Curve(
      series: series, values: ["(\(x))", "median", "low", "high"],
      style: "with yerrorbars lw 1.4 pt \(study.shape(kind: kind)) ps 0.7 lc \(ink)",
      title: label ?? "runs")
    return isLine ? [line.command, points.command] : [points.command]
  }

  private static func panel(
    _ name: String, title: PanelTitle, curves: [String], axis: StudyAxis, scale: LogarithmicAxis,
    values: [Double], measure: Measure, classCount: Int?
  ) -> Drawing.Panel {
    var commands =
      title.commands + ["set xlabel \(GnuplotText.literal(axis.abscissa))", "set key maxrows 2"]
    commands += scale.commands(for: "x")
    var entries = curves
    let ideal = measure == .cosines.intraMin ? 1 : classCount.flatMap(Study.idealCosine)
    if let ideal {
      let label = measure == .cosines.intraMin ? "ideal: 1" : "ideal: −1/(C−1)"
      if let range = LinearAxis(values, including: [ideal]) {
        commands += range.commands(for: "y")
      }
      entries.append(
        "\(ideal) with lines dt 2 lw 1.4 lc \(Palette.ideal.rgb) title \(GnuplotText.literal(label))"
      )
    }
    commands.append(Curve.plot(entries))
    return Drawing.Panel(
      name: name, description: "\(title.description) against \(axis.phrase)", commands: commands)
  }
}

extension Double {
  /// The number on an axis; `nil` for a word, or where nothing is stated.
  init?(_ value: Condition.Value?) {
    guard case .number(let number)? = value else { return nil }
    self = number
  }
}
