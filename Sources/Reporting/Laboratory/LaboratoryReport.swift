import CollapseCore
import Files
import Mustache

/// What experiments on models say of papers' claims, and what a reader needs to repeat them.
///
/// Beside ``StudyReport``, which is about trainings on data, it has no runs: its tables and figures
/// are those of the experiments.
package struct LaboratoryReport: Sendable {
  /// A quantity or word of the page, explained.
  package struct Definition: Sendable {
    package var name: String
    package var sentence: String
    package var formula: String?

    package init(_ name: String, _ sentence: String, formula: String? = nil) {
      self.name = name
      self.sentence = sentence
      self.formula = formula
    }
  }

  package var title: String
  package var summary: String
  package var facts: [(label: String, value: String)]
  package var claims: [TestedClaim]
  package var tables: [Table]
  package var figures: [LaboratoryFigure]
  package var definitions: [Definition]
  /// Every observation, a table per part of the experiment.
  package var data: [Table]
  package var configuration: String?
  package var versions: [StudyReport.Version]
  package var command: String?

  package init(
    title: String, summary: String, facts: [(label: String, value: String)],
    claims: [TestedClaim], tables: [Table], figures: [LaboratoryFigure],
    definitions: [Definition], data: [Table], configuration: String? = nil,
    versions: [StudyReport.Version] = [], command: String? = nil
  ) {
    self.title = title
    self.summary = summary
    self.facts = facts
    self.claims = claims
    self.tables = tables
    self.figures = figures
    self.definitions = definitions
    self.data = data
    self.configuration = configuration
    self.versions = versions
    self.command = command
  }

  /// A line per claim: its verdict and what was seen.
  package var verdicts: Table {
    Table(
      name: "verdicts", caption: "What was found",
      columns: [
        .init("claim", "claim", isNumeric: false), .init("verdict", "verdict", isNumeric: false),
        .init("finding", "what was seen", isNumeric: false),
      ],
      rows: claims.map { claim in
        [
          .text(claim.name), .text(claim.finding?.verdict.rawValue ?? "not tested"),
          .text(claim.finding?.sentence ?? claim.reason ?? ""),
        ]
      })
  }

  /// Writes `index.html`, `figures/`, `claims.md`, `verdicts.csv`, `verdicts.json` and, per part of
  /// the experiment, its observations as CSV and JSON into `folder`, which is made where it is missing.
  ///
  /// - Returns: the paths written, the page first.
  package func write(
    to folder: String, gnuplot: Gnuplot? = .installed, threads: Int? = nil
  ) throws -> [String] {
    let drawn = try FigureSet(
      of: figures.map(\.named), in: folder, gnuplot: gnuplot,
      threads: threads ?? Processors.count)
    var files = [
      ("index.html", try html(drawn)), ("claims.md", TestedClaim.markdown(claims)),
    ]
    for table in [verdicts] + data {
      files += [("\(table.name).csv", table.csv), ("\(table.name).json", table.json)]
    }
    for (name, text) in files { try AtomicFile.write(text, to: "\(folder)/\(name)") }
    return (files.map(\.0) + drawn.paths).map { "\(folder)/\($0)" }
  }

  private func html(_ drawn: FigureSet) throws -> String {
    var view = PageView.frame(
      title: title, figures: drawn, claims: TestedClaim.byPaper(claims), scope: "",
      configuration: configuration, versions: versions, command: command)
    view["summary"] = summary.nilIfEmpty
    view["facts"] = facts.map { ["label": $0.label, "value": $0.value] }
    view["sections"] = [
      ("results", "Results"), ("figures", "Figures"), ("claims", "Claims"),
      ("definitions", "Definitions"), ("repeat", "How to repeat this"),
    ].map { ["anchor": $0.0, "name": $0.1] }
    view["hasTables"] = true
    view["tables"] = ([verdicts] + tables).map { TableView($0) }
    view["definitions"] = definitions.map { definition in
      var view = ["key": definition.name, "definition": definition.sentence]
      view["formula"] = definition.formula
      return view
    }
    view["data"] = data.map { ["name": $0.name, "caption": $0.caption] }
    view["hasData"] = !data.isEmpty
    return try PageView.html(view)
  }
}
