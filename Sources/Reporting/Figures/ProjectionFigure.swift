import NeuralCollapse

/// The last layer's features in the plane of three class means, over epochs.
struct ProjectionFigure: Figure {
  let name = "projection"
  let title = "Features in the plane of three class means"

  /// How many epochs of a run are shown at most.
  private static let epochLimit = 3

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    for run in Self.shown(in: study) {
      guard let projection = run.projection else { continue }
      let snapshots = Self.spaced(projection.snapshots)
      for snapshot in snapshots {
        let series = panels.count
        rows += snapshot.points.map { point in
          [
            .integer(series), .text(run.name), .integer(snapshot.epoch),
            .text(projection.classes[point.classIndex]), .integer(point.classIndex),
            .number(point.x), .number(point.y),
          ]
        }
        panels.append(Self.panel(series, run, snapshot, projection, study: study))
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "no run has features projected on the plane of three class means")
    }
    return Drawing(
      caption: "A sample of the training features of three classes, projected on the plane through "
        + "their means, at an early, a middle and the last epoch; of the runs along an axis the last "
        + "that still trains (and, where there is room, the first).",
      collapse: "each class is a single point and the three points are the corners of an "
        + "equilateral triangle.",
      measures: [Measure.nc1Pinv, .nc2Means.etfDistance].map(\.key),
      data: Table(
        name: name, caption: title,
        columns: [
          .init("series", "series"), .init("run", "run", isNumeric: false),
          .init("epoch", "epoch"), .init("class", "class", isNumeric: false),
          .init("class_index", "class index"), .init("x", "x"), .init("y", "y"),
        ], rows: rows), panels: panels, columns: 3)
  }

  /// Of every facet and kind the first and the last run along the axis of lines, of more than two
  /// kinds only the last; the trivial solution, which has no cosines, is no picture.
  private static func shown(in study: Study) -> [RunRecord] {
    let groups = study.facets.flatMap { study.kinds(of: $0.runs) }.map { kind in
      study.lines(of: kind.runs).compactMap { line in
        line.runs.first { $0.projection != nil && $0.headline?.value(.cosines.intraMin) != nil }
      }
    }.filter { !$0.isEmpty }
    return groups.flatMap { runs in
      groups.count > 2 || runs.count == 1
        ? [runs[runs.count - 1]] : [runs[0], runs[runs.count - 1]]
    }
  }

  private static func spaced(
    _ snapshots: [FeatureProjection.Snapshot]
  ) -> [FeatureProjection.Snapshot] {
    guard snapshots.count > epochLimit else { return snapshots }
    return (0..<epochLimit).map { snapshots[$0 * (snapshots.count - 1) / (epochLimit - 1)] }
  }

  private static func panel(
    _ series: Int, _ run: RunRecord, _ snapshot: FeatureProjection.Snapshot,
    _ projection: FeatureProjection, study: Study
  ) -> Drawing.Panel {
    let shapes = [7, 5, 9]
    let entries = projection.classes.indices.map { index in
      Curve(
        series: series, values: ["x", "y"],
        style: "with points pt \(shapes[index % 3]) ps 0.35 lc \(Palette.kinds[index % 3].rgb)",
        title: projection.classes[index], condition: "column('class_index')==\(index)"
      ).command
    }
    let title = study.title(of: run, also: "epoch \(snapshot.epoch)")
    let reach = 1.08 * (snapshot.points.flatMap { [abs($0.x), abs($0.y)] }.max() ?? 1)
    return Drawing.Panel(
      name: "\(series + 1)", description: "Features of \(run.name) after epoch \(snapshot.epoch)",
      size: (400, 400),
      commands: title.commands + [
        "unset lmargin", "set size ratio 1", "unset tics",
        "set xrange [\(-reach):\(reach)]", "set yrange [\(-reach):\(reach)]",
        "set key samplen 0.3 width 1", "set border 0", "set zeroaxis lt 1 lc \(Palette.grid.rgb)",
        Curve.plot(entries),
      ])
  }
}
