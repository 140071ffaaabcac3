import CollapseCore
import Pipeline
import Reporting

/// The runs that stand as a table for people.
enum CatalogText {
  /// Columns of a terminal that is not asked for its width.
  private static let width = 80

  /// - Parameter whole: whether names are written in full, however wide the table becomes.
  static func table(_ catalog: RunCatalog, whole: Bool) -> String {
    guard !catalog.runs.isEmpty else { return "no runs yet" }
    let isPlaced = catalog.runs.contains { $0.place != nil }
    let place = isPlaced ? [Table.Column("where", "where", isNumeric: false)] : []
    let columns: [Table.Column] =
      [.init("state", "state", isNumeric: false)] + place + [
        .init("epoch", "epoch"),
        .init("train_accuracy", "train acc", format: .percent(1)),
        .init("cos_intra_min", "cos intra min", format: .fixed(3)),
        .init("cos_inter_max", "cos inter max", format: .fixed(3)),
        .init("nc1_pinv", "NC1", format: .significant(3)), .init("disk", "disk"),
      ]
    let rows = catalog.runs.map { run -> [Table.Cell] in
      [
        .text(run.state.rawValue)
      ] + (isPlaced ? [.text(run.place ?? "")] : []) + [
        .text(epochs(of: run)), .init(run.trainAccuracy), .init(run.cosIntraMin),
        .init(run.cosInterMax), .init(run.nc1Pinv), .text(ByteCount.text(run.bytes)),
      ]
    }
    let values = Table(name: "runs", caption: "", columns: columns, rows: rows).plainText
      .split(separator: "\n").map(String.init)
    let head = values.count - rows.count
    let room = max(12, width - 2 - (values.map(\.count).max() ?? 0))
    let names = catalog.runs.map { whole ? $0.name : shortened($0.name, to: room) }
    let wide = names.map(\.count).max() ?? 0
    func line(_ name: String, _ values: String) -> String {
      name + String(repeating: " ", count: max(0, wide - name.count) + 2) + values
    }
    var lines = values[..<head].enumerated().map { index, text in
      line(
        index == head - 1 ? String(repeating: "─", count: wide) : index == head - 2 ? "run" : "",
        text)
    }
    var pipeline: String?
    for (index, run) in catalog.runs.enumerated() {
      if run.pipeline != pipeline {
        pipeline = run.pipeline
        lines.append(run.pipeline.isEmpty ? "collapse train:" : "\(run.pipeline):")
      }
      lines.append(line(names[index], values[head + index]))
    }
    let bytes = catalog.runs.reduce(0) { $0 + $1.bytes }
    lines += ["", "\(Counted.text(catalog.runs.count, "run")), \(ByteCount.text(bytes))"]
    lines += catalog.runs.compactMap { run in run.problem.map { "\(run.name): \($0)" } }
    return lines.joined(separator: "\n")
  }

  /// Both ends of a name: the beginning says what the grid gave the run, the end tells it from all
  /// others.
  private static func shortened(_ name: String, to length: Int) -> String {
    guard name.count > length else { return name }
    let end = min(8, length - 3)
    return name.prefix(length - end - 1) + "…" + name.suffix(end)
  }

  private static func epochs(of run: RunCatalog.Run) -> String {
    if let parts = run.parts, let count = run.partCount { return "\(parts)/\(count) parts" }
    let done = run.epoch ?? 0
    return run.epochs.map { "\(done)/\($0)" } ?? "\(done)"
  }
}

extension RunCatalog.Run {
  /// The machine that works on it, or the job that is to.
  fileprivate var place: String? {
    switch state {
    case .running: host
    case .waiting, .requeued: job.map { "job \($0)" + (reason.map { " (\($0))" } ?? "") }
    default: nil
    }
  }
}
