import NeuralCollapse

/// Curves of single runs, one per value of the lines' axis and a panel per kind: of repetitions the
/// run of the middle NC1 is drawn.
struct RepresentativeCurves {
  /// The points of one run.
  struct Line {
    var run: RunRecord
    var group: Study.Group
    var points: [(x: Double, y: Double)]
  }

  /// The runs of one panel.
  struct Panel {
    var facet: Study.Group
    var kind: Study.Group
    var lines: [Line]
  }

  let panels: [Panel]

  /// The curves for which `points` finds at least two points in the run's headline record.
  init(of study: Study, points: (MeasurementRecord) -> [(x: Double, y: Double)]) {
    panels = study.facets.flatMap { facet in
      study.kinds(of: facet.runs).compactMap { kind in
        let lines = study.lines(of: kind.runs).compactMap { group -> Line? in
          let measured = group.runs.filter { $0.headline.map { points($0).count > 1 } ?? false }
          guard let run = Study.representative(of: measured, by: .nc1Pinv),
            let record = run.headline
          else { return nil }
          return Line(run: run, group: group, points: points(record))
        }
        return lines.isEmpty ? nil : Panel(facet: facet, kind: kind, lines: lines)
      }
    }
  }

  var lines: [Line] { panels.flatMap(\.lines) }

  /// The data with `series` counting the lines.
  func table(of study: Study, name: String, caption: String, x: String, y: String) -> Table {
    let axes = study.shownAxes.filter { $0.name != StudyAxis.run }
    return Table(
      name: name, caption: caption,
      columns: [.init("series", "series"), .init("run", "run", isNumeric: false)]
        + axes.map(\.tableColumn) + [.init(x, x), .init(y, y)],
      rows: lines.enumerated().flatMap { series, line in
        line.points.map { point in
          [.integer(series), .text(line.run.name)]
            + axes.map { .init(study.value(line.run, $0)) }
            + [.number(point.x), .number(point.y)]
        }
      })
  }

  /// A panel per facet and kind.
  ///
  /// - Parameters:
  ///   - style: gnuplot's style of lines.
  ///   - commands: ranges and labels, and lines of the plot besides the data.
  func drawn(
    of study: Study, title: String, x: String, y: String, style: String,
    commands: (Panel) -> (setup: [String], entries: [String])
  ) -> [Drawing.Panel] {
    var series = 0
    return panels.enumerated().map { index, panel in
      let (setup, entries) = commands(panel)
      var curves = entries
      for line in panel.lines {
        curves.append(
          Curve(
            series: series, values: [x, y], style: "\(style) lc \(study.ink(line: line.group).rgb)",
            title: study.lineLabel(line.group)
          ).command)
        series += 1
      }
      let title = study.title(title, facet: panel.facet, kind: panel.kind)
      return Drawing.Panel(
        name: "\(index + 1)", description: title.description,
        commands: title.commands + setup + [Curve.plot(curves)])
    }
  }
}
