import CollapseCore
import NeuralCollapse

/// Measures against the depth of the layer, a line per value of the lines' axis.
struct DepthFigure: Figure {
  let name = "depth"
  let title = "Collapse by layer depth"

  private static let measures: [(measure: Measure, label: String, isLogarithmic: Bool)] = [
    (.nc1Pinv, "NC1 variability", true),
    (.cosines.intraMin, "Min. intra-class cosine", false),
    (.nc4NccAccuracy, "Nearest-mean accuracy", false),
  ]

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    var series = 0
    for (index, facet) in study.facets.enumerated() {
      for (measure, label, isLogarithmic) in Self.measures {
        let kinds = study.kinds(of: facet.runs).map { kind in
          (kind, Self.lines(of: study, kind.runs, measure))
        }
        let lines = kinds.flatMap(\.1)
        let values = lines.flatMap { $0.points.map(\.spread.median) }
        guard lines.contains(where: { $0.points.count > 1 }) else { continue }
        let logarithmic =
          isLogarithmic ? LogarithmicAxis(values, isVertical: true) : nil
        let scale =
          logarithmic?.commands(for: "y") ?? LinearAxis(values)?.commands(for: "y") ?? []
        for (kind, own) in kinds where !own.isEmpty {
          let first = series
          for line in own {
            rows += line.points.map { point in
              [.integer(series), .text(measure.key)] + study.axisCells(line.group.runs) + [
                .integer(point.layerIndex), .text(point.layer), .integer(point.dimension),
                .integer(point.spread.count), .number(point.spread.median),
                .number(point.spread.low), .number(point.spread.high),
                .init(
                  logarithmic.map { $0.position(point.spread.median) } ?? point.spread.median),
              ]
            }
            series += 1
          }
          let title = study.title(label, facet: facet, kind: kind)
          let place = study.kind.flatMap { kind.condition[$0.name]?.description } ?? "runs"
          panels.append(
            Self.panel(
              "\(index + 1)-\(place)-\(measure.key)".safeFileName, title: title,
              lines: own, firstSeries: first, scale: scale, study: study))
        }
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "only one layer was measured")
    }
    return Drawing(
      caption: "Medians over seeds at the last epoch, training data, from the first layer measured "
        + "to the last before the classifier, with the number of features d of each. "
        + Self.caution(study),
      collapse: "NC1 falls and both the intra-class cosine and the nearest-class-mean accuracy "
        + "rise to 1, the earlier in the network the stronger the collapse.",
      measures: Self.measures.map(\.measure.key), data: Self.table(rows, study), panels: panels,
      columns: study.panelColumns)
  }

  /// What layers of other sizes do to the comparison.
  private static func caution(_ study: Study) -> String {
    let sizes = study.runs.flatMap { run in
      run.mainSplit.map { run.depthProfile(split: $0).map(\.report.dimension) } ?? []
    }
    guard let least = sizes.min(), let largest = sizes.max(), least < largest else {
      return "All have \(sizes.first ?? 0) features."
    }
    return "They have \(least) to \(largest) features: NC1 and cosines of layers that differ "
      + "in size, feature maps above all, are compared with care."
  }

  private struct Point {
    var layerIndex: Int
    var layer: String
    var dimension: Int
    var spread: Spread
  }

  private struct Line {
    var group: Study.Group
    var points: [Point]
  }

  private static func lines(of study: Study, _ runs: [RunRecord], _ measure: Measure) -> [Line] {
    study.lines(of: runs).compactMap { group in
      let records = group.runs.flatMap { run in
        run.mainSplit.map { run.depthProfile(split: $0) } ?? []
      }
      let layers = Dictionary(grouping: records, by: \.layerIndex).sorted { $0.key < $1.key }
      let points = layers.compactMap { index, records in
        Spread(records.compactMap { $0.value(measure) }).map {
          Point(
            layerIndex: index, layer: records[0].layer, dimension: records[0].report.dimension,
            spread: $0)
        }
      }
      return points.isEmpty ? nil : Line(group: group, points: points)
    }
  }

  private static func panel(
    _ name: String, title: PanelTitle, lines: [Line], firstSeries: Int, scale: [String],
    study: Study
  ) -> Drawing.Panel {
    let curves = lines.enumerated().map { offset, line in
      Curve(
        series: firstSeries + offset, values: ["layer_index", "y"],
        style: "with linespoints pt 7 ps 0.4 lw 1.6 lc \(study.ink(line: line.group).rgb)",
        title: study.lineLabel(line.group)
      ).command
    }
    var layers: [Int: Point] = [:]
    for point in lines.flatMap(\.points) { layers[point.layerIndex] = point }
    let indices = layers.keys.sorted()
    let step = max(1, (indices.count + 4) / 5)
    let ticks = stride(from: indices.count - 1, through: 0, by: -step).map { place in
      let layer = layers[indices[place]]!
      let name = Self.name(of: layer.layer, place: place + 1)
      return
        "\(GnuplotText.literal(name)).\"\\n\".\(GnuplotText.literal("d=\(layer.dimension)")) "
        + "\(indices[place])"
    }
    return Drawing.Panel(
      name: name, description: "\(title.description), against layer",
      commands: title.commands + [
        "set xlabel \(GnuplotText.literal(study.axisLabel("layer"))) offset 0,0.4",
        "set xrange [\(indices.first!)-0.3:\(indices.last!)+0.3]",
        "set xtics (\(ticks.joined(separator: ", "))) nomirror font tiny",
      ] + scale + [Curve.plot(curves)])
  }

  /// What a layer is called below the axis. Layers of a plain network are numbered through with its
  /// normalizations and activations, `features.5`, which nobody counts: they are called by their
  /// place among those that were measured. A block has a name of its own, `layer1.0`.
  private static func name(of layer: String, place: Int) -> String {
    let parts = layer.split(separator: ".")
    if parts.count == 2, parts[0] == "features", Int(parts[1]) != nil { return "layer \(place)" }
    return layer.count > 11 ? "…" + layer.suffix(10) : layer
  }

  private static func table(_ rows: [[Table.Cell]], _ study: Study) -> Table {
    Table(
      name: "depth", caption: "Measures against layer depth",
      columns: [.init("series", "series"), .init("measure", "measure", isNumeric: false)]
        + study.axisColumns + [
          .init("layer_index", "layer index"), .init("layer", "layer", isNumeric: false),
          .init("features", "features"), .init("seeds", "seeds"), .init("median", "median"),
          .init("low", "low"), .init("high", "high"), .init("y", "y"),
        ], rows: rows)
  }
}
