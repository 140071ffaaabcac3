import ArgumentParser
import CollapseCore
import Pipeline

/// An option of the command line that is a field of a pipeline, or a kind of one.
struct FieldFlag {
  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  enum Form {
    /// Takes a value.
    case value
    /// `--flip` and `--no-flip`.
    case boolean
    /// Chooses a kind by being there: `--cosine`.
    case kind
  }

  /// The only kind of a choice that has the field.
  private struct Kind {
    /// The dotted path of the choice.
    let path: String
    let choice: any Choice.Type
    let name: String
    /// What chooses it on the command line: `--loss supervisedContrastive`, `--steps`.
    let remedy: String
  }

  let form: Form
  private let flag: CommandLineFlag
  /// The dotted path of the field, or of the choice.
  private let path: String
  private let declaration: FieldDeclaration?
  private let kind: Kind?

  /// Every flag of the fields below a type that stands at `path` of a pipeline.
  static func all(of type: any Configurable.Type, at path: String) -> [FieldFlag] {
    let fields = DeclaredField.all(of: type)
    func place(_ keys: [String]) -> String { ([path] + keys).joined(separator: ".") }
    func kind(of field: DeclaredField) -> Kind? {
      guard let (keys, name) = field.kind,
        let owner = fields.first(where: { $0.path == keys }),
        case .choice(let choice) = owner.declaration.shape
      else { return nil }
      let chooser = fields.first {
        $0.kind?.name == name && $0.declaration.flag?.choosesKind == true
      }
      let remedy =
        owner.declaration.flag.map { "--\($0.name) \(name)" }
        ?? chooser?.declaration.flag.map { "--\($0.name)" } ?? "the \(choice.noun) \(name)"
      return Kind(path: place(keys), choice: choice, name: name, remedy: remedy)
    }
    return fields.flatMap { field -> [FieldFlag] in
      var flags: [FieldFlag] = []
      if let flag = field.declaration.flag {
        let isBoolean = if case .boolean = field.declaration.shape { true } else { false }
        flags.append(
          FieldFlag(
            form: isBoolean ? .boolean : .value, flag: flag, path: place(field.path),
            declaration: field.declaration, kind: kind(of: field)))
      }
      if case .choice(let choice) = field.declaration.shape {
        flags += choice.kinds.compactMap { type in
          type.flag.map { flag in
            FieldFlag(
              form: .kind, flag: flag, path: place(field.path), declaration: nil,
              kind: Kind(
                path: place(field.path), choice: choice, name: type.kind,
                remedy: "--\(flag.name)"))
          }
        }
      }
      return flags
    }
  }

  /// `labelSmoothing` for `--label-smoothing`.
  var key: Key {
    let words = flag.name.split(separator: "-")
    return Key(stringValue: words[0] + words.dropFirst().map(\.capitalizedFirst).joined())
  }

  /// What the parser is given.
  var argument: Any {
    let name = NameSpecification.customLong(flag.name)
    switch form {
    case .kind: return Flag<Bool>(wrappedValue: false, name: name, help: ArgumentHelp(help))
    case .boolean:
      return Flag<Bool?>(
        name: name, inversion: .prefixedNo, help: ArgumentHelp(help))
    case .value:
      return Option<String?>(
        name: name, parsing: .unconditional,
        help: ArgumentHelp(help, valueName: flag.valueName),
        completion: words.map(CompletionKind.list))
    }
  }

  /// The words there are, where the field takes only some.
  private var words: [String]? {
    switch declaration?.shape {
    case .words(let words): words
    case .choice(let type): type.kinds.map { $0.kind }
    default: nil
    }
  }

  private var help: String {
    guard let declaration else {
      return flag.sentence ?? "Choose the \(kind?.choice.noun ?? "") \(kind?.name ?? "")."
    }
    var text = flag.sentence ?? declaration.sentence
    if let kind { text = "With the \(kind.choice.noun) \(kind.name): \(text)" }
    if let words { text += " \(words.joined(separator: " | "))" }
    switch (declaration.shape, declaration.standard) {
    case (.choice, let standard?): text += " (default: \(standard["kind"]?.flowText ?? ""))"
    case (_, let standard?): text += " (default: \(standard.flowText))"
    case (_, nil): if let absence = declaration.absence { text += " (default: \(absence))" }
    }
    return text
  }

  /// Whether it says which kind of something there is.
  var decidesKind: Bool {
    if case .choice = declaration?.shape { return true }
    return form == .kind
  }

  func set(_ text: String, in settings: inout Settings) throws {
    let origin = form == .value ? "--\(flag.name) \(text)" : "--\(flag.name)"
    if decidesKind {
      let name = form == .kind ? kind?.name ?? "" : text
      return try settings.set(path, "{kind: \(name)}", statedBy: origin)
    }
    if let kind, !settings.contains(kind.path),
      flag.choosesKind || kind.choice.kinds.first?.kind == kind.name
    {
      try settings.set(kind.path, "{kind: \(kind.name)}", statedBy: origin)
    }
    let isList = if case .list = declaration?.shape { true } else { false }
    try settings.set(path, isList ? "[\(text)]" : text, statedBy: origin)
  }

  func checkKind(in settings: Settings) throws {
    guard let kind else { return }
    let found =
      settings.text(at: kind.path + ".kind") ?? settings.text(at: kind.path)
      ?? kind.choice.kinds.first?.kind ?? ""
    guard found != kind.name else { return }
    if form == .kind || flag.choosesKind {
      throw WrongUsage(
        "--\(flag.name) chooses the \(kind.choice.noun) \(kind.name), found the "
          + "\(kind.choice.noun) \(found)")
    }
    throw WrongUsage(
      "--\(flag.name) needs \(kind.remedy), found the \(kind.choice.noun) \(found)")
  }
}

extension Substring {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
