/// What may stand in a field, as data: schemas, tables and messages follow from it.
public enum FieldShape {
  /// `true` or `false`.
  case boolean
  /// A whole number.
  case integer
  /// A number, with a fraction or without.
  case number
  /// Any text.
  case text
  /// One of these words.
  case words([String])
  /// A list, each of its elements of one shape.
  indirect case list(FieldShape)
  /// A mapping of the fields of a type; where the type has a bare field, also that alone.
  case fields(any Configurable.Type)
  /// One of several kinds of something, each with its own fields.
  case choice(any Choice.Type)
  /// One of several.
  indirect case either([FieldShape])

  /// The shape of a field that takes only `words`, or lists of them.
  func narrowed(to words: [String]) -> FieldShape {
    switch self {
    case .list(let element): .list(element.narrowed(to: words))
    case .text: .words(words)
    default: self
    }
  }

  /// As a table shows it: `a number`, `adam \| sgd`.
  public var phrase: String {
    switch self {
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .text: "a text"
    case .words(let words): words.joined(separator: " | ")
    case .list(let element): "a list of: \(element.phrase)"
    case .fields(let type):
      type.bareDeclaration.map { "\($0.shape.phrase), or fields" } ?? "fields"
    case .choice(let type): type.kinds.map { $0.kind }.joined(separator: " | ")
    case .either(let shapes): shapes.map(\.phrase).joined(separator: ", or ")
    }
  }
}
