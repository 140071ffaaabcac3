import Mustache

/// What every page has, whatever it is about, as the template reads it.
enum PageView {
  /// The HTML of a view.
  static func html(_ view: [String: Any]) throws -> String {
    var library = MustacheLibrary()
    try library.register(PageTemplate.page, named: "page")
    try library.register(PageTemplate.table, named: "table")
    // A template registered one line above is there.
    return library.render(view, withTemplate: "page")!
  }

  /// Title, figures, claims and how to repeat it.
  ///
  /// - Parameter scope: what the claims of every paper were tested on.
  static func frame(
    title: String, figures: FigureSet, claims: [(paper: Paper, claims: [TestedClaim])],
    scope: String, configuration: String?, versions: [StudyReport.Version], command: String?
  ) -> [String: Any] {
    var view: [String: Any] = [
      "title": title, "style": PageStyle.css, "script": PageScript.javaScript,
      "figures": figures.entries.map(figureView),
      "hasAbsent": !figures.absent.isEmpty,
      "absent": figures.absent.map { ["title": $0.title, "reason": $0.reason] },
      "hasVersions": !versions.isEmpty,
      "versions": versions.map { ["name": $0.name, "version": $0.version] },
    ]
    view["hasClaims"] = !claims.isEmpty
    view["papers"] = claims.map { paper, claims -> [String: Any] in
      [
        "authors": paper.authors, "title": paper.title, "arXiv": paper.arXiv,
        "year": String(paper.year), "scope": scope, "claims": claims.compactMap(claimView),
      ]
    }
    let untested = claims.flatMap(\.claims).compactMap { claim in
      claim.reason.map {
        ["statement": claim.statement, "reason": $0, "paper": claim.paper.authors]
      }
    }
    view["untested"] = untested
    view["hasUntested"] = !untested.isEmpty
    view["command"] = command
    view["configuration"] = configuration
    return view
  }

  private static func claimView(_ claim: TestedClaim) -> [String: Any]? {
    claim.finding.map { finding in
      [
        "name": claim.name, "statement": claim.statement, "test": claim.test,
        "verdict": finding.verdict.rawValue, "sentence": finding.sentence,
        "table": [TableView(finding.table)],
      ]
    }
  }

  private static func figureView(_ entry: FigureSet.Entry) -> [String: Any] {
    var view: [String: Any] = [
      "name": entry.name, "title": entry.title, "caption": entry.drawing.caption,
      "columns": entry.drawing.columns, "pictures": entry.pictures,
      "terms": entry.drawing.measures.filter { Term.of($0) != nil }.map { ["key": $0] },
    ]
    view["collapse"] = entry.drawing.collapse.nilIfEmpty
    view["problem"] = entry.problem
    return view
  }
}
