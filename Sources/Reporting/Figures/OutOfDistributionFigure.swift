import CollapseCore
import NeuralCollapse

/// How the scores NECO and NCI of the rows of the classes differ from those of each
/// out-of-distribution set: histograms, and the receiver operating characteristic beside them.
struct OutOfDistributionFigure: Figure {
  let name = "out-of-distribution"
  let title = "Out-of-distribution scores"

  private static let names = [
    "neco": "NECO", "neco_logit": "NECO × largest logit", "nci": "NCI",
  ]
  private static let rateSuffix = "_roc_false_positives"

  /// The set and the score of a series' key `ood_<set>_<score>_roc_false_positives`.
  private static func parts(of key: String) -> (set: String, score: String)? {
    guard key.hasPrefix("ood_"), key.hasSuffix(rateSuffix) else { return nil }
    let middle = key.dropFirst(4).dropLast(rateSuffix.count)
    // The longest first: a score's name may end with another's.
    for score in names.keys.sorted(by: { ($0.count, $0) > ($1.count, $1) })
    where middle.hasSuffix("_" + score) {
      return (String(middle.dropLast(score.count + 1)), score)
    }
    return nil
  }

  /// The keys `ood_<set>_<score>` that some run of `study` has curves for.
  private static func scores(of study: Study) -> [(key: String, set: String, score: String)] {
    let keys = Set(study.runs.flatMap { $0.headline?.report.series.keys.map { $0 } ?? [] })
    return keys.sorted().compactMap { key in
      parts(of: key).map { (String(key.dropLast(rateSuffix.count)), $0.set, $0.score) }
    }
  }

  /// Whether `study` has anything to show here.
  static func isAbout(_ study: Study) -> Bool { !scores(of: study).isEmpty }

  func drawing(of study: Study) throws(AbsentFigure) -> Drawing {
    let scores = Self.scores(of: study)
    guard !scores.isEmpty else {
      throw AbsentFigure(reason: "no out-of-distribution set was given")
    }
    var rows: [[Table.Cell]] = []
    var panels: [Drawing.Panel] = []
    for (key, set, score) in scores {
      let word = Self.names[score] ?? score
      func add(
        _ points: [(x: Double, y: Double)], _ line: RepresentativeCurves.Line, _ curve: String
      )
        -> Int
      {
        let series = (rows.last?.first.flatMap(\.integer) ?? -1) + 1
        rows += points.map {
          [.integer(series), .text(line.run.name), .text(set), .text(score), .text(curve)]
            + study.axisCells([line.run]) + [.number($0.x), .number($0.y)]
        }
        return series
      }
      func report(_ line: RepresentativeCurves.Line, _ suffix: String) -> [Double] {
        line.run.headline?.report.series[key + suffix] ?? []
      }
      let curves = RepresentativeCurves(of: study) { record in
        zip(
          record.report.series[key + Self.rateSuffix] ?? [],
          record.report.series[key + "_roc_true_positives"] ?? []
        ).map { (x: $0, y: $1) }
      }
      for panel in curves.panels {
        var histograms: [String] = []
        var rates: [String] = []
        var edges: [Double] = []
        for line in panel.lines {
          let ink = study.ink(line: line.group).rgb
          let places = report(line, "_edges")
          edges += places
          for (curve, suffix, dash) in [
            ("of the classes", "_inner_shares", ""), (set, "_outer_shares", " dt 2"),
          ] {
            let shares = report(line, suffix)
            // The last share once more, where the last bin ends.
            let steps = zip(places, shares + shares.suffix(1)).map { (x: $0, y: $1) }
            guard !steps.isEmpty else { continue }
            let label = [study.lineLabel(line.group), curve].compactMap { $0 }
              .filter { !$0.isEmpty }.joined(separator: ", ")
            histograms.append(
              Curve(
                series: add(steps, line, curve), values: ["x", "y"],
                style: "with steps lw 1.6\(dash) lc \(ink)", title: label
              ).command)
          }
          rates.append(
            Curve(
              series: add(line.points, line, "rates"), values: ["x", "y"],
              style: "with lines lw 1.6 lc \(ink)", title: study.lineLabel(line.group)
            ).command)
        }
        let number = panels.count / 2 + 1
        let scoresTitle = study.title("\(word), \(set)", facet: panel.facet, kind: panel.kind)
        if let axis = LinearAxis(edges), !histograms.isEmpty {
          panels.append(
            Drawing.Panel(
              name: "\(number)-scores-\(set)-\(score)".safeFileName,
              description: "\(scoresTitle.description), histograms",
              commands: scoresTitle.commands + axis.commands(for: "x") + [
                "set xlabel \(GnuplotText.literal("\(word) score"))",
                "set ylabel 'share of rows'", GnuplotScript.labelledMargin, "set yrange [0:*]",
                Curve.plot(histograms),
              ]))
        }
        panels.append(
          Drawing.Panel(
            name: "\(number)-rates-\(set)-\(score)".safeFileName,
            description: "\(scoresTitle.description), receiver operating characteristic",
            commands: scoresTitle.commands + [
              "set xlabel 'share of the other set above the threshold'",
              "set ylabel 'share of the classes above'", GnuplotScript.labelledMargin,
              "set xrange [0:1]", "set yrange [0:1.02]",
              "set arrow from 0,0 to 1,1 nohead dt 3 lw 1.2 lc \(Palette.ideal.rgb)",
              Curve.plot(rates),
            ]))
      }
    }
    guard !panels.isEmpty else {
      throw AbsentFigure(reason: "the last epoch was not measured with an out-of-distribution set")
    }
    return Drawing(
      caption: "Left the scores of the rows of the classes, solid, and of the other set, dashed; "
        + "right the share of the classes' rows above a threshold against that of the other set's, "
        + "as the threshold falls. The dotted diagonal is a score that says nothing. Of repetitions "
        + "the run of the middle NC1.",
      collapse:
        "features of the classes lie in the span of their means, those of other sets mostly "
        + "outside: the curve goes up the left edge, and the area under it is 1.",
      measures: scores.flatMap { [$0.key + "_auroc", $0.key + "_fpr95"] },
      data: Table(
        name: name, caption: title,
        columns: [
          .init("series", "series"), .init("run", "run", isNumeric: false),
          .init("set", "set", isNumeric: false), .init("score", "score", isNumeric: false),
          .init("curve", "curve", isNumeric: false),
        ] + study.axisColumns + [.init("x", "x"), .init("y", "y")], rows: rows),
      panels: panels, columns: 2)
  }
}

extension Table.Cell {
  fileprivate var integer: Int? {
    if case .integer(let value) = self { value } else { nil }
  }
}
