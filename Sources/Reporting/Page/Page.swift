import CollapseCore
import Mustache
import NeuralCollapse

/// The report as one HTML file that opens without a network.
struct Page {
  let study: Study
  let figures: FigureSet

  /// The HTML.
  func html() throws -> String {
    var library = MustacheLibrary()
    try library.register(PageTemplate.page, named: "page")
    try library.register(PageTemplate.table, named: "table")
    // A template registered one line above is there.
    return library.render(view, withTemplate: "page")!
  }

  private var view: [String: Any] {
    let report = study.report
    let isMeasured = !study.runs.isEmpty
    var view: [String: Any] = [
      "title": report.title, "style": PageStyle.css, "script": PageScript.javaScript,
      "facts": facts, "sections": sections, "hasRuns": !report.runs.isEmpty,
      "figures": figures.entries.map(figureView),
      "hasAbsent": !figures.absent.isEmpty,
      "absent": figures.absent.map { ["title": $0.title, "reason": $0.reason] },
      "results": [TableView(study.settingsTable, ideals: isMeasured ? ideals : nil)],
      "runs": [TableView(study.runsTable, ideals: isMeasured ? ideals : nil)],
      "allMeasures": allMeasures, "warnings": warnings, "hasWarnings": !warnings.isEmpty,
      "definitions": definitions, "hasVersions": !report.versions.isEmpty,
      "versions": report.versions.map { ["name": $0.name, "version": $0.version] },
      "hasPaths": report.runs.contains { !$0.paths.isEmpty },
      "paths": report.runs.flatMap(\.paths).uniqued(),
    ]
    let papers = study.claimsByPaper
    view["hasClaims"] = !papers.isEmpty
    view["papers"] = papers.map { paper, claims -> [String: Any] in
      [
        "authors": paper.authors, "title": paper.title, "arXiv": paper.arXiv,
        "year": String(paper.year), "claims": claims.compactMap(claimView),
      ]
    }
    let untested = papers.flatMap(\.claims).compactMap { claim in
      claim.reason.map {
        ["statement": claim.statement, "reason": $0, "paper": claim.paper.authors]
      }
    }
    view["untested"] = untested
    view["hasUntested"] = !untested.isEmpty
    view["summary"] = report.summary.nilIfEmpty
    view["command"] = report.command
    view["configuration"] = report.configuration
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
      values["cos_inter_max"] = NumberFormat.fixed(4).text(ideal)
    }
    return ("collapse", values)
  }

  private func claimView(_ claim: TestedClaim) -> [String: Any]? {
    claim.finding.map { finding in
      [
        "name": claim.name, "statement": claim.statement, "test": claim.test,
        "verdict": finding.verdict.rawValue, "sentence": finding.sentence,
        "table": [TableView(finding.table)],
      ]
    }
  }

  private func figureView(_ entry: FigureSet.Entry) -> [String: Any] {
    var view: [String: Any] = [
      "name": entry.name, "title": entry.title, "caption": entry.drawing.caption,
      "collapse": entry.drawing.collapse, "columns": entry.drawing.columns,
      "pictures": entry.pictures,
      "terms": entry.drawing.measures.filter { Term.of($0) != nil }.map { ["key": $0] },
    ]
    view["problem"] = entry.problem
    return view
  }
}

extension String {
  var nilIfEmpty: String? { isEmpty ? nil : self }
}
