import NeuralCollapse

/// The singular values of the centred features.
struct SpectrumFigure: Figure {
  let name = "spectrum"
  let title = "Spectrum of the features"

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    let curves = RepresentativeCurves(of: study) { record in
      let values = record.report[list: .spectrumSingularValues] ?? []
      guard let greatest = values.max(), greatest > 0 else { return [] }
      return values.prefix(512).enumerated()
        .map { (x: Double($0 + 1), y: $1 / greatest) }.filter { $0.y > 1e-12 }
    }
    let points = curves.lines.flatMap(\.points)
    guard let x = LogarithmicAxis(points.map(\.x)),
      let y = LogarithmicAxis(points.map(\.y), isVertical: true)
    else { throw AbsentFigure(reason: "the spectrum was not measured") }
    return Drawing(
      caption: "Singular values of the centred features of the last layer at the last epoch, "
        + "relative to the greatest, in descending order; the dotted line stands after the first "
        + "C−1. Of repetitions the run of the middle NC1.",
      collapse: "the first C−1 values are equal and the rest vanish: a step at the dotted line.",
      measures: [
        Measure.spectrumEffectiveRank, .spectrumStableRank, .spectrumNumericalRank,
        .spectrumParticipationRatio,
      ].map(\.key),
      data: curves.table(of: study, name: name, caption: title, x: "index", y: "relative_value"),
      panels: curves.drawn(
        of: study, title: "Singular values", x: "index", y: "relative_value",
        style: "with linespoints pt 7 ps 0.15 lw 1.4"
      ) { panel in
        var setup = [
          "set xlabel \(GnuplotText.literal(study.axisLabel("index")))",
          "set ylabel 'relative to the greatest'", GnuplotScript.labelledMargin,
        ]
        setup += x.commands(for: "x") + y.commands(for: "y")
        if let count = panel.lines.first?.run.headline?.report.classes.count, count > 1 {
          let place = (Double(count - 1) * Double(count)).squareRoot()
          setup.append(
            "set arrow from \(place),graph 0 to \(place),graph 1 nohead dt 3 lw 1.4 "
              + "lc \(Palette.ideal.rgb)")
        }
        return (setup, [])
      }, columns: min(study.panelColumns, max(2, curves.panels.count)))
  }
}
