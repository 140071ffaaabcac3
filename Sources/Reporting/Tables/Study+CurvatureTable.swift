import CollapseCore

extension Study {
  /// A row for each run and each checkpoint, after an epoch or inside one, whose curvature was taken; `nil` where none was.
  var curvatureTable: Table? {
    let rows = runs.flatMap { run in
      run.curvature.map { record -> [Table.Cell] in
        let hessian = record.preferred
        let classes = record.classes
        let trace = record["gauss-newton"]?.trace
        let parts = record.decomposition
        func share(_ index: Int) -> Table.Cell {
          .init(trace.flatMap { trace in parts.map { $0.traces[index] / trace.value } })
        }
        let top = hessian?.largest ?? []
        let gap =
          classes > 1 && top.count >= classes
          ? top[classes - 2].value / top[classes - 1].value : nil
        return [
          .text(run.name), .init(record.epoch), .init(record.step), .number(record.lossValue),
        ] + [
          .init(top.first?.value), .init(gap), .init(hessian?.smallest.first?.value),
          .init(hessian?.trace?.value), .init(hessian?.trace?.standardError), share(0), share(1),
          share(2), .init(parts?.overlap[hessian?.matrix ?? ""]),
        ]
      }
    }
    guard !rows.isEmpty else { return nil }
    return Table(
      name: "curvature",
      caption: "The Hessian of the training loss: its largest eigenvalue, the step after the first "
        + "C−1, its most negative eigenvalue, its trace, the shares of the class parts in the trace "
        + "of G, and the overlap of the class means with its top C eigenvectors",
      columns: [
        .init("run", "run", isNumeric: false), .init("epoch", "epoch"), .init("step", "step"),
        .init("loss", "loss"),
        .init("largest", "largest"), .init("gap", "step at C−1", format: .fixed(2)),
        .init("smallest", "smallest"), .init("trace", "trace"),
        .init("trace_error", "±", format: .significant(2)),
        .init("g0", "G0", format: .percent(1)), .init("g1", "G1", format: .percent(1)),
        .init("g2", "G2", format: .percent(1)), .init("overlap", "overlap", format: .fixed(3)),
      ], rows: rows)
  }
}
