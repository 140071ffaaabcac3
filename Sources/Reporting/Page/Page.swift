import CollapseCore
import NeuralCollapse

/// The report as one HTML file that opens without a network.
struct Page {
  let study: Study
  let figures: FigureSet

  /// The HTML.
  func html() throws -> String { try PageView.html(view) }

  private var view: [String: Any] {
    let report = study.report
    let isMeasured = !study.runs.isEmpty
    var view = PageView.frame(
      title: report.title, figures: figures, claims: study.claimsByPaper,
      scope: " Last layer, training data.", configuration: report.configuration,
      versions: report.versions, command: report.command)
    view["facts"] = facts
    view["sections"] = sections
    view["hasRuns"] = !report.runs.isEmpty
    view["results"] =
      [TableView(study.settingsTable, ideals: isMeasured ? ideals : nil)]
      + [study.curvatureTable].compactMap(\.self).map { TableView($0) }
    view["runs"] = [TableView(study.runsTable, ideals: isMeasured ? ideals : nil)]
    view["allMeasures"] = allMeasures
    view["warnings"] = warnings
    view["hasWarnings"] = !warnings.isEmpty
    view["notes"] = notes
    view["hasNotes"] = !notes.isEmpty
    view["definitions"] = definitions
    view["hasPaths"] = report.runs.contains { !$0.paths.isEmpty }
    view["paths"] = report.runs.flatMap(\.paths).uniqued()
    view["summary"] = report.summary.nilIfEmpty
    view["closest"] = closest
    view["convention"] = convention
    return view
  }

  private var sections: [[String: String]] {
    var names = [("figures", "Figures")]
    if !study.report.runs.isEmpty {
      names.insert(("results", "Results"), at: 0)
      names.append(("runs", "Runs"))
    }
    if !study.claims.isEmpty {
      names.insert(("claims", "Claims"), at: names.count - 1)
    }
    if !warnings.isEmpty { names.append(("warnings", "Warnings")) }
    if !notes.isEmpty { names.append(("notes", "Notes")) }
    names += [("definitions", "Definitions"), ("repeat", "How to repeat this")]
    return names.map { ["anchor": $0.0, "name": $0.1] }
  }

  private var facts: [[String: String]] {
    let runs = study.report.runs
    let finished = runs.filter { $0.state == .finished }.count
    var facts = [["label": "Runs", "value": String(runs.count)]]
    if finished < runs.count { facts[0]["note"] = "\(finished) finished" }
    func list(_ label: String, _ values: [String?]) {
      let distinct = values.compactMap { $0 }.uniqued()
      if distinct.count == 1 {
        facts.append(["label": label, "value": distinct[0]])
      } else if distinct.count > 1 {
        facts.append(
          [
            "label": label + "s", "value": String(distinct.count),
            "note": distinct.joined(separator: ", "),
          ])
      }
    }
    list("Data set", runs.map(\.facts.dataset))
    list("Network", runs.map(\.facts.network))
    for axis in study.shownAxes
    where ![Condition.Axis.dataset.name, Condition.Axis.network.name, StudyAxis.run]
      .contains(axis.name)
    {
      let label = axis.phrase.prefix(1).uppercased() + axis.phrase.dropFirst()
      let values = study.values(axis).compactMap { $0 }
      guard let first = values.first, let last = values.last else { continue }
      var fact = ["label": label, "value": axis.label(first)]
      if values.count > 1 {
        fact["value"] = String(values.count)
        fact["note"] =
          axis.isNumeric
          ? "\(axis.label(first)) to \(axis.label(last))"
          : values.map { axis.label($0) }.joined(separator: ", ")
      }
      facts.append(fact)
    }
    // What all runs share stands here, and in no column.
    let rates = Set(runs.compactMap(\.facts.learningRate))
    if rates.count == 1, let rate = rates.first {
      facts.append(["label": "Learning rate", "value": NumberFormat.significant(3).text(rate)])
    }
    if let epochs = runs.compactMap(\.history.last?.epoch).max() {
      facts.append(["label": "Epochs", "value": String(epochs)])
    }
    if let classes = study.classCount {
      var fact = ["label": "Classes", "value": String(classes)]
      if let ideal = Study.idealCosine(classCount: classes) {
        fact["note"] = "ideal inter-class cosine \(NumberFormat.significant(3).text(ideal))"
      }
      facts.append(fact)
    }
    return facts
  }

  private var ideals: (label: String, values: [String: String]) {
    var values = Dictionary(
      HeadlineMeasure.columns.compactMap { column in
        Term.of(column.key)?.ideal.map { (column.key, $0) }
      }, uniquingKeysWith: { first, _ in first })
    if let ideal = study.classCount.flatMap(Study.idealCosine) {
      values[Measure.cosines.interMax.key] = NumberFormat.fixed(4).text(ideal)
    }
    return ("collapse", values)
  }
}

extension String {
  var nilIfEmpty: String? { isEmpty ? nil : self }
}
