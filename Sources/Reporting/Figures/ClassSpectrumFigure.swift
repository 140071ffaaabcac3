import NeuralCollapse

/// The singular values of each class's own scatter.
struct ClassSpectrumFigure: Figure {
  let name = "class-spectra"
  let title = "Spectrum of each class"

  /// Values beyond are not drawn.
  private static let places = 512

  /// Whether `study` has anything to show here.
  static func isAbout(_ study: Study) -> Bool {
    study.runs.contains { $0.headline?.report[list: .classSpectrumMedian] != nil }
  }

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    let curves = RepresentativeCurves(of: study) {
      Self.points($0.report[list: .classSpectrumMedian] ?? [])
    }
    var rows: [[Table.Cell]] = []
    var series = -1
    let lines = curves.panels.map { panel in
      panel.lines.map { line in
        let content = line.run.headline?.report
        let each = (content?.classes.indices.map { $0 } ?? []).compactMap { number in
          content?[list: .classSpectrum(number)].flatMap { values in
            values.first.map { greatest in
              (
                curve: content?.classes[number].name ?? "class \(number)",
                points: greatest > 0 ? Self.points(values.map { $0 / greatest }) : []
              )
            }
          }
        }
        // Of many classes the band alone.
        let band = [("least", TableKey.classSpectrumLeast), ("greatest", .classSpectrumGreatest)]
          .map {
            (curve: $0, points: Self.points(content?[list: $1] ?? []))
          }
        return (line: line, thin: each.isEmpty ? band : each, median: line.points)
      }
    }
    let points = lines.joined().flatMap { $0.median + $0.thin.flatMap(\.points) }
    guard let x = LogarithmicAxis(points.map(\.x)),
      let y = LogarithmicAxis(points.map(\.y), isVertical: true)
    else { throw AbsentFigure(reason: "the spectra of the classes were not measured") }
    let panels = zip(curves.panels, lines).enumerated().map { index, part in
      let (panel, lines) = part
      var entries: [String] = []
      for (line, thin, median) in lines {
        let ink = study.ink(line: line.group).rgb
        for (curve, points) in thin + [(curve: "median", points: median)] where !points.isEmpty {
          series += 1
          rows += points.map {
            [.integer(series), .text(line.run.name), .text(curve)] + study.axisCells([line.run])
              + [.number($0.x), .number($0.y)]
          }
          let isMedian = curve == "median"
          entries.append(
            Curve(
              series: series, values: ["index", "relative_value"],
              style: "with lines lw \(isMedian ? "2.2" : "0.5") lc \(ink)",
              title: isMedian ? study.lineLabel(line.group) : nil
            ).command)
        }
      }
      let title = study.title("Each class", facet: panel.facet, kind: panel.kind)
      return Drawing.Panel(
        name: "\(index + 1)", description: title.description,
        commands: title.commands + [
          "set xlabel \(GnuplotText.literal(study.axisLabel("index")))",
          "set ylabel 'relative to the greatest'", GnuplotScript.labelledMargin,
        ] + x.commands(for: "x") + y.commands(for: "y") + [Curve.plot(entries)])
    }
    return Drawing(
      caption: "Singular values of h − μ_c of every class, relative to the class's greatest, in "
        + "descending order, at the last epoch; thick their median. Of more than 100 classes the "
        + "least and the greatest at every place. Of repetitions the run of the middle NC1.",
      collapse: "the spread vanishes; what is left of it has no few directions of its own.",
      measures: [Measure.classEffectiveRankMean, .classEffectiveRankMin].map(\.key),
      data: Table(
        name: name, caption: title,
        columns: [
          .init("series", "series"), .init("run", "run", isNumeric: false),
          .init("curve", "curve", isNumeric: false),
        ] + study.axisColumns + [
          .init("index", "index"), .init("relative_value", "relative value"),
        ], rows: rows),
      panels: panels, columns: min(study.panelColumns, max(2, panels.count)))
  }

  private static func points(_ relative: [Double]) -> [(x: Double, y: Double)] {
    relative.prefix(places).enumerated().map { (x: Double($0 + 1), y: $1) }.filter { $0.y > 1e-12 }
  }
}
