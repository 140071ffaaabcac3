import CollapseCore
import NeuralCollapse
import Pipeline
import Reporting

/// Measures as text for a terminal, and as JSON for programs.
enum AnalysisText {
  /// One block per layer and split: the measures by group, each with its value under collapse.
  static func plain(_ record: RunRecord) -> String {
    record.measurements.map { measurement in
      let report = measurement.report
      var lines = [
        "\(record.name), layer \(measurement.layer), \(measurement.split): "
          + "\(report.sampleCount) samples, \(report.classes.count) classes, "
          + "\(report.dimension) features",
        "  convention \(report.convention.name) (\(report.convention.choices))",
      ]
      let width = report.measures.map(\.key.count).max() ?? 0
      var group: Measure.Group?
      for (key, measurement) in report.measures {
        let measure = Measure.catalogue.first { $0.key == key }
        if let next = measure?.group, next != group {
          group = next
          lines.append("\n  \(next.rawValue)")
        }
        let padded = key + String(repeating: " ", count: width - key.count)
        switch measurement {
        case .value(let value):
          let ideal = AnalysisText.ideal(measure, report)
          lines.append("    \(padded)  \(NumberFormat.significant(6).text(value))\(ideal)")
        case .undefined(let reason): lines.append("    \(padded)  – (\(reason))")
        }
      }
      lines += report.notes.map { "  note: \($0)" }
      lines += report.warnings.map { "  warning: \($0)" }
      return lines.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  /// The value under collapse, or that there is none to be reached.
  private static func ideal(_ measure: Measure?, _ report: CollapseReport) -> String {
    guard let measure, let ideal = measure.underCollapse else { return "" }
    let (classes, dimension) = (report.classes.count, report.dimension)
    if let text = measure.underCollapse(classes: classes, dimension: dimension) {
      return "  [\(text)]"
    }
    return "  [–: no simplex of \(classes) classes in \(dimension) dimensions, else \(ideal)]"
  }

  /// An array with an object per file, layer and split.
  static func json(_ entries: [AnalysisBatch.Entry]) -> OrderedJSON {
    OrderedJSON.array(
      entries.flatMap { entry in
        entry.record.measurements.map { measurement in
          .object([
            ("file", .string(entry.path)), ("epoch", .integer(measurement.epoch)),
            ("layer", .string(measurement.layer)), ("split", .string(measurement.split)),
            ("report", measurement.report.json),
          ])
        }
      })
  }
}
