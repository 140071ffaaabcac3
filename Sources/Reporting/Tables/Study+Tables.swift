import CollapseCore
import NeuralCollapse

/// The columns of the measures a reader looks at first.
enum HeadlineMeasure {
  static let columns: [Table.Column] = [
    .init(.cosines.intraMin, "cos intra min", format: .fixed(4)),
    .init(.cosines.interMax, "cos inter max", format: .fixed(4)),
    .init(.nc1Pinv, "NC1"),
    .init(.nc2Means.etfDistance, "NC2"),
    .init(.nc3DualityDistance, "NC3"),
    .init(.nc4Mismatch, "NC4"),
    .init(.optimalityLogRatio, "log ratio"),
    .init(.featureRms, "feature norm"),
  ]
}

extension Table.Column {
  /// Of the values of a measure.
  init(_ measure: Measure, _ heading: String, format: NumberFormat = .significant(3)) {
    self.init(measure.key, heading, format: format)
  }
}

extension Study {
  /// The names of the test sets that any run was tested on, in the order they were stated.
  var testSetNames: [String] {
    var names: [String] = []
    for set in runs.compactMap(\.history.last).flatMap({ $0.testSets ?? [] })
    where !names.contains(set.name) {
      names.append(set.name)
    }
    return names
  }

  /// A column of accuracies for each named test set.
  private var testSetColumns: [Table.Column] {
    testSetNames.map { .init("\($0)_accuracy", "\($0) accuracy", format: .percent(2)) }
  }

  /// A row per setting: medians and ranges over seeds at the last epoch measured.
  var settingsTable: Table {
    let repetitions = Table.Column("seeds", "seeds")
    let accuracies: [Table.Column] = [
      .init("train_accuracy", "train accuracy", format: .percent(2)),
      .init("test_accuracy", "test accuracy", format: .percent(2)),
    ]
    let rows = groups(by: shownAxes).map { group -> [Table.Cell] in
      let runs = group.runs
      var row = axisCells(runs)
      row += HeadlineMeasure.columns.map { column in
        .init(Spread(runs.compactMap { $0.headline?.value(named: column.key) }))
      }
      row += [
        .init(Spread(runs.compactMap(\.trainingAccuracy))),
        .init(Spread(runs.compactMap(\.testAccuracy))),
      ]
      row += testSetNames.map { name in
        .init(Spread(runs.compactMap { $0.lastTest(on: name)?.accuracy }))
      }
      row.append(.integer(runs.count))
      return row
    }
    return Table(
      name: "settings",
      caption: "Median and range over seeds, last layer, training data, last epoch measured",
      columns: axisColumns + HeadlineMeasure.columns + accuracies + testSetColumns
        + [repetitions], rows: rows)
  }

  /// A row per run: what it was and the headline measures.
  var runsTable: Table {
    let columns: [Table.Column] =
      [
        .init("run", "run", isNumeric: false), .init("state", "state", isNumeric: false),
      ] + factColumns + [
        .init("seed", "seed"), .init("last_epoch", "last epoch"),
        .init("zero_error_epoch", "zero error at"),
        .init("training_loss", "training loss"), .init("regularized_loss", "regularized loss"),
        .init("train_accuracy", "train accuracy", format: .percent(2)),
        .init("test_accuracy", "test accuracy", format: .percent(2)),
      ] + testSetColumns
    let rows = report.runs.map { run -> [Table.Cell] in
      let last = run.history.last
      return [
        .text(run.name), .text(run.state.rawValue),
      ] + factCells(run) + [
        run.seedCell, .init(last?.epoch),
        .init(run.zeroErrorEpoch), .init(run.trainingLosses.last?.loss),
        .init(last?.regularizedLoss),
        .init(run.trainingAccuracy), .init(run.testAccuracy),
      ] + testSetNames.map { .init(run.lastTest(on: $0)?.accuracy) }
        + HeadlineMeasure.columns.map { .init(run.headline?.value(named: $0.key)) }
    }
    return Table(
      name: "runs", caption: "Every run at its last epoch",
      columns: columns + HeadlineMeasure.columns, rows: rows
    ).droppingColumnsOfOneValue(
      Set(factColumns.map(\.key))
        .union(report.runs.allSatisfy { $0.state == .finished } ? ["state"] : []))
  }

  /// The axes that a narrow table has room for.
  var terminalAxes: [StudyAxis] {
    let known = [Condition.Axis.normalization.name, Condition.Axis.weightDecay.name]
    let drawn = [kind, line].compactMap(\.self).filter { $0.name != StudyAxis.run }
    let stated = known.filter { name in
      !drawn.contains { $0.name == name }
        && runs.contains { $0.facts.condition[name] != nil }
    }.map { name in StudyAxis(name, values: runs.map { $0.facts.condition[name] }) }
    let shown = Array((drawn + stated).prefix(2))
    // Normalization stands before weight decay.
    return shown.filter { $0.name == known[0] } + shown.filter { $0.name != known[0] }
  }

  /// A narrow row per run for a terminal, and the values of perfect collapse below.
  var terminalTable: Table {
    let axes = terminalAxes
    let facts: [Table.Column] =
      [.init("run", "run", isNumeric: false)] + axes.map(\.tableColumn) + [
        .init("train_accuracy", "train acc", format: .percent(1)),
        .init("test_accuracy", "test acc", format: .percent(1)),
      ]
    let measures: [Table.Column] = [
      .init(.cosines.intraMin, "cos intra min", format: .fixed(3)),
      .init(.cosines.interMax, "cos inter max", format: .fixed(3)),
      .init(.nc1Pinv, "nc1_pinv", format: .significant(3)),
      .init(.optimalityLogRatio, "log ratio", format: .significant(2)),
    ]
    var rows = zip(report.runs, shortRunNames).map { run, name -> [Table.Cell] in
      [.text(name)] + axes.map { .init(value(run, $0)) } + [
        .init(run.trainingAccuracy), .init(run.testAccuracy),
      ] + measures.map { .init(run.headline?.value(named: $0.key)) }
    }
    if let ideal = classCount.flatMap(Study.idealCosine) {
      rows.append(
        [.text("perfect collapse")] + axes.map { _ in .absent } + [.absent, .absent]
          + [.number(1), .number(ideal), .number(0), .number(0)])
    }
    return Table(
      name: "terminal", caption: report.title, columns: facts + measures, rows: rows)
  }
}

extension RunRecord {
  /// The seed, also where it exceeds a signed integer.
  var seedCell: Table.Cell {
    facts.seed.map { seed in Int(exactly: seed).map { .integer($0) } ?? .text(String(seed)) }
      ?? .absent
  }
}
