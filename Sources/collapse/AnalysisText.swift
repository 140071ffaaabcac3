import CollapseCore
import NeuralCollapse
import Pipeline
import Reporting

/// Measures as text for a terminal.
enum AnalysisText {
  /// Prints what was measured, unless it stands in files.
  static func show(
    _ outcome: AnalysisBatch.Outcome, _ result: ResultOptions, _ command: String
  ) {
    if result.json {
      guard !outcome.entries.isEmpty else { return }
      AnalysisFile.content(outcome.entries, command: command).json
        .write { StandardOutput.write($0) }
    } else if result.output == nil {
      for entry in outcome.entries { StandardOutput.print(plain(entry.record, all: result.all)) }
    }
  }

  /// What a reader looks at first.
  private static let summary: [Measure] = [
    .accuracy, .crossEntropy, .nc1Pinv, .nc2Means.etfDistance, .nc3DualityDistance, .nc4Mismatch,
    .cosines.intraMin, .cosines.interMax, .featureRms, .optimalityLogRatio, .nrc1, .nrc2, .nrc3,
  ]

  /// A block per layer and split: the measures a reader looks at first, or all of them by group,
  /// each with its value under collapse.
  static func plain(_ record: RunRecord, all: Bool) -> String {
    record.measurements.map { block($0, of: record, all: all) }.joined(separator: "\n")
  }

  private static func block(
    _ record: MeasurementRecord, of run: RunRecord, all: Bool
  ) -> String {
    let report = record.report
    let epoch = record.epoch.map { ", epoch \($0)" } ?? ""
    var lines = [
      "\(run.name), layer \(record.layer), \(record.split)\(epoch): "
        + [
          Counted.text(report.sampleCount, "sample"),
          report.classes.count == 1 ? "1 class" : "\(report.classes.count) classes",
          Counted.text(report.dimension, "feature"),
        ].joined(separator: ", "),
      "  convention \(report.convention.name) (\(report.convention.choices))",
    ]
    let shown = report.measures.filter { entry in
      all || summary.contains { $0.key == entry.key }
    }
    let width = shown.map(\.key.count).max() ?? 0
    var group: Measure.Group?
    for (key, measurement) in shown {
      let measure = Measure.named(key)
      if all, let next = measure?.group, next != group {
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
    let left = report.measures.count - shown.count
    if left > 0 { lines.append("    … and \(left) more with --all") }
    lines += report.notes.map { "  note: \($0)" }
    lines += report.warnings.map { "  warning: \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The value under collapse, or that there is none to be reached.
  private static func ideal(_ measure: Measure?, _ report: CollapseReport) -> String {
    guard let measure, let ideal = measure.underCollapse else { return "" }
    let (classes, dimension) = (report.classes.count, report.dimension)
    if let text = measure.underCollapse(classes: classes, dimension: dimension) {
      return "  (ideal \(text))"
    }
    return "  (no ideal: no simplex of \(classes) classes in \(dimension) dimensions, "
      + "else \(ideal))"
  }
}
