import CollapseCore
import Foundation

/// The density of the Hessian's eigenvalues at the last epoch, with the outliers marked.
struct SpectralDensityFigure: Figure {
  let name = "spectral-density"
  let title = "Spectral density of the Hessian"

  /// Places at which the density is drawn.
  private static let places = 400

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    let groups = study.curvatureGroups.filter {
      $0.run.curvature.last?.preferred?.density.isEmpty == false
    }
    guard !groups.isEmpty else { throw AbsentFigure(reason: "the density was not taken") }
    var rows: [[Table.Cell]] = []
    let drawn = groups.enumerated().map { index, group in
      let record = group.run.curvature.last!
      let spectrum = record.preferred!
      let curve = Self.density(spectrum.density)
      let marked = spectrum.largest.prefix(record.classes).map { (x: $0.value, y: Self.floor) }
      for (offset, points) in [curve, marked].enumerated() {
        rows += points.map { point in
          [.integer(2 * index + offset), .text(group.run.name)]
            + study.axisCells([group.run]) + [
              .text(offset == 0 ? "density" : "outlier"), .number(point.x), .number(point.y),
            ]
        }
      }
      let title = PanelTitle(
        facet: study.label(group.group.condition, on: study.shownAxes), text: title)
      let top = max(1, curve.map(\.y).max() ?? 1)
      var entries = [
        Curve(
          series: 2 * index, values: ["eigenvalue", "density"],
          style: "with lines lw 1.4 lc \(Palette.kinds[0].rgb)"
        ).command
      ]
      if !marked.isEmpty {
        entries.append(
          Curve(
            series: 2 * index + 1, values: ["eigenvalue", "density"],
            style: "with points pt 9 ps 0.7 lc \(Palette.kinds[1].rgb)",
            title: "the top \(record.classes)"
          ).command)
      }
      return Drawing.Panel(
        name: "\(index + 1)", description: title.description,
        commands: title.commands + [
          "set xlabel 'eigenvalue'", "set ylabel 'density'", GnuplotScript.labelledMargin,
          "set logscale y", "set yrange [\(Self.floor / 2):\(2 * top)]", "set format y '10^{%T}'",
        ] + (LinearAxis(curve.map(\.x))?.commands(for: "x") ?? []) + [Curve.plot(entries)])
    }
    return Drawing(
      caption:
        "The mean over random starts of the quadrature's nodes, each widened to a normal curve "
        + "of 1 % of the whole range, after the last epoch; triangles stand at the top C eigenvalues. "
        + "Of repetitions the run of the middle NC1.",
      collapse: "a bulk at zero, and as many outliers as there are classes, or one less.",
      measures: [],
      data: Table(
        name: name, caption: title,
        columns: [.init("series", "series"), .init("run", "run", isNumeric: false)]
          + study.axisColumns + [
            .init("kind", "kind", isNumeric: false), .init("eigenvalue", "eigenvalue"),
            .init("density", "density"),
          ], rows: rows), panels: drawn, columns: study.panelColumns)
  }

  /// What is drawn of nothing.
  private static let floor = 1e-7

  private static func density(
    _ quadratures: [CurvatureRecord.Quadrature]
  ) -> [(x: Double, y: Double)] {
    let nodes = quadratures.flatMap(\.nodes)
    let (low, high) = (nodes.min() ?? 0, nodes.max() ?? 0)
    let range = max(high - low, 1e-300)
    let width = range / 100
    let share = 1 / (width * (2 * Double.pi).squareRoot() * Double(quadratures.count))
    return (0..<places).map { place in
      let x = low - 0.05 * range + 1.1 * range * Double(place) / Double(places - 1)
      var sum = 0.0
      for quadrature in quadratures {
        for (node, weight) in zip(quadrature.nodes, quadrature.weights) {
          let distance = (x - node) / width
          sum += weight * exp(-distance * distance / 2)
        }
      }
      return (x, max(share * sum, floor))
    }
  }
}
