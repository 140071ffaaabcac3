/// Curves and points of an experiment, and lines of what is predicted.
package struct LaboratoryFigure: Sendable {
  /// A curve or a set of points.
  package struct Series: Sendable {
    package enum Style: Sendable {
      /// Measured, a mark each.
      case points
      /// Measured, marks joined by a line.
      case joined
      /// Predicted.
      case line
    }
    package struct Point: Sendable {
      package var x: Double
      package var y: Double
      /// The interval around y, where there is one.
      package var low: Double?
      package var high: Double?

      package init(x: Double, y: Double, low: Double? = nil, high: Double? = nil) {
        self.x = x
        self.y = y
        self.low = low
        self.high = high
      }
    }
    package var label: String
    package var style: Style
    /// Series of one colour belong together: a prediction and what was measured beside it.
    package var colour: Int
    package var points: [Point]

    package init(_ label: String, _ style: Style, colour: Int, points: [Point]) {
      self.label = label
      self.style = style
      self.colour = colour
      self.points = points
    }
  }

  package struct Axis: Sendable {
    package var label: String
    package var isLogarithmic: Bool

    package init(_ label: String, logarithmic: Bool = false) {
      self.label = label
      isLogarithmic = logarithmic
    }
  }

  /// A picture.
  package struct Panel: Sendable {
    package var title: String
    package var series: [Series]

    package init(title: String, series: [Series]) {
      self.title = title
      self.series = series
    }
  }

  package var name: String
  package var title: String
  package var caption: String
  package var x: Axis
  package var y: Axis
  package var panels: [Panel]

  package init(
    name: String, title: String, caption: String, x: Axis, y: Axis, panels: [Panel]
  ) {
    self.name = name
    self.title = title
    self.caption = caption
    self.x = x
    self.y = y
    self.panels = panels
  }

  /// The figure as the page draws it; one without points is left out, and says so.
  var named: NamedDrawing {
    let points = panels.flatMap { $0.series.flatMap(\.points) }
    guard !points.isEmpty else {
      return NamedDrawing(name: name, title: title, absence: "nothing was observed")
    }
    return NamedDrawing(name: name, title: title, drawing: drawing(points))
  }

  private func drawing(_ points: [Series.Point]) -> Drawing {
    let heights = points.flatMap { [$0.y, $0.low ?? $0.y, $0.high ?? $0.y] }
    let setup =
      [
        "set xlabel \(GnuplotText.literal(x.label))", "set ylabel \(GnuplotText.literal(y.label))",
        GnuplotScript.labelledMargin,
      ] + commands("x", x, points.map(\.x)) + commands("y", y, heights)
    var rows: [[Table.Cell]] = []
    var number = 0
    let drawn = panels.enumerated().map { index, panel in
      let entries = panel.series.filter { !$0.points.isEmpty }.flatMap { series in
        defer { number += 1 }
        for point in series.points {
          rows.append(
            [.integer(number), .text(panel.title), .text(series.label)]
              + [.number(point.x), .number(point.y), .init(point.low), .init(point.high)])
        }
        return curves(series, number: number)
      }
      let title = PanelTitle(facet: "", text: panel.title)
      return Drawing.Panel(
        name: "\(index + 1)", description: panel.title,
        commands: title.commands + setup + [Curve.plot(entries)])
    }
    return Drawing(
      caption: caption, collapse: "", measures: [],
      data: Table(
        name: name, caption: title,
        columns: [
          .init("series", "series"), .init("panel", "panel", isNumeric: false),
          .init("label", "label", isNumeric: false), .init("x", x.label), .init("y", y.label),
          .init("low", "low"), .init("high", "high"),
        ], rows: rows), panels: drawn, columns: min(2, panels.count))
  }

  private func commands(_ axis: String, _ description: Axis, _ values: [Double]) -> [String] {
    if description.isLogarithmic {
      return LogarithmicAxis(values, isVertical: axis == "y")?.commands(for: axis) ?? []
    }
    return LinearAxis(values)?.commands(for: axis) ?? []
  }

  private func curves(_ series: Series, number: Int) -> [String] {
    let ink = Palette.kinds[series.colour % Palette.kinds.count]
    let shape = Palette.shapes[series.colour % Palette.shapes.count]
    let marks = "pt \(shape) ps 0.7 lc \(ink.rgb)"
    let style =
      switch series.style {
      case .points: "with points \(marks)"
      case .joined: "with linespoints lw 1.4 \(marks)"
      case .line: "with lines lw 1.4 dt 2 lc \(ink.rgb)"
      }
    var entries = [
      Curve(series: number, values: ["x", "y"], style: style, title: series.label).command
    ]
    if series.points.contains(where: { $0.low != nil }) {
      entries.append(
        Curve(
          series: number, values: ["x", "y", "low", "high"],
          style: "with yerrorbars pt 0 lw 1 lc \(ink.rgb)", title: nil
        ).command)
    }
    return entries
  }
}
