/// A colour map of the cosines over weight decay and learning rate.
struct LearningRateFigure: Figure {
  let name = "weight-decay-learning-rate"
  let title = "Weight decay and learning rate together"

  private static let measures = [
    (key: "cos_intra_min", label: "Min. intra-class cosine"),
    (key: "cos_inter_max", label: "Max. inter-class cosine"),
  ]

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    let rates = Set(study.runs.compactMap(\.learningRate)).sorted()
    let decays = study.weightDecays
    guard rates.count > 1, decays.count > 1 else {
      throw AbsentFigure(reason: "the runs do not differ in both weight decay and learning rate")
    }
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    let places = study.facets.map { facet in
      var place = facet
      place.learningRate = nil
      return place
    }.uniqued()
    for measure in Self.measures {
      for place in places {
        for kind in study.batchNormalizations {
          let cells = Self.cells(study, place, kind, measure.key, rates: rates)
          guard !cells.isEmpty else { continue }
          let series = panels.count
          rows += cells.map { cell in
            [
              .integer(series), .init(place.dataset), .init(place.network), .init(kind),
              .text(measure.key), .number(decays[cell.column]), .number(rates[cell.row]),
              .integer(cell.column), .integer(cell.row), .integer(cell.spread.count),
              .number(cell.spread.median),
            ]
          }
          panels.append(
            Self.panel(
              series,
              title: study.title(BatchNormalizationLabel.title(measure.label, kind), in: place),
              decays: decays, rates: rates, values: cells.map(\.spread.median)))
        }
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "no run was measured with the cosines")
    }
    return Drawing(
      caption: "Medians over seeds at the last epoch. An empty place: the features have no "
        + "direction any more, or no run was made.",
      collapse: "the minimum intra-class cosine is 1 and the maximum inter-class cosine "
        + "−1/(C−1), so the first maps are bright and the second dark where collapse is strong.",
      measures: Self.measures.map(\.key), data: Self.table(rows), panels: panels,
      columns: max(2, min(3, study.batchNormalizations.count)))
  }

  private struct Cell {
    var column: Int
    var row: Int
    var spread: Spread
  }

  private static func cells(
    _ study: Study, _ place: Setting.Facet, _ kind: String?, _ measure: String, rates: [Double]
  ) -> [Cell] {
    study.weightDecays.enumerated().flatMap { column, decay in
      rates.enumerated().compactMap { row, rate in
        var facet = place
        facet.learningRate = rate
        let runs = study.runs(facet: facet, batchNormalization: kind, weightDecay: decay)
        return Spread(runs.compactMap { $0.headline?.value(measure) }).map {
          Cell(column: column, row: row, spread: $0)
        }
      }
    }
  }

  private static func panel(
    _ series: Int, title: PanelTitle, decays: [Double], rates: [Double], values: [Double]
  ) -> Drawing.Panel {
    func ticks(_ values: [Double]) -> String {
      values.enumerated().map { "'\(NumberFormat.significant(2).text($1))' \($0)" }
        .joined(separator: ", ")
    }
    let low = values.min() ?? 0
    let high = max(values.max() ?? 1, low + 1e-6)
    let middle = low + 0.62 * (high - low)
    // Upright while they fit beside each other.
    let turn = decays.count > 6 ? " rotate by 45 right" : ""
    var entries = [
      Curve(
        series: series, values: ["column", "row", "(0.5)", "(0.5)", "median"],
        style: "with boxxyerror fs solid 1 noborder lw 0 lc palette"
      ).command
    ]
    if decays.count * rates.count <= 80 {
      entries += [("<\(middle)", "#fdfdfd"), (">=\(middle)", "#0a0a0a")].map { range, ink in
        Curve(
          series: series, values: ["column", "row", GnuplotText.number("median")],
          style: "with labels font ',10' tc rgb '\(ink)'", condition: "column('median')\(range)"
        ).command
      }
    }
    return Drawing.Panel(
      name: "\(series + 1)",
      description: "\(title.description) over weight decay and learning rate",
      isColourMap: true,
      commands: title.commands + [
        "unset key", "unset lmargin", Palette.mapCommand,
        "set cbrange [\(low):\(high)]", "set border 0", "unset grid",
        "set xlabel 'weight decay λ' offset 0,0", "set ylabel 'learning rate'",
        "set xrange [-0.5:\(decays.count)-0.5]", "set yrange [-0.5:\(rates.count)-0.5]",
        "set xtics (\(ticks(decays))) scale 0 offset 0,0\(turn)",
        "set ytics (\(ticks(rates))) scale 0", Curve.plot(entries),
      ])
  }

  private static func table(_ rows: [[Table.Cell]]) -> Table {
    Table(
      name: "weight-decay-learning-rate", caption: "Cosines over weight decay and learning rate",
      columns: [
        .init("series", "series"), .init("dataset", "dataset", isNumeric: false),
        .init("network", "network", isNumeric: false),
        .init("batch_normalization", "BN", isNumeric: false),
        .init("measure", "measure", isNumeric: false), .init("weight_decay", "weight decay"),
        .init("learning_rate", "learning rate"), .init("column", "column"), .init("row", "row"),
        .init("seeds", "seeds"), .init("median", "median"),
      ], rows: rows)
  }
}
