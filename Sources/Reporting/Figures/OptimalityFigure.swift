import CollapseCore
import NeuralCollapse

/// What the near-optimality guarantees say: the loss's distance from its optimum against the
/// spread within classes, and the spread against the certificate that bounds it.
struct OptimalityFigure: Figure {
  let name = "optimality"
  let title = "Near-optimal loss and collapse"

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    let points = Self.points(of: study)
    var panels: [Drawing.Panel] = []
    let loss = points.filter { ($0.logRatio ?? 0) > 0 && ($0.deficit ?? 0) > 0 }
    if let x = LogarithmicAxis(loss.compactMap(\.logRatio)),
      let y = LogarithmicAxis(loss.compactMap(\.deficit), isVertical: true)
    {
      panels.append(
        Self.panel(
          "loss", points, study, x, y, values: ("log_ratio", "deficit"),
          title: "Spread of directions against the loss",
          xLabel: "log (loss / optimal loss)", yLabel: "1 − minimum intra-class cosine"))
    }
    let certified = points.filter { ($0.misalignment ?? 0) > 0 && ($0.within ?? 0) > 0 }
    if let x = LogarithmicAxis(certified.compactMap(\.misalignment)),
      let y = LogarithmicAxis(
        certified.compactMap(\.within) + certified.compactMap { $0.misalignment.map(Self.bound) },
        isVertical: true)
    {
      panels.append(
        Self.panel(
          "certificate", points, study, x, y, values: ("misalignment", "within"),
          title: "Within-class share of the norm and its bound",
          xLabel: "1 − alignment ρ", yLabel: "within-class share of the norm",
          bound: "x<1 ? x*(2-x) : 1"))
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "no run was measured with a classifier")
    }
    return Drawing(
      caption: "A mark per run at its last epoch, dots for the epochs before; last layer, training "
        + "data. Right: the certificate is the curve 1 − ρ²; nothing can lie above it.",
      collapse: "marks run down to the lower left corner: the loss at its optimum, no spread "
        + "within classes and features aligned with the classifier.",
      measures: [
        Measure.optimalityLogRatio, .cosines.intraDeficitMax, .alignment, .withinNormFraction,
        .collapseCertificate,
      ].map(\.key),
      data: Self.table(points, study), panels: panels, columns: 2)
  }

  private static func bound(_ misalignment: Double) -> Double {
    misalignment < 1 ? misalignment * (2 - misalignment) : 1
  }

  private struct Point {
    var run: RunRecord
    var series: Int
    var epoch: Int?
    var isLast: Bool
    var logRatio: Double?
    var deficit: Double?
    var misalignment: Double?
    var within: Double?
  }

  /// The points of each kind of runs, whose place is their series.
  private static func points(of study: Study) -> [Point] {
    var series = -1
    return study.kinds(of: study.runs).flatMap { kind -> [Point] in
      let trajectories = kind.runs.map { run in
        (run, run.mainSplit.map { run.trajectory(split: $0) } ?? [])
      }.filter { !$0.1.isEmpty }
      if !trajectories.isEmpty { series += 1 }
      return trajectories.flatMap { run, trajectory in
        trajectory.map { record in
          Point(
            run: run, series: series, epoch: record.epoch,
            isLast: record.epoch == trajectory.last?.epoch,
            logRatio: record.value(.optimalityLogRatio),
            deficit: record.value(.cosines.intraDeficitMax),
            misalignment: misalignment(record), within: record.value(.withinNormFraction))
        }
      }
    }
  }

  /// 1 − ρ, from the certificate 1 − ρ² where that keeps the digits which 1 − ρ would lose.
  private static func misalignment(_ record: MeasurementRecord) -> Double? {
    guard let alignment = record.value(.alignment) else { return nil }
    if alignment > 0, let certificate = record.value(.collapseCertificate) {
      return certificate / (1 + alignment)
    }
    return 1 - alignment
  }

  private static func table(_ points: [Point], _ study: Study) -> Table {
    Table(
      name: "optimality", caption: "Distance from the optimal loss, and collapse",
      columns: [.init("series", "series")] + study.axisColumns.filter { $0.key != StudyAxis.run }
        + [
          .init("run", "run", isNumeric: false), .init("epoch", "epoch"), .init("last", "last"),
          .init("log_ratio", "log ratio"), .init("deficit", "1 − cos intra min"),
          .init("misalignment", "1 − alignment"), .init("within", "within-norm fraction"),
        ],
      rows: points.map { point in
        [.integer(point.series)]
          + zip(study.axisColumns, study.axisCells([point.run]))
          .filter { $0.0.key != StudyAxis.run }.map(\.1) + [
            .text(point.run.name), .init(point.epoch), .integer(point.isLast ? 1 : 0),
            .init(point.logRatio), .init(point.deficit), .init(point.misalignment),
            .init(point.within),
          ]
      })
  }

  private static func panel(
    _ name: String, _ points: [Point], _ study: Study, _ x: LogarithmicAxis, _ y: LogarithmicAxis,
    values: (x: String, y: String), title: String, xLabel: String, yLabel: String,
    bound: String? = nil
  ) -> Drawing.Panel {
    var entries: [String] = []
    if let bound {
      entries.append(
        "\(bound) with lines dt 2 lw 1.4 lc \(Palette.ideal.rgb) title 'bound: 1 − ρ²'")
    }
    let hasHistory = points.contains { !$0.isLast }
    let series = Dictionary(grouping: points, by: \.series)
    for (series, points) in series.sorted(by: { $0.key < $1.key }) {
      guard let kind = study.kinds(of: [points[0].run]).first else { continue }
      let ink = study.ink(kind: kind).rgb
      var curve = Curve(
        series: series, values: [values.x, values.y],
        style: "with points pt 7 ps 0.18 lc \(ink)", condition: "column('last')==0")
      if hasHistory { entries.append(curve.command) }
      curve.style = "with points pt \(study.shape(kind: kind)) ps 0.75 lc \(ink)"
      curve.condition = "column('last')==1"
      curve.title = study.kind.map { $0.label(kind.condition[$0.name]) } ?? "runs"
      entries.append(curve.command)
    }
    return Drawing.Panel(
      name: name, description: title,
      commands: [
        "set title \(GnuplotText.literal(title))", "set xlabel \(GnuplotText.literal(xLabel))",
        GnuplotScript.labelledMargin,
        "set ylabel \(GnuplotText.literal(yLabel))", "set samples 300", "set key maxrows 2",
      ] + x.commands(for: "x") + y.commands(for: "y") + [Curve.plot(entries)])
  }
}
