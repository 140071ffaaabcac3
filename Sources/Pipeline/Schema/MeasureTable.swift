import CollapseCore
import NeuralCollapse

/// The measures, and the tables and lists beside them, with their keys, formulas, values under perfect
/// collapse and sources.
public struct MeasureTable: Sendable {
  /// A measure, or a table, as JSON states it.
  public struct Row: Sendable, Hashable, Encodable {
    /// The key in JSON and CSV.
    public let key: String
    public let group: String
    /// What there is a number for, where it is more than one: `per class`; absent for a measure.
    public let shape: String?
    public let formula: String
    /// One sentence: what the number says.
    public let definition: String
    /// The value under perfect collapse; absent for a number that describes.
    public let underCollapse: String?
    public let citation: String?
    /// What is needed besides features and labels.
    public let needs: String?
  }

  public let rows: [Row]

  /// All measures, or those whose key or group begins with `prefix`.
  ///
  /// - Throws: ``ConfigurationError`` that names the nearest key, where none does.
  public init(prefix: String = "") throws(ConfigurationError) {
    rows = Self.all.filter {
      $0.key.hasPrefix(prefix) || $0.group.lowercased().hasPrefix(prefix.lowercased())
    }
    guard rows.isEmpty else { return }
    let nearest = Spelling.nearest(to: prefix, among: Self.all.map(\.key))
    throw ConfigurationError(
      file: prefix, position: nil,
      problem: "no key of a measure begins so" + (nearest.map { ": did you mean '\($0)'?" } ?? ""))
  }

  /// The measures of one section of the catalogue: `Variability (NC1)`.
  init(group: String) throws(ConfigurationError) {
    guard let known = Measure.Group(rawValue: group) else {
      throw ConfigurationError(
        file: group, position: nil, problem: "the catalogue has no such section")
    }
    rows = Self.all.filter { $0.group == known.rawValue }
  }

  private static let all = Measure.catalogue.map(Row.init) + TableKey.catalogue.map(Row.init)

  /// The table as Markdown.
  public var markdown: String {
    let lines = rows.map { row in
      let source = row.citation ?? ""
      let needs = row.needs.map { " Needs: \($0)." } ?? ""
      return [
        "`\(row.key)`" + (row.shape.map { ", \($0)" } ?? ""), row.formula, row.underCollapse ?? "–",
        row.definition + needs, source,
      ].map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")
    }
    return
      (["key | formula | under collapse | what it says | source", "--- | --- | --- | --- | ---"]
      + lines).map { "| \($0) |\n" }.joined()
  }

  /// The table as a person reads it at a terminal, under the names of its sections.
  public var text: String {
    let sections = Measure.Group.allCases.map { group in
      (name: group.rawValue, rows: rows.filter { $0.group == group.rawValue })
    }
    return sections.filter { !$0.rows.isEmpty }.map { section in
      "\(section.name)\n\n" + section.rows.map(\.text).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}

extension MeasureTable.Row {
  /// A few lines at a terminal.
  fileprivate var text: String {
    let ideal = underCollapse.map { " (ideal \($0))" } ?? ""
    let needed = needs.map { "\n    needs: \($0)" } ?? ""
    let source = citation.map { "\n    \($0)" } ?? ""
    let place = shape.map { ", \($0)," } ?? ""
    return "\(key)\(place) = \(formula)\(ideal)\n    \(definition)\(needed)\(source)"
  }
}

extension MeasureTable.Row {
  fileprivate init(_ measure: Measure) {
    key = measure.key
    group = measure.group.rawValue
    shape = nil
    formula = measure.formula
    definition = measure.definition
    underCollapse = measure.underCollapse
    citation = measure.citation
    needs = measure.requirement?.phrase
  }

  fileprivate init(_ table: TableKey) {
    key = table.key
    group = table.group.rawValue
    shape = table.shape.rawValue
    formula = table.formula
    definition = table.definition
    underCollapse = table.underCollapse
    citation = nil
    needs = table.requirement?.phrase
  }
}

extension Measure.Requirement {
  fileprivate var phrase: String {
    switch self {
    case .classifier: "the classifier"
    case .spectrum: "--spectrum"
    case .classSpectra: "--class-spectrum"
    case .weightDecay: "the classifier and the weight decay of the training"
    case .outOfDistribution: "--ood"
    case .fewShot: "--few-shot"
    case .localElasticity: "--local-elasticity"
    case .targets: "--targets"
    }
  }
}
