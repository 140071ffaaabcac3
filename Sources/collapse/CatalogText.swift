import CollapseCore
import Pipeline
import Reporting

/// The runs that stand as a table for people.
enum CatalogText {
  static func table(_ catalog: RunCatalog) -> String {
    let columns: [Table.Column] = [
      .init("pipeline", "pipeline", isNumeric: false), .init("run", "run", isNumeric: false),
      .init("state", "state", isNumeric: false), .init("epoch", "epoch", isNumeric: false),
      .init("train_accuracy", "train acc", format: .percent(1)),
      .init("cos_intra_min", "cos intra min", format: .fixed(3)),
      .init("cos_inter_max", "cos inter max", format: .fixed(3)),
      .init("nc1_pinv", "nc1_pinv", format: .significant(3)),
      .init("disk", "disk", isNumeric: false),
    ]
    let rows = catalog.runs.map { run -> [Table.Cell] in
      [
        .text(run.pipeline), .text(run.name), .text(run.state.rawValue), .text(epochs(of: run)),
        number(run.trainAccuracy), number(run.cosIntraMin), number(run.cosInterMax),
        number(run.nc1Pinv), .text(ByteCount.text(run.bytes)),
      ]
    }
    let bytes = catalog.runs.reduce(0) { $0 + $1.bytes }
    let table = Table(
      name: "runs", caption: "\(Counted.text(catalog.runs.count, "run")), \(ByteCount.text(bytes))",
      columns: columns, rows: rows)
    let problems = catalog.runs.compactMap { run in
      run.problem.map { "\(run.name): \($0)" }
    }
    return ([table.plainText] + problems).joined(separator: "\n")
  }

  private static func number(_ value: Double?) -> Table.Cell {
    value.map { .number($0) } ?? .absent
  }

  private static func epochs(of run: RunCatalog.Run) -> String {
    let done = run.epoch ?? 0
    return run.epochs.map { "\(done)/\($0)" } ?? "\(done)"
  }
}
