/// One kind of several: a loss, a layer, a synthetic data set.
public protocol NamedKind: Configurable {
  /// The word after `kind:` in YAML and JSON.
  static var kind: String { get }

  /// What it is, in a formula or a few words.
  static var summary: String { get }

  /// How the kind is chosen on a command line by an option of its own.
  static var flag: CommandLineFlag? { get }
}

extension NamedKind {
  public static var flag: CommandLineFlag? { nil }
}

/// A value that is of one of several kinds: as YAML or JSON a mapping of its kind and that kind's
/// fields, or the word alone where all of these have their defaults.
///
/// A new kind is one file with a conformance to ``NamedKind``, and one line in `kinds`.
public protocol Choice: NodeCoded {
  /// What messages call it: `loss`.
  static var noun: String { get }

  /// Every kind there is; the first is the usual one.
  static var kinds: [any NamedKind.Type] { get }

  /// - Parameter path: where in a configuration it stands.
  init(_ value: any NamedKind, at path: [String])

  /// What it is.
  var value: any NamedKind { get }

  /// Fields that every kind has.
  static var commonFields: [Field<Self>] { get }
}

extension Choice {
  public static var shape: FieldShape { .choice(Self.self) }

  public static var commonFields: [Field<Self>] { [] }

  /// The fields that every kind has.
  public static var commonDeclarations: [FieldDeclaration] {
    commonFields.map { $0.declaration(in: nil) }
  }

  public init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    let fields: ConfigurationNode
    let word: ConfigurationNode
    switch node.content {
    case .mapping:
      guard let kind = node["kind"], !kind.isNull else {
        throw reader.fault("missing key 'kind'", at: node)
      }
      (fields, word) = (node, kind)
    case .scalar:
      fields = ConfigurationNode(
        content: .mapping([.init(key: "kind", keyPosition: node.position, value: node)]),
        position: node.position, origin: node.origin)
      word = node
    case .sequence:
      throw reader.mismatch("a kind of \(Self.noun), or keys and values", at: node)
    }
    let kind = try String(reading: word, by: reader.part("kind"))
    guard let type = Self.kinds.first(where: { $0.kind == kind }) else {
      let names = Self.kinds.map { $0.kind }
      let nearest = Spelling.nearest(to: kind, among: names).map { "; did you mean '\($0)'?" }
      throw reader.part("kind").fault(
        "unknown \(Self.noun) '\(kind)'; there are \(names.joined(separator: ", "))\(nearest ?? "")",
        at: word)
    }
    let common = Self.commonFields
    let value = try type.standard.reading(
      fields, by: reader, others: ["kind"] + common.map(\.name), hint: Self.hint(kind))
    self.init(value, at: reader.path)
    for field in common {
      do {
        try field.read(from: fields, into: &self, by: reader)
      } catch {
        reader.report(error)
      }
    }
  }

  /// What is said of a key that another kind has: `it goes with the kind steps`.
  private static func hint(_ kind: String) -> (String) -> String? {
    { key in
      let others = kinds.filter { type in
        type.kind != kind && type.declarations.contains { $0.name == key }
      }
      guard !others.isEmpty else { return nil }
      let names = others.map { $0.kind }.joined(separator: ", ")
      return "it goes with the kind \(names), not with \(kind)"
    }
  }

  public var node: ConfigurationNode {
    var entries = [ConfigurationNode.Entry(key: "kind", value: type(of: value).kind.node)]
    for field in Self.commonFields {
      if let node = field.write(self) { entries.append(.init(key: field.name, value: node)) }
    }
    if case .mapping(let own) = value.node.content { entries += own }
    return ConfigurationNode(content: .mapping(entries))
  }

  public static func == (a: Self, b: Self) -> Bool {
    AnyHashable(a.value) == AnyHashable(b.value)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(value)) }
}
