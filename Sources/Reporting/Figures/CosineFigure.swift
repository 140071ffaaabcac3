/// Minimum intra-class and maximum inter-class cosine against weight decay, with and without
/// batch normalization: the figure of Pan & Cao, arXiv 2309.04644.
struct CosineFigure: Figure {
  let name = "cosines-weight-decay"
  let title = "Cosine similarity against weight decay"

  private static let measures = [
    (key: "cos_intra_min", label: "Minimum intra-class cosine", file: "intra"),
    (key: "cos_inter_max", label: "Maximum inter-class cosine", file: "inter"),
  ]

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    guard study.weightDecays.count > 1, let axis = LogarithmicAxis(study.weightDecays) else {
      throw AbsentFigure(reason: "the runs do not differ in weight decay")
    }
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    var series = 0
    for (index, facet) in study.facets.enumerated() {
      for measure in Self.measures {
        var curves: [String] = []
        var shown: [Double] = []
        for (place, kind) in study.batchNormalizations.enumerated() {
          let added = Self.rows(
            of: study, facet, kind, measure.key, series: series, axis: axis)
          guard !added.isEmpty else { continue }
          rows += added
          shown += added.flatMap { $0.suffix(2) }.compactMap(\.number)
          // Kinds stand a little apart, so that ranges do not hide each other.
          let shift = 1 + 0.07 * (Double(place) - Double(study.batchNormalizations.count - 1) / 2)
          let isLine = added.contains { ($0[4].number ?? 0) > 0 }
          curves += Self.curves(series, kind, shift: shift, isLine: isLine)
          series += 1
        }
        guard !curves.isEmpty else { continue }
        panels.append(
          Self.panel(
            "\(index + 1)-\(measure.file)", title: study.title(measure.label, in: facet),
            curves: curves, axis: axis, values: shown, measure: measure.key,
            classCount: study.classCount(of: facet)))
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "no run was measured with the cosines")
    }
    return Drawing(
      caption: "Points are medians over seeds, bars reach from the lowest to the highest seed. "
        + "A weight decay of 0 stands apart at the left; where a point is missing, the features "
        + "have no direction any more or training failed.",
      collapse: "the minimum intra-class cosine is 1 and the maximum inter-class cosine is "
        + "−1/(C−1), the dashed lines.",
      measures: Self.measures.map(\.key), data: Self.table(rows), panels: panels, columns: 2)
  }

  private static func rows(
    of study: Study, _ facet: Setting.Facet, _ kind: String?, _ measure: String, series: Int,
    axis: LogarithmicAxis
  ) -> [[Table.Cell]] {
    study.weightDecays.compactMap { weightDecay in
      let runs = study.runs(facet: facet, batchNormalization: kind, weightDecay: weightDecay)
      guard let spread = Spread(runs.compactMap { $0.headline?.value(measure) }) else { return nil }
      return [
        .integer(series), .text(study.label(facet)), .init(kind), .text(measure),
        .number(weightDecay), .init(axis.position(weightDecay)), .integer(spread.count),
        .number(spread.median), .number(spread.low), .number(spread.high),
      ]
    }
  }

  private static func table(_ rows: [[Table.Cell]]) -> Table {
    Table(
      name: "cosines-weight-decay", caption: "Cosines against weight decay",
      columns: [
        .init("series", "series"), .init("setting", "setting", isNumeric: false),
        .init("batch_normalization", "BN", isNumeric: false),
        .init("measure", "measure", isNumeric: false), .init("weight_decay", "weight decay"),
        .init("x", "x"), .init("seeds", "seeds"), .init("median", "median"), .init("low", "low"),
        .init("high", "high"),
      ], rows: rows)
  }

  private static func curves(_ series: Int, _ kind: String?, shift: Double, isLine: Bool)
    -> [String]
  {
    let ink = Palette.ink(batchNormalization: kind).rgb
    let shape = Palette.shape(batchNormalization: kind)
    let x = "\(shift)*column('x')"
    let line = Curve(
      series: series, values: ["(\(x))", "median"], style: "with lines lw 1.4 lc \(ink)",
      condition: "column('weight_decay')>0")
    let points = Curve(
      series: series, values: ["(\(x))", "median", "low", "high"],
      style: "with yerrorbars lw 1.4 pt \(shape) ps 0.7 lc \(ink)",
      title: BatchNormalizationLabel.short(kind))
    return isLine ? [line.command, points.command] : [points.command]
  }

  private static func panel(
    _ name: String, title: PanelTitle, curves: [String], axis: LogarithmicAxis, values: [Double],
    measure: String, classCount: Int?
  ) -> Drawing.Panel {
    var commands = title.commands + ["set xlabel 'weight decay λ'", "set key maxrows 2"]
    commands += axis.commands(for: "x")
    var entries = curves
    let ideal = measure == "cos_intra_min" ? 1 : classCount.flatMap(Study.idealCosine)
    if let ideal {
      let label = measure == "cos_intra_min" ? "ideal: 1" : "ideal: −1/(C−1)"
      if let range = LinearAxis(values, including: [ideal]) {
        commands.append(range.command(for: "y"))
      }
      entries.append(
        "\(ideal) with lines dt 2 lw 1.4 lc \(Palette.ideal.rgb) title \(GnuplotText.literal(label))"
      )
    }
    commands.append(Curve.plot(entries))
    return Drawing.Panel(
      name: name, description: "\(title.description) against weight decay, by batch normalization",
      commands: commands)
  }
}
