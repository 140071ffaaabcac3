/// A field with its place below a type, as a dotted path reaches it.
public struct DeclaredField {
  /// The keys from the type to the field: `["learningRate", "schedule", "factor"]`.
  public let path: [String]
  /// What is declared of the field: its sentence, shape, range and default.
  public let declaration: FieldDeclaration
  /// The choice and the kind that have the field, where not every kind does.
  public let kind: (path: [String], name: String)?

  /// Every field below `type`, depth first; those of the elements of lists have no path.
  public static func all(of type: any Configurable.Type) -> [DeclaredField] {
    fields(type.declarations, at: [], kind: nil)
  }

  private static func fields(
    _ declarations: [FieldDeclaration], at path: [String],
    kind: (path: [String], name: String)?
  ) -> [DeclaredField] {
    declarations.flatMap { declaration in
      let place = path + [declaration.name]
      return [DeclaredField(path: place, declaration: declaration, kind: kind)]
        + below(declaration.shape, at: place, kind: kind)
    }
  }

  private static func below(
    _ shape: FieldShape, at path: [String], kind: (path: [String], name: String)?
  ) -> [DeclaredField] {
    switch shape {
    case .boolean, .integer, .number, .text, .words, .list: []
    case .fields(let type): fields(type.declarations, at: path, kind: kind)
    case .choice(let type):
      type.kinds.flatMap { fields($0.declarations, at: path, kind: (path, $0.kind)) }
    case .either(let shapes): shapes.flatMap { below($0, at: path, kind: kind) }
    }
  }

  /// The shape of the field at a path below `type`.
  public static func shape(
    of path: some Collection<String>, below type: any Configurable.Type
  ) -> FieldShape? {
    all(of: type).first { $0.path.elementsEqual(path) }?.declaration.shape
  }
}
