import CollapseCore

/// The fields of a pipeline with their values, defaults and sentences, as their declarations say.
public struct OptionTable: Sendable {
  /// A field, or a kind of something.
  public struct Row: Sendable, Hashable, Encodable {
    /// The dotted path from the root, or a word after `kind:`.
    public let name: String
    /// What may stand there: `a whole number > 0`.
    public let values: String
    /// What stands there when nothing is written; empty where it has to be.
    public let standard: String
    /// What it is.
    public let sentence: String
    /// The kind that has the field, where not every one does.
    public let kind: String?
  }

  /// The dotted path that the table is about; empty for everything.
  public let path: String
  public let rows: [Row]

  /// The fields at and below a dotted path, or the kinds there are of what stands there.
  ///
  /// - Throws: ``ConfigurationError`` that names the nearest path, where there is none.
  public init(path: String) throws(ConfigurationError) {
    let fields = DeclaredField.all(of: PipelineDocument.self)
    let own = fields.first { $0.name == path }
    guard path.isEmpty || own != nil else {
      let remedy = OptionTable.nearest(to: path, in: fields).map { ": did you mean '\($0)'?" }
      throw ConfigurationError(
        file: path, position: nil, problem: "there is no such field" + (remedy ?? ""))
    }
    self.path = path
    var rows: [Row] = []
    if let choice = own?.declaration.shape.choiceType {
      rows = OptionTable.kinds(of: choice)
    } else {
      if let own, !own.declaration.shape.hasFields { rows = [Row(own)] }
      let prefix = path.isEmpty ? "" : path + "."
      var seen: Set<String> = []
      rows += fields.filter { $0.name.hasPrefix(prefix) && $0.name != path }.map(Row.init)
        .filter { seen.insert("\($0.name) \($0.kind ?? "")").inserted }
    }
    self.rows = rows
  }

  /// A field by its last key, or by a slip of the finger.
  private static func nearest(to path: String, in fields: [DeclaredField]) -> String? {
    // Before all one that is always there.
    let places = fields.filter { $0.path.last == path }
    return (places.first { $0.kind == nil } ?? places.first)?.name
      ?? Spelling.nearest(to: path, among: fields.map(\.name))
  }

  /// A row for each kind, and for each field of its own.
  private static func kinds(of choice: any Choice.Type) -> [Row] {
    choice.kinds.flatMap { type in
      [
        Row(
          name: type.kind, values: "a \(choice.noun)",
          standard: type.kind == choice.kinds.first?.kind ? "the usual one" : "",
          sentence: type.summary, kind: nil)
      ]
        + (choice.commonDeclarations + type.declarations).map { field in
          Row(
            name: field.name, values: field.valuesText, standard: field.standardText,
            sentence: field.sentence, kind: type.kind)
        }
    }
  }

  /// The table as Markdown, names without the path of the whole.
  public var markdown: String {
    let prefix = path.isEmpty ? "" : path + "."
    let lines = rows.map { row in
      let name = row.name.hasPrefix(prefix) ? String(row.name.dropFirst(prefix.count)) : row.name
      let kind = row.kind.map { " (\($0))" } ?? ""
      return [
        "`\(name)`\(kind)", row.values, row.standard.isEmpty ? "" : row.standard, row.sentence,
      ].map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")
    }
    return (["field | values | default | what it is", "--- | --- | --- | ---"] + lines)
      .map { "| \($0) |\n" }.joined()
  }

  /// The table as a person reads it at a terminal.
  public var text: String {
    rows.map { row in
      let kind = row.kind.map { " of \($0)" } ?? ""
      let standard = row.standard.isEmpty ? "" : " (default: \(row.standard))"
      return "\(row.name)\(kind): \(row.values)\(standard)\n    \(row.sentence)"
    }.joined(separator: "\n")
  }
}

extension DeclaredField {
  fileprivate var name: String { path.joined(separator: ".") }
}

extension OptionTable.Row {
  fileprivate init(_ field: DeclaredField) {
    name = field.path.joined(separator: ".")
    values = field.declaration.valuesText
    standard = field.declaration.standardText
    sentence = field.declaration.sentence
    kind = field.kind?.name
  }
}

extension FieldDeclaration {
  fileprivate var valuesText: String {
    [shape.phrase, range?.symbols ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
  }

  fileprivate var standardText: String {
    if isRequired { return "" }
    switch shape {
    case .choice: return standard?["kind"]?.flowText ?? absence ?? ""
    case .fields where standard != nil && absence == nil: return ""
    case .list where standard?.flowText == "[]": return "none"
    default: return absence ?? standard?.flowText ?? ""
    }
  }
}

extension FieldShape {
  /// The choice that a value is of, or the elements of a list of values.
  fileprivate var choiceType: (any Choice.Type)? {
    switch self {
    case .choice(let type): type
    case .list(let element): element.choiceType
    default: nil
    }
  }

  fileprivate var hasFields: Bool { if case .fields = self { true } else { false } }
}
