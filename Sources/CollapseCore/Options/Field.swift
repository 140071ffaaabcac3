/// How a field is given on a command line.
public struct CommandLineFlag: Sendable, Hashable {
  /// Without dashes: `label-smoothing`.
  public let name: String
  /// What help calls its value: `share`.
  public let valueName: String?
  /// What help says instead of the field's sentence.
  public let sentence: String?
  /// Whether it makes the kind that has the field the kind there is.
  public let choosesKind: Bool

  /// A flag called `name`, without dashes; what is not given follows from the field.
  public init(
    _ name: String, valueName: String? = nil, sentence: String? = nil, choosesKind: Bool = false
  ) {
    self.name = name
    self.valueName = valueName
    self.sentence = sentence
    self.choosesKind = choosesKind
  }
}

/// All that can be said of a field without its type.
public struct FieldDeclaration {
  /// The key in YAML and JSON: `batchSize`.
  public let name: String
  /// One sentence for readers of a schema, a table or a help text.
  public let sentence: String
  /// What may stand in the field, as data.
  public let shape: FieldShape
  /// The numbers it takes; `nil` for all.
  public let range: FieldRange?
  /// Whether a mapping without it is refused.
  public fileprivate(set) var isRequired: Bool
  /// How it is given on a command line; `nil` where no flag gives it.
  public fileprivate(set) var flag: CommandLineFlag?
  /// Whether another value makes another training of the steps that are done.
  public let isFixedOnceBegun: Bool
  /// What it is where it is left out; `nil` where that is nothing, or refused.
  public var standard: ConfigurationNode?
  /// What it then means, where that is no value: `one per processor`.
  public let absence: String?

  /// The same for a mapping that may do without it.
  fileprivate var optional: FieldDeclaration {
    var declaration = self
    declaration.isRequired = false
    return declaration
  }
}

/// One field of a configuration, declared once: how it is read, written, checked and described.
public struct Field<Root> {
  let declaration: FieldDeclaration
  let read: (inout Root, ConfigurationNode, ConfigurationReader) throws(ConfigurationFault) -> Void
  /// `nil` where there is nothing to write.
  let write: (Root) -> ConfigurationNode?
  let numbers: (Root) -> [Double]
  /// What two values are compared by.
  let identity: (Root) -> AnyHashable

  /// The key in YAML and JSON: `batchSize`.
  public var name: String { declaration.name }

  /// A field that always has a value.
  ///
  /// - Parameters:
  ///   - words: the only texts it takes.
  ///   - isRequired: whether there is no default.
  ///   - isWritten: whether it is written; where it plays no part it may be left out.
  public init<Value: FieldValue>(
    _ name: String, _ place: WritableKeyPath<Root, Value>, _ sentence: String,
    range: FieldRange? = nil, words: [String]? = nil, flag: CommandLineFlag? = nil,
    isRequired: Bool = false, isFixedOnceBegun: Bool = false, absence: String? = nil,
    isWritten: @escaping (Root) -> Bool = { _ in true }
  ) {
    declaration = FieldDeclaration(
      name: name, sentence: sentence,
      shape: words.map(Value.shape.narrowed) ?? Value.shape, range: range, isRequired: isRequired,
      flag: flag, isFixedOnceBegun: isFixedOnceBegun, standard: nil, absence: absence)
    read = { (root, node, reader) throws(ConfigurationFault) in
      root[keyPath: place] = try Value.read(node, reader, words)
    }
    write = { isWritten($0) ? $0[keyPath: place].node : nil }
    numbers = { $0[keyPath: place].numbers }
    identity = { $0[keyPath: place] }
  }

  /// A field that may be absent.
  ///
  /// - Parameter standard: the value that being absent amounts to, if there is one.
  public init<Value: FieldValue>(
    _ name: String, _ place: WritableKeyPath<Root, Value?>, _ sentence: String,
    range: FieldRange? = nil, words: [String]? = nil, flag: CommandLineFlag? = nil,
    isFixedOnceBegun: Bool = false, standard: Value? = nil, absence: String? = nil
  ) {
    declaration = FieldDeclaration(
      name: name, sentence: sentence,
      shape: words.map(Value.shape.narrowed) ?? Value.shape, range: range, isRequired: false,
      flag: flag, isFixedOnceBegun: isFixedOnceBegun, standard: standard?.node, absence: absence)
    read = { (root, node, reader) throws(ConfigurationFault) in
      root[keyPath: place] = try Value.read(node, reader, words)
    }
    write = { $0[keyPath: place]?.node }
    numbers = { $0[keyPath: place]?.numbers ?? [] }
    identity = { $0[keyPath: place] ?? standard }
  }

  private init(
    declaration: FieldDeclaration,
    read:
      @escaping (inout Root, ConfigurationNode, ConfigurationReader) throws(ConfigurationFault) ->
      Void,
    write: @escaping (Root) -> ConfigurationNode?, numbers: @escaping (Root) -> [Double],
    identity: @escaping (Root) -> AnyHashable
  ) {
    self.declaration = declaration
    self.read = read
    self.write = write
    self.numbers = numbers
    self.identity = identity
  }

  /// The field as one of a type that holds this one's at `place` and has its fields among its own.
  ///
  /// - Parameter isWritten: whether the other type writes it so too, or only reads it.
  public func lifted<Outer>(
    to place: WritableKeyPath<Outer, Root>, isWritten: Bool = true
  ) -> Field<Outer> {
    let (read, write, numbers, identity) = (read, write, numbers, identity)
    return Field<Outer>(
      declaration: isWritten ? declaration : declaration.optional,
      read: { (outer, node, reader) throws(ConfigurationFault) in
        try read(&outer[keyPath: place], node, reader)
      },
      write: { isWritten ? write($0[keyPath: place]) : nil },
      numbers: { numbers($0[keyPath: place]) }, identity: { identity($0[keyPath: place]) })
  }

  /// The field with a flag of the command line.
  public func given(by flag: CommandLineFlag) -> Field {
    var declaration = declaration
    declaration.flag = flag
    return Field(
      declaration: declaration, read: read, write: write, numbers: numbers, identity: identity)
  }

  /// The declaration with the field's default, that of `standard`.
  func declaration(in standard: Root?) -> FieldDeclaration {
    var declaration = declaration
    if !declaration.isRequired, let standard {
      declaration.standard = write(standard) ?? declaration.standard
    }
    return declaration
  }

  /// What keeps the value from being right, if it is out of range.
  func problem(of root: Root) -> String? {
    guard let range = declaration.range,
      let wrong = numbers(root).first(where: { !range.contains($0) })
    else { return nil }
    let isList = if case .list = declaration.shape { true } else { false }
    return "expected \(range.phrase)\(isList ? " each" : ""), found \(wrong.node.flowText)"
  }
}

extension FieldValue {
  fileprivate static func read(
    _ node: ConfigurationNode, _ reader: ConfigurationReader, _ words: [String]?
  ) throws(ConfigurationFault) -> Self {
    let value = try Self(reading: node, by: reader)
    guard let words else { return value }
    if case .sequence(let nodes) = node.content {
      for (index, node) in nodes.enumerated() {
        let part = reader.part(String(index))
        try part.require(try String(reading: node, by: part), among: words, at: node)
      }
    } else {
      try reader.require(try String(reading: node, by: reader), among: words, at: node)
    }
    return value
  }
}
