import NeuralCollapse

/// How the margins of the training samples are distributed.
struct MarginFigure: Figure {
  let name = "margins"
  let title = "Distribution of margins"

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    let curves = RepresentativeCurves(of: study) { record in
      let probabilities = record.report[list: .marginQuantileProbabilities] ?? []
      let quantiles = record.report[list: .marginQuantiles] ?? []
      return zip(quantiles, probabilities).filter { $0.0.isFinite }.map { (x: $0, y: $1) }
    }
    let range = LinearAxis(curves.lines.flatMap { $0.points.map(\.x) }, including: [0])
    guard !curves.panels.isEmpty, let range else {
      throw AbsentFigure(reason: "no run was measured with margins")
    }
    return Drawing(
      caption: "Share of training samples whose margin (logit of the own class less the greatest "
        + "other) is at most the value on the axis, at the last epoch; left of 0 the sample is "
        + "classified wrong. Of repetitions the run of the middle NC1.",
      collapse: "every sample has the same margin: the curve is one upright step.",
      measures: [Measure.marginMin, .marginMean, .crossEntropy].map(\.key),
      data: curves.table(of: study, name: name, caption: title, x: "margin", y: "share"),
      panels: curves.drawn(
        of: study, title: "Margins", x: "margin", y: "share", style: "with lines lw 1.6"
      ) { _ in
        (
          [
            "set xlabel \(GnuplotText.literal(study.axisLabel("margin")))",
            "set ylabel 'share of samples'", GnuplotScript.labelledMargin,
            "set yrange [0:1.02]",
            "set arrow from 0,graph 0 to 0,graph 1 nohead dt 3 lc \(Palette.ideal.rgb)",
          ] + range.commands(for: "x"), []
        )
      }, columns: min(study.panelColumns, max(2, curves.panels.count)))
  }
}
