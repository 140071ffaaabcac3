import CollapseCore

/// Shapes of fields as JSON Schema.
struct SchemaWriter {
  /// Where the schema of each field is, by the field's dotted path.
  private(set) var paths: [(path: String, reference: String)] = []
  /// The schemas of choices that hold themselves, by name.
  private(set) var definitions: [(String, ConfigurationNode)] = []
  private var underway: Set<ObjectIdentifier> = []
  private var recursive: Set<ObjectIdentifier> = []

  static func reference(_ place: String) -> ConfigurationNode {
    ConfigurationNode([("$ref", place.node)])
  }

  /// The schemas of fields by their keys.
  ///
  /// - Parameter path: the dotted path of the fields' parent; `nil` below a list, where no field of
  ///   a grid is.
  mutating func properties(
    of declarations: [FieldDeclaration], path: String?, reference: String
  ) -> [(String, ConfigurationNode)] {
    declarations.map { field in
      let place = "\(reference)/properties/\(field.name)"
      let fieldPath = path.map { $0.isEmpty ? field.name : "\($0).\(field.name)" }
      note(fieldPath, at: place)
      var entries = entries(of: field.shape, range: field.range, path: fieldPath, at: place)
      if entries.first?.0 == "$ref" {
        entries = [("allOf", ConfigurationNode([ConfigurationNode(entries)]))]
      }
      entries.append(("description", field.sentence.node))
      if let standard = field.standard { entries.append(("default", standard)) }
      return (field.name, ConfigurationNode(entries))
    }
  }

  private mutating func note(_ path: String?, at place: String) {
    guard let path, !paths.contains(where: { $0.path == path }) else { return }
    paths.append((path, place))
  }

  private mutating func entries(
    of shape: FieldShape, range: FieldRange?, path: String?, at place: String
  ) -> [(String, ConfigurationNode)] {
    switch shape {
    case .boolean: return [("type", "boolean".node)]
    case .integer: return [("type", "integer".node)] + limits(range)
    case .number: return [("type", "number".node)] + limits(range)
    case .text: return [("type", "string".node)]
    case .words(let words): return [("enum", words.node)]
    case .list(let element):
      let items = entries(of: element, range: range, path: nil, at: place)
      return [("type", "array".node), ("items", ConfigurationNode(items))]
    case .either(let shapes):
      return anyOf(
        shapes.enumerated().map { index, shape in
          entries(of: shape, range: range, path: path, at: "\(place)/anyOf/\(index)")
        })
    case .fields(let type):
      guard let bareField = type.bareField,
        let bare = type.declarations.first(where: { $0.name == bareField })
      else { return mapping(type.declarations, kind: nil, path: path, at: place) }
      return anyOf([
        entries(of: bare.shape, range: bare.range, path: nil, at: "\(place)/anyOf/0"),
        mapping(type.declarations, kind: nil, path: path, at: "\(place)/anyOf/1"),
      ])
    case .choice(let type): return choice(type, path: path, at: place)
    }
  }

  private mutating func choice(
    _ type: any Choice.Type, path: String?, at place: String
  ) -> [(String, ConfigurationNode)] {
    let id = ObjectIdentifier(type)
    let name = "\(type)"
    let own = "#/definitions/\(name)"
    if underway.contains(id) || definitions.contains(where: { $0.0 == name }) {
      recursive.insert(id)
      return [("$ref", own.node)]
    }
    underway.insert(id)
    defer { underway.remove(id) }
    if let path { note("\(path).kind", at: "\(place)/anyOf/0") }
    var all = [[("enum", type.kinds.map { $0.kind }.node)]]
    for kind in type.kinds {
      all.append(
        mapping(
          type.commonDeclarations + kind.declarations, kind: kind, path: path,
          at: "\(place)/anyOf/\(all.count)"))
    }
    let schema = anyOf(all)
    guard recursive.contains(id) else { return schema }
    definitions.append((name, ConfigurationNode(schema)))
    return [("$ref", own.node)]
  }

  private mutating func mapping(
    _ declarations: [FieldDeclaration], kind: (any NamedKind.Type)?, path: String?, at place: String
  ) -> [(String, ConfigurationNode)] {
    var properties = properties(of: declarations, path: path, reference: place)
    var required = declarations.filter(\.isRequired).map(\.name)
    if let kind {
      properties.append(
        (
          "kind",
          ConfigurationNode([("const", kind.kind.node), ("description", kind.summary.node)])
        ))
      required.append("kind")
    }
    // What a path of the grid may give elsewhere need not be here.
    return [
      ("type", "object".node), ("properties", ConfigurationNode(properties)),
      ("additionalProperties", false.node),
    ] + (path == nil && !required.isEmpty ? [("required", required.sorted().node)] : [])
  }

  private func anyOf(
    _ all: [[(String, ConfigurationNode)]]
  ) -> [(String, ConfigurationNode)] {
    [("anyOf", ConfigurationNode(all.map { ConfigurationNode($0) }))]
  }

  private func limits(_ range: FieldRange?) -> [(String, ConfigurationNode)] {
    guard let range else { return [] }
    return [
      range.least.map { (range.excludesLeast ? "exclusiveMinimum" : "minimum", $0.node) },
      range.most.map { (range.excludesMost ? "exclusiveMaximum" : "maximum", $0.node) },
    ].compactMap { $0 }
  }
}
