import CollapseCore
import NeuralCollapse

/// Eigenvalues of the Hessian at both ends against the epoch, with the bound on the error of each.
struct CurvatureFigure: Figure {
  let name = "curvature"
  let title = "Eigenvalues of the Hessian"

  private struct Line {
    let run: RunRecord
    /// From 1 at the upper end, from −1 at the lower.
    let rank: Int
    /// Epochs done, with the part of the one at hand.
    let points: [(place: Double, record: CurvatureRecord, eigenvalue: CurvatureRecord.Eigenvalue)]
  }

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    let groups = study.curvatureGroups
    let panels = groups.map { group in Self.lines(of: group.run) }
    let lines = panels.flatMap(\.self)
    guard
      let epochs = LogarithmicAxis(lines.flatMap { $0.points.map(\.place) }),
      let sizes = LogarithmicAxis(
        lines.flatMap { $0.points.map { abs($0.eigenvalue.value) } }, isVertical: true)
    else { throw AbsentFigure(reason: "the curvature was not taken") }
    var rows: [[Table.Cell]] = []
    var series = 0
    let drawn = zip(groups, panels).enumerated().map { index, pair in
      let (group, own) = pair
      let most = max(1, own.map(\.rank).max() ?? 1)
      let inks = Palette.sequence(most)
      let curves = own.map { line in
        rows += line.points.map { point in
          [.integer(series), .text(line.run.name)] + study.axisCells([line.run]) + [
            .integer(line.rank), .init(point.record.epoch), .init(point.record.step),
            .number(point.eigenvalue.value), .number(point.eigenvalue.bound),
            .init(epochs.position(point.place)),
            .init(sizes.position(abs(point.eigenvalue.value))),
          ]
        }
        let ink = line.rank > 0 ? inks[line.rank - 1] : Palette.ideal
        let style =
          "with yerrorlines pt 7 ps 0.3 lw 1.2 lc \(ink.rgb)" + (line.rank > 0 ? "" : " dt 2")
        defer { series += 1 }
        return Curve(series: series, values: ["x", "y", "bound"], style: style).command
      }
      let title = PanelTitle(
        facet: study.label(group.group.condition, on: study.shownAxes), text: title)
      return Drawing.Panel(
        name: "\(index + 1)", description: "\(title.description), against the epoch",
        commands: title.commands + [
          "set xlabel 'epoch'",
          "set ylabel 'size'", GnuplotScript.labelledMargin,
        ] + epochs.commands(for: "x") + sizes.commands(for: "y") + [Curve.plot(curves)])
    }
    return Drawing(
      caption:
        "The largest eigenvalues of the Hessian of the training loss, dark for the first, and "
        + "the size of the most negative ones, dashed, with the bound on the error of each. Of "
        + "repetitions the run of the middle NC1.",
      collapse: "C−1 or C eigenvalues stand apart from the rest; all fall with the loss.",
      measures: [], data: Self.table(rows, study), panels: drawn, columns: study.panelColumns)
  }

  private static func lines(of run: RunRecord) -> [Line] {
    func line(_ rank: Int, _ find: (CurvatureRecord.Spectrum) -> CurvatureRecord.Eigenvalue?)
      -> Line
    {
      let points = run.curvature.compactMap { record in
        record.preferred.flatMap(find).flatMap { found in
          (record.place ?? record.epoch.map(Double.init)).map { ($0, record, found) }
        }
      }
      return Line(
        run: run, rank: rank,
        points: points.map { (place: $0.0, record: $0.1, eigenvalue: $0.2) })
    }
    let most = run.curvature.compactMap { $0.preferred?.largest.count }.max() ?? 0
    let least = run.curvature.compactMap { $0.preferred?.smallest.count }.max() ?? 0
    return (0..<most).map { index in
      line(index + 1) { index < $0.largest.count ? $0.largest[index] : nil }
    }
      + (0..<least).map { index in
        line(-index - 1) {
          index < $0.smallest.count && $0.smallest[index].value < 0 ? $0.smallest[index] : nil
        }
      }.filter { !$0.points.isEmpty }
  }

  private static func table(_ rows: [[Table.Cell]], _ study: Study) -> Table {
    Table(
      name: "curvature", caption: "Eigenvalues of the Hessian",
      columns: [.init("series", "series"), .init("run", "run", isNumeric: false)]
        + study.axisColumns + [
          .init("rank", "rank"), .init("epoch", "epoch"), .init("step", "step"),
          .init("eigenvalue", "eigenvalue"), .init("bound", "bound"), .init("x", "x"),
          .init("y", "y"),
        ], rows: rows)
  }
}

extension CurvatureRecord {
  /// The spectrum that is shown: the Hessian's, or that of what was asked for in its place.
  var preferred: Spectrum? { self["hessian"] ?? spectra.first }
}

extension Study {
  /// The run that stands for each condition of runs whose curvature was taken.
  var curvatureGroups: [(group: Group, run: RunRecord)] {
    groups(by: shownAxes).compactMap { group in
      Study.representative(of: group.runs.filter { !$0.curvature.isEmpty }, by: .nc1Pinv)
        .map { (group, $0) }
    }
  }
}
