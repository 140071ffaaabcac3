import CollapseCore
import NeuralCollapse

extension Study {
  /// The table of runs with columns for the measures called `keys` that it has not anyway.
  func runsTable(with keys: [String]) -> Table {
    var table = runsTable
    let shown = Set(table.columns.map(\.key))
    for key in keys.uniqued() where !shown.contains(key) && measureKeys.contains(key) {
      table.columns.append(.init(key, key))
      for (row, run) in report.runs.enumerated() {
        table.rows[row].append(.init(run.headline?.value(named: key)))
      }
    }
    return table
  }

  /// The keys that were measured in any run, in the order of the catalogue.
  var measureKeys: [String] {
    var seen: Set<String> = []
    for run in report.runs {
      for record in run.measurements { seen.formUnion(record.report.measures.lazy.map(\.key)) }
    }
    let known = Measure.catalogue.map(\.key).filter { seen.contains($0) }
    return known + seen.subtracting(known).sorted()
  }

  /// The axes on which runs differ that have no column in every table.
  var otherAxes: [StudyAxis] {
    let known = [
      Condition.Axis.dataset.name, Condition.Axis.network.name, Condition.Axis.normalization.name,
      Condition.Axis.weightDecay.name, Condition.Axis.learningRate.name, StudyAxis.run,
    ]
    return axes.filter { !known.contains($0.name) }
  }

  /// The columns over ``factCells(_:)``.
  var factColumns: [Table.Column] {
    [
      .init("dataset", "dataset", isNumeric: false), .init("network", "network", isNumeric: false),
      .init("batch_normalization", "BN", isNumeric: false),
      .init("weight_decay", "weight decay"), .init("learning_rate", "learning rate"),
    ] + otherAxes.map(\.tableColumn)
  }

  /// What a run was: data set, network, normalization, weight decay, learning rate, and the values
  /// on ``otherAxes``.
  func factCells(_ run: RunRecord) -> [Table.Cell] {
    let facts = run.facts
    return [
      .init(facts.dataset), .init(facts.network),
      .init(facts.normalization?.placement.rawValue), .init(facts.weightDecay),
      .init(facts.learningRate),
    ] + otherAxes.map { .init(value(run, $0)) }
  }

  /// The tidy table: a row per run, epoch, layer and split, with a column per measure.
  var measuresTable: Table {
    let keys = measureKeys
    let facts: [Table.Column] =
      [
        .init("run", "run", isNumeric: false), .init("file", "file", isNumeric: false),
      ] + factColumns + [
        .init("seed", "seed"), .init("epoch", "epoch"), .init("layer", "layer", isNumeric: false),
        .init("layer_index", "layer index"), .init("split", "split", isNumeric: false),
        .init("convention", "convention", isNumeric: false),
        .init("means_from", "class means from", isNumeric: false),
        .init("train_loss", "train loss"), .init("train_accuracy", "train accuracy"),
        .init("samples", "samples"), .init("features", "features"), .init("classes", "classes"),
      ]
    let rows = report.runs.flatMap { run in
      run.measurements.map { record -> [Table.Cell] in
        let values = Dictionary(
          record.report.measures.map { ($0.key, $0.measurement) }, uniquingKeysWith: { a, _ in a })
        return [.text(run.name), .init(record.file)] + factCells(run) + [
          run.seedCell, .init(record.epoch),
          .text(record.layer), .integer(record.layerIndex), .text(record.split),
          .text(record.report.convention.statement), .init(record.report.meansSource),
          .init(record.trainingLoss), .init(record.trainingAccuracy),
          .integer(record.report.sampleCount),
          .integer(record.report.dimension), .integer(record.report.classes.count),
        ] + keys.map { .init(values[$0]?.value) }
      }
    }
    return Table(
      name: "measures", caption: "Every measure of every run, epoch, layer and split",
      columns: facts + keys.map { .init($0, $0) }, rows: rows)
  }

  /// The long table of what is known per class and per pair of classes as CSV, at the last epoch
  /// measured of every run: earlier epochs stay in the runs' own files.
  ///
  /// A thousand classes have a million pairs: the text is written without a table in between.
  var pairsCSV: String {
    var text = "run,file,epoch,layer,split,key,class,other_class,value\n"
    for run in report.runs {
      for split in run.measurements.map(\.split).uniqued() {
        for record in run.depthProfile(split: split) {
          let facts = [
            run.name, record.file ?? "", record.epoch.map(String.init) ?? "", record.layer, split,
          ]
          .map(Table.quoted).joined(separator: ",")
          let labels = record.report.classes.map { Table.quoted($0.name ?? String($0.label)) }
          func append(_ key: String, _ label: String, _ other: String, _ value: Double?) {
            let number = Table.Field(value).text
            text += "\(facts),\(key),\(label),\(other),\(number)\n"
          }
          for (key, values) in record.report.perClass.sorted(by: { $0.key < $1.key }) {
            for (label, value) in zip(labels, values) { append(key, label, "", value) }
          }
          for (key, table) in record.report.perPair.sorted(by: { $0.key < $1.key }) {
            let isSymmetric = table.indices.allSatisfy { a in
              table[a].indices.allSatisfy { table[a][$0] == table[$0][a] }
            }
            for (a, values) in zip(labels.indices, table) {
              for (b, value) in zip(labels.indices, values)
              where value != nil && (!isSymmetric || a < b) {
                append(key, labels[a], labels[b], value)
              }
            }
          }
          for (key, pairs) in record.report.extremePairs.sorted(by: { $0.key < $1.key }) {
            for pair in pairs { append(key, labels[pair.first], labels[pair.second], pair.value) }
          }
        }
      }
    }
    return text
  }
}
