/// Curves of single runs, one per weight decay and a panel per kind of batch normalization: of
/// repetitions the run of the middle NC1 is drawn.
struct RepresentativeCurves {
  /// The points of one run.
  struct Line {
    var run: RunRecord
    var points: [(x: Double, y: Double)]
  }

  /// The runs of one panel.
  struct Group {
    var facet: Setting.Facet
    var batchNormalization: String?
    var lines: [Line]
  }

  let groups: [Group]

  /// The curves for which `points` finds at least two points in the run's headline record.
  init(of study: Study, points: (MeasurementRecord) -> [(x: Double, y: Double)]) {
    var groups: [Group] = []
    for (setting, runs) in study.settings {
      let measured = runs.filter { $0.headline.map { points($0).count > 1 } ?? false }
      guard let run = Study.representative(of: measured, by: "nc1_pinv"),
        let record = run.headline
      else { continue }
      let line = Line(run: run, points: points(record))
      if let last = groups.indices.last, groups[last].facet == setting.facet,
        groups[last].batchNormalization == setting.batchNormalization
      {
        groups[last].lines.append(line)
      } else {
        groups.append(
          Group(facet: setting.facet, batchNormalization: setting.batchNormalization, lines: [line])
        )
      }
    }
    self.groups = groups
  }

  var lines: [Line] { groups.flatMap(\.lines) }

  /// The data with `series` counting the lines.
  func table(name: String, caption: String, x: String, y: String) -> Table {
    Table(
      name: name, caption: caption,
      columns: [
        .init("series", "series"), .init("run", "run", isNumeric: false),
        .init("batch_normalization", "BN", isNumeric: false),
        .init("weight_decay", "weight decay"), .init(x, x), .init(y, y),
      ],
      rows: lines.enumerated().flatMap { series, line in
        line.points.map { point in
          [
            .integer(series), .text(line.run.name), .init(line.run.batchNormalization),
            .init(line.run.weightDecay), .number(point.x), .number(point.y),
          ]
        }
      })
  }

  /// A panel per group.
  ///
  /// - Parameters:
  ///   - style: gnuplot's style of lines.
  ///   - commands: ranges and labels, and lines of the plot besides the data.
  func panels(
    of study: Study, title: String, x: String, y: String, style: String,
    commands: (Group) -> (setup: [String], entries: [String])
  ) -> [Drawing.Panel] {
    let inks = Palette.sequence(max(study.weightDecays.count, 1))
    var series = 0
    return groups.enumerated().map { index, group in
      let (setup, entries) = commands(group)
      var curves = entries
      for line in group.lines {
        let place = line.run.weightDecay.flatMap(study.weightDecays.firstIndex(of:)) ?? 0
        curves.append(
          Curve(
            series: series, values: [x, y], style: "\(style) lc \(inks[place].rgb)",
            title: line.run.weightDecay == nil
              ? line.run.name : Study.label(weightDecay: line.run.weightDecay)
          ).command)
        series += 1
      }
      let title = study.title(
        BatchNormalizationLabel.title(title, group.batchNormalization), in: group.facet)
      return Drawing.Panel(
        name: "\(index + 1)", description: title.description,
        commands: title.commands + setup
          + [Curve.plot(curves)])
    }
  }
}
