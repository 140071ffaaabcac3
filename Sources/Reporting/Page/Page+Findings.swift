import NeuralCollapse

extension Page {
  /// The run whose cosines are nearest to those of perfect collapse.
  var closest: [String: String]? {
    let candidates = study.runs.compactMap { run -> (RunRecord, Double)? in
      guard let intra = run.headline?.value(.cosines.intraMin),
        let inter = run.headline?.value(.cosines.interMax),
        let ideal = run.headline.flatMap({ Study.idealCosine(classCount: $0.report.classes.count) })
      else { return nil }
      return (run, (1 - intra) + max(0, inter - ideal))
    }
    guard study.runs.count > 1, let (run, _) = candidates.min(by: { $0.1 < $1.1 }),
      let record = run.headline
    else { return nil }
    var parts: [String] = []
    for axis in study.shownAxes where axis.name != StudyAxis.run {
      if let text = axis.title(study.value(run, axis)) { parts.append(text) }
    }
    let cosine = NumberFormat.fixed(4)
    let ideal = Study.idealCosine(classCount: record.report.classes.count) ?? 0
    var sentence =
      "Minimum intra-class cosine \(cosine.text(record.value(.cosines.intraMin) ?? 0)) (ideal 1), "
      + "maximum inter-class cosine \(cosine.text(record.value(.cosines.interMax) ?? 0)) "
      + "(ideal \(cosine.text(ideal)))"
    if let variability = record.value(.nc1Pinv) {
      sentence += ", NC1 \(NumberFormat.significant(3).text(variability))"
    }
    var view = ["name": run.name, "sentence": sentence + "."]
    if !parts.isEmpty { view["setting"] = parts.joined(separator: ", ") }
    return view
  }

  /// The runs that stand apart though nothing they state tells them apart.
  private var notRepetitions: [[String: String]] {
    guard let axis = study.axes.first(where: { $0.name == StudyAxis.run }) else { return [] }
    let count = study.runs.count { study.value($0, axis) != nil }
    return [
      [
        "text": "Nothing these runs state tells them apart, and their seeds are the same or not "
          + "stated: they are shown apart by their names, not as repetitions.",
        "runs": "\(count) runs",
      ]
    ]
  }

  /// What the analysis warned of.
  var warnings: [[String: String]] { notRepetitions + texts(of: \.report.warnings) }

  /// What the analysis took for what, and how it was asked to measure.
  var notes: [[String: String]] { texts(of: \.report.notes) }

  /// Sentences of the measurements, each once with the number of runs it concerns.
  private func texts(
    of sentences: (MeasurementRecord) -> [String]
  ) -> [[String: String]] {
    var texts: [String] = []
    var names: [String: [String]] = [:]
    for run in study.runs {
      for text in run.measurements.flatMap(sentences).uniqued() {
        if names[text] == nil { texts.append(text) }
        names[text, default: []].append(run.name)
      }
    }
    return texts.map { text in
      let runs = names[text]!
      return ["text": text, "runs": runs.count == 1 ? runs[0] : "\(runs.count) runs"]
    }
  }

  /// The choices on which published definitions differ, in a sentence.
  var convention: String? {
    let conventions = study.runs.compactMap(\.headline?.report.convention).uniqued()
    guard let first = conventions.first else { return nil }
    guard conventions.count == 1 else {
      let names = conventions.map(\.name).uniqued().joined(separator: ", ")
      return "Runs were measured by different conventions (\(names)): compare with care."
    }
    let center = first.centering == .classMeans ? "the mean of the class means" : "the sample mean"
    let within = first.withinWeights == .samples ? "every sample" : "every class"
    let between = first.betweenWeights == .classes ? "every class" : "every sample"
    return "Convention “\(first.name)”: features are centred at \(center), \(within) weighs the "
      + "same within classes and \(between) between classes, NC1 is "
      + "\(first.dividesByClassCount ? "" : "not ")divided by the number of classes."
  }

  /// The terms the page uses, in the order of the catalogue.
  var definitions: [[String: String]] {
    let columns = study.settingsTable.columns + study.runsTable.columns
    let keys = Set(
      columns.map(\.key) + study.measureKeys + figures.entries.flatMap(\.drawing.measures))
    return Term.inOrder.filter { keys.contains($0.key) }.map { term in
      var view = ["key": term.key, "definition": term.definition]
      view["formula"] = term.formula
      view["ideal"] = term.ideal
      view["citation"] = term.citation
      return view
    }
  }

  /// Every measure of every run at its last epoch, a table per split.
  var allMeasures: [[String: Any]] {
    let splits = study.runs.flatMap { $0.measurements.map(\.split) }.uniqued()
    return splits.map { split in
      let keys = study.measureKeys
      let rows = study.runs.compactMap { run -> [Table.Cell]? in
        run.lastMeasurement(split: split).map { record in
          [.text(run.name), .init(record.epoch)] + keys.map { .init(record.value(named: $0)) }
        }
      }
      let table = Table(
        name: "measures-\(split)".safeFileName,
        caption: "Last layer, split “\(split)”, last epoch measured",
        columns: [.init("run", "run", isNumeric: false), .init("epoch", "epoch")]
          + keys.map { .init($0, $0, format: .significant(4)) }, rows: rows)
      return ["summary": "All measures, split “\(split)”", "table": [TableView(table)]]
    }
  }
}
