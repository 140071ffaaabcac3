/// Measures against the depth of the layer, a line per weight decay.
struct DepthFigure: Figure {
  let name = "depth"
  let title = "Collapse by layer depth"

  private static let measures = [
    (key: "nc1_pinv", label: "NC1 variability", isLogarithmic: true),
    (key: "cos_intra_min", label: "Min. intra-class cosine", isLogarithmic: false),
    (key: "nc4_ncc_accuracy", label: "Nearest-mean accuracy", isLogarithmic: false),
  ]

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    for (facetIndex, facet) in study.facets.enumerated() {
      for measure in Self.measures {
        let lines = Self.lines(of: study, facet, measure.key)
        let values = lines.flatMap { $0.points.map(\.spread.median) }
        guard lines.contains(where: { $0.points.count > 1 }) else { continue }
        let logarithmic =
          measure.isLogarithmic ? LogarithmicAxis(values, isVertical: true) : nil
        let scale =
          logarithmic?.commands(for: "y")
          ?? LinearAxis(values).map { [$0.command(for: "y")] } ?? []
        for kind in study.batchNormalizations {
          let own = lines.filter { $0.batchNormalization == kind }
          guard !own.isEmpty else { continue }
          let first = rows.map { $0[0].number ?? 0 }.max().map { Int($0) + 1 } ?? 0
          for (offset, line) in own.enumerated() {
            rows += line.points.map { point in
              [
                .integer(first + offset), .text(study.label(facet)), .init(kind),
                .init(line.weightDecay), .text(measure.key), .integer(point.layerIndex),
                .text(point.layer), .integer(point.spread.count), .number(point.spread.median),
                .number(point.spread.low), .number(point.spread.high),
                .init(
                  logarithmic.map { $0.position(point.spread.median) } ?? point.spread.median),
              ]
            }
          }
          let title = study.title(
            BatchNormalizationLabel.title(measure.label, kind), in: facet)
          panels.append(
            Self.panel(
              "\(facetIndex + 1)-\(kind ?? "runs")-\(measure.key)".safeFileName, title: title,
              lines: own, firstSeries: first, scale: scale, study: study))
        }
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "only one layer was measured")
    }
    return Drawing(
      caption: "Medians over seeds at the last epoch, training data, from the first layer measured "
        + "to the last before the classifier; a line per weight decay.",
      collapse: "NC1 falls and both the intra-class cosine and the nearest-class-mean accuracy "
        + "rise to 1, the earlier in the network the stronger the collapse.",
      measures: Self.measures.map(\.key), data: Self.table(rows), panels: panels,
      columns: study.panelColumns)
  }

  private struct Line {
    var batchNormalization: String?
    var weightDecay: Double?
    var points: [(layerIndex: Int, layer: String, spread: Spread)]
  }

  private static func lines(of study: Study, _ facet: Setting.Facet, _ measure: String) -> [Line] {
    study.settings.filter { $0.setting.facet == facet }.compactMap { setting, runs in
      let records = runs.flatMap { run in
        run.mainSplit.map { run.depthProfile(split: $0) } ?? []
      }
      let layers = Dictionary(grouping: records, by: \.layerIndex).sorted { $0.key < $1.key }
      let points = layers.compactMap { index, records in
        Spread(records.compactMap { $0.value(measure) }).map { (index, records[0].layer, $0) }
      }
      return points.isEmpty
        ? nil
        : Line(
          batchNormalization: setting.batchNormalization, weightDecay: setting.weightDecay,
          points: points)
    }
  }

  private static func panel(
    _ name: String, title: PanelTitle, lines: [Line], firstSeries: Int, scale: [String],
    study: Study
  ) -> Drawing.Panel {
    let inks = Palette.sequence(max(study.weightDecays.count, 1))
    let curves = lines.enumerated().map { offset, line in
      let place = line.weightDecay.flatMap(study.weightDecays.firstIndex(of:)) ?? 0
      return Curve(
        series: firstSeries + offset, values: ["layer_index", "y"],
        style: "with linespoints pt 7 ps 0.4 lw 1.6 lc \(inks[place].rgb)",
        title: Study.label(weightDecay: line.weightDecay)
      ).command
    }
    var names: [Int: String] = [:]
    for point in lines.flatMap(\.points) { names[point.layerIndex] = point.layer }
    let indices = names.keys.sorted()
    let step = max(1, (indices.count + 5) / 6)
    let ticks = stride(from: indices.count - 1, through: 0, by: -step).map { place in
      "\(GnuplotText.literal(names[indices[place]]!)) \(indices[place])"
    }
    return Drawing.Panel(
      name: name, description: "\(title.description), against layer",
      commands: title.commands + [
        "set xlabel \(GnuplotText.literal(study.axisLabel("layer")))",
        "set xrange [\(indices.first!)-0.15:\(indices.last!)+0.15]",
        "set xtics (\(ticks.joined(separator: ", "))) nomirror font ',11'",
      ] + scale + [Curve.plot(curves)])
  }

  private static func table(_ rows: [[Table.Cell]]) -> Table {
    Table(
      name: "depth", caption: "Measures against layer depth",
      columns: [
        .init("series", "series"), .init("setting", "setting", isNumeric: false),
        .init("batch_normalization", "BN", isNumeric: false),
        .init("weight_decay", "weight decay"), .init("measure", "measure", isNumeric: false),
        .init("layer_index", "layer index"), .init("layer", "layer", isNumeric: false),
        .init("seeds", "seeds"), .init("median", "median"), .init("low", "low"),
        .init("high", "high"), .init("y", "y"),
      ], rows: rows)
  }
}
