/// Curves and points of an experiment, and lines of what is predicted.
package struct LaboratoryFigure: Sendable {
  /// A curve or a set of points.
  package struct Series: Sendable {
    package enum Style: Sendable, Equatable {
      /// Measured, a mark each.
      case points
      /// Measured, marks joined by a line.
      case joined
      /// Measured so densely that a line is enough.
      case curve
      /// What lies between the ends of intervals.
      case band
      /// Measured, a bar from the bottom each.
      case bars(width: Double)
      /// Predicted.
      case line
      /// Cells of a map, coloured by their shade.
      case cells
      /// Frames around cells.
      case frames

      /// Cells have their colours beside the map.
      var hasKey: Bool { self != .cells }
      /// Whether intervals are drawn as such.
      var hasWhiskers: Bool { self != .band }
    }
    package struct Point: Sendable {
      package var x: Double
      package var y: Double
      /// The interval around y, where there is one.
      package var low: Double?
      package var high: Double?
      /// What a cell is coloured by.
      package var shade: Double?

      package init(
        x: Double, y: Double, low: Double? = nil, high: Double? = nil, shade: Double? = nil
      ) {
        self.x = x
        self.y = y
        self.low = low
        self.high = high
        self.shade = shade
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
    /// What stands at 0, 1, 2 … in place of numbers.
    package var names: [String]?

    package init(_ label: String, logarithmic: Bool = false, names: [String]? = nil) {
      self.label = label
      isLogarithmic = logarithmic
      self.names = names
    }
  }

  /// A picture.
  package struct Panel: Sendable {
    package var title: String
    /// In place of the figure's.
    package var y: Axis?
    package var series: [Series]

    package init(title: String, y: Axis? = nil, series: [Series]) {
      self.title = title
      self.y = y
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
    var rows: [[Table.Cell]] = []
    var number = 0
    let height = height
    let drawn = panels.enumerated().map { index, panel in
      let points = panel.y == nil ? points : panel.series.flatMap(\.points)
      let shades = panel.series.flatMap(\.points).compactMap(\.shade)
      let entries = panel.series.filter { !$0.points.isEmpty }.flatMap { series in
        defer { number += 1 }
        for point in series.points {
          rows.append(
            [.integer(number), .text(panel.title), .text(series.label), .number(point.x)]
              + [.number(point.y), .init(point.low), .init(point.high), .init(point.shade)])
        }
        return curves(series, number: number)
      }
      return Drawing.Panel(
        name: "\(index + 1)", description: panel.title, size: (400, height),
        isColourMap: !shades.isEmpty,
        commands: PanelTitle(facet: "", text: panel.title).commands
          + setup(panel, points, shades) + [Curve.plot(entries)])
    }
    return Drawing(
      caption: caption, collapse: "", measures: [],
      data: Table(
        name: name, caption: title,
        columns: [
          .init("series", "series"), .init("panel", "panel", isNumeric: false),
          .init("label", "label", isNumeric: false), .init("x", x.label), .init("y", y.label),
          .init("low", "low"), .init("high", "high"), .init("shade", "shade"),
        ], rows: rows), panels: drawn, columns: min(2, panels.count))
  }

  /// Of every panel, in pixels: with room for more than two lines of the longest key.
  private var height: Int {
    let lines = panels.map { panel in
      let labels = panel.series.filter { $0.style.hasKey && !$0.points.isEmpty }.map(\.label.count)
      // About seven pixels a character beside the sample, in nine tenths of the width.
      let columns = max(1, 360 / (7 * (labels.max() ?? 0) + 45))
      return (labels.count + columns - 1) / columns
    }
    return 325 + 17 * max(0, (lines.max() ?? 0) - 2)
  }

  private func setup(
    _ panel: Panel, _ points: [Series.Point], _ shades: [Double]
  ) -> [String] {
    let y = panel.y ?? y
    let hasBars = panel.series.contains { if case .bars = $0.style { true } else { false } }
    var commands =
      [
        "set xlabel \(GnuplotText.literal(x.label))", "set ylabel \(GnuplotText.literal(y.label))",
        GnuplotScript.labelledMargin,
      ] + self.commands("x", x, points.map(\.x))
      + self.commands(
        "y", y, points.flatMap { [$0.y, $0.low ?? $0.y, $0.high ?? $0.y] },
        including: hasBars ? [0] : [])
    if let low = shades.min(), let high = shades.max() {
      commands += [
        "unset grid", "set border 0", Palette.mapCommand,
        "set cbrange [\(low):\(max(high, low + 1e-6))]", "set cbtics font tiny scale 0",
      ]
    }
    return commands
  }

  private func commands(
    _ axis: String, _ description: Axis, _ values: [Double], including origin: [Double] = []
  ) -> [String] {
    if let names = description.names {
      let ticks = names.enumerated().map { "\(GnuplotText.literal($1)) \($0)" }
      // Upright while they fit beside each other.
      let isLong = axis == "x" && names.map(\.count).reduce(0, +) > 40
      return [
        "set \(axis)range [-0.5:\(names.count)-0.5]",
        "set \(axis)tics (\(ticks.joined(separator: ", "))) scale 0 font tiny"
          + (isLong ? " rotate by 30 right" : ""),
      ]
    }
    if description.isLogarithmic {
      return LogarithmicAxis(values, isVertical: axis == "y")?.commands(for: axis) ?? []
    }
    return LinearAxis(values, including: origin)?.commands(for: axis) ?? []
  }

  private func curves(_ series: Series, number: Int) -> [String] {
    let ink = Palette.kinds[series.colour % Palette.kinds.count]
    let shape = Palette.shapes[series.colour % Palette.shapes.count]
    let marks = "pt \(shape) ps 0.7 lc \(ink.rgb)"
    let values: [String]
    let style: String
    switch series.style {
    case .points: (values, style) = (["x", "y"], "with points \(marks)")
    case .joined: (values, style) = (["x", "y"], "with linespoints lw 1.4 \(marks)")
    case .curve: (values, style) = (["x", "y"], "with lines lw 1.4 lc \(ink.rgb)")
    case .band:
      values = ["x", "low", "high"]
      style = "with filledcurves fs transparent solid 0.25 noborder lc \(ink.rgb)"
    case .bars(let width):
      values = ["x", "y", "(\(width))"]
      style = "with boxes fs solid 0.6 border lw 0.8 lc \(ink.rgb)"
    case .line: (values, style) = (["x", "y"], "with lines lw 1.4 dt 2 lc \(ink.rgb)")
    case .cells:
      values = ["x", "y", "(0.5)", "(0.5)", "shade"]
      style = "with boxxyerror fs solid 1 noborder lw 0 lc palette"
    case .frames:
      values = ["x", "y", "(0.42)", "(0.42)"]
      style = "with boxxyerror fs empty border lw 2 lc \(ink.rgb)"
    }
    var entries = [
      Curve(
        series: number, values: values, style: style,
        title: series.style.hasKey ? series.label : nil
      ).command
    ]
    if series.style.hasWhiskers, series.points.contains(where: { $0.low != nil }) {
      entries.append(
        Curve(
          // gnuplot's own error bars clear a patch around each mark that they do not draw.
          series: number, values: ["x", "low", "(0)", "(column('high') - column('low'))"],
          style: "with vectors nohead lw 1 lc \(ink.rgb)", title: nil
        ).command)
    }
    return entries
  }
}
