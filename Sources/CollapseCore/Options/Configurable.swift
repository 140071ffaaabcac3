/// A value made of declared fields.
///
/// From the declaration follow reading, with every fault and the nearest known name, writing, the
/// JSON Schema, the options of the command line and the tables of the documentation.
///
/// ```swift
/// struct Oven: Configurable {
///   var degrees = 180.0
///   static let standard = Oven()
///   static var fields: [Field<Oven>] {
///     [Field("degrees", \.degrees, "How hot it is, in °C.", range: .positive)]
///   }
/// }
/// ```
public protocol Configurable: NodeCoded {
  /// The value without any field stated; what is required holds anything.
  static var standard: Self { get }

  /// Every field, in the order it is written in.
  static var fields: [Field<Self>] { get }

  /// The field that a value which is no mapping is: `learningRate: 0.1` is
  /// `learningRate: {initial: 0.1}`.
  static var bareField: String? { get }

  /// Keys that stand beside the fields and are read by someone else, before.
  static var keysReadElsewhere: [String] { get }

  /// Checks what the fields are together, and fills in what follows from others.
  ///
  /// - Parameter stated: which fields were written, and not only have their default.
  /// - Throws: ``ConfigurationFault`` that names the field which does not go with the others.
  mutating func settle(_ stated: StatedFields) throws(ConfigurationFault)
}

extension Configurable {
  public static var bareField: String? { nil }

  public static var keysReadElsewhere: [String] { [] }

  public mutating func settle(_ stated: StatedFields) throws(ConfigurationFault) {}

  public static var shape: FieldShape { .fields(Self.self) }

  /// Every field, with its default.
  public static var declarations: [FieldDeclaration] {
    let standard = standard
    return fields.map { $0.declaration(in: standard) }
  }

  /// The field that a bare value is.
  static var bareDeclaration: FieldDeclaration? {
    bareField.flatMap { name in declarations.first { $0.name == name } }
  }

  public init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    self = try Self.standard.reading(node, by: reader)
  }

  /// The value with the fields that `node` states; `others` are keys that someone else reads.
  func reading(
    _ node: ConfigurationNode, by reader: ConfigurationReader, others: [String] = [],
    hint: (String) -> String? = { _ in nil }
  ) throws(ConfigurationFault) -> Self {
    var value = self
    let fields = Self.fields
    let mapping = try Self.mapping(of: node, by: reader)
    let faults = reader.faultCount
    reader.refuseUnknownKeys(
      of: mapping,
      known: fields.map(\.name) + Self.keysReadElsewhere + others, hint: hint)
    for field in fields {
      do {
        try field.read(from: mapping, into: &value, by: reader, isBare: mapping.isBare(node))
      } catch {
        reader.report(error)
      }
    }
    if reader.faultCount == faults {
      do {
        try value.settle(StatedFields(node: mapping, reader: reader))
      } catch {
        reader.report(error)
      }
    }
    return value
  }

  /// `node`, where it is bare as the mapping it stands for.
  private static func mapping(
    of node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) -> ConfigurationNode {
    if case .mapping = node.content { return node }
    guard let bareField else { throw reader.mismatch("keys and values", at: node) }
    return ConfigurationNode(
      content: .mapping([.init(key: bareField, keyPosition: node.position, value: node)]),
      position: node.position, origin: node.origin)
  }

  public var node: ConfigurationNode {
    ConfigurationNode(
      Self.fields.compactMap { field in field.write(self).map { (field.name, $0) } })
  }

  /// The first field with a value out of its range, and what is wrong with it.
  public func valueOutOfRange() -> (field: String, problem: String)? {
    for field in Self.fields {
      if let problem = field.problem(of: self) { return (field.name, problem) }
    }
    return nil
  }

  /// The fields that may not change once a training has begun, where they differ from those it
  /// `began` with: `seed was 0, is 1`.
  public func changes(since began: Self) -> [String] {
    Self.fields.compactMap { field in
      guard field.declaration.isFixedOnceBegun, field.identity(began) != field.identity(self) else {
        return nil
      }
      func text(_ value: Self) -> String { field.declaration(in: value).standard?.flowText ?? "0" }
      return "\(field.name) was \(text(began)), is \(text(self))"
    }
  }
}

extension ConfigurationNode {
  /// Whether this is the mapping that a bare value stands for.
  fileprivate func isBare(_ node: ConfigurationNode) -> Bool {
    if case .mapping = node.content { false } else { true }
  }
}

extension Field {
  /// Reads the field from the mapping it is a key of.
  func read(
    from mapping: ConfigurationNode, into root: inout Root, by reader: ConfigurationReader,
    isBare: Bool = false
  ) throws(ConfigurationFault) {
    // The place of a bare value is that of the whole.
    let part = isBare ? reader : reader.part(name)
    guard let entry = mapping.entry(name), !entry.value.isNull else {
      guard declaration.isRequired else { return }
      // Often it is there and mistyped, which was reported.
      if case .mapping(let entries) = mapping.content,
        Spelling.nearest(to: name, among: entries.map(\.key)) != nil
      {
        return
      }
      throw reader.fault("missing key '\(name)'", at: mapping)
    }
    do {
      try read(&root, entry.value, part)
    } catch {
      var error = error
      if isBare, let mismatch = error.mismatch {
        error.mismatch = (mismatch.expected + ", or keys and values", mismatch.found)
      }
      throw error
    }
    if let problem = problem(of: root) { throw part.fault(problem, at: entry.value) }
  }
}

/// Which fields of a mapping are written.
public struct StatedFields {
  let node: ConfigurationNode
  let reader: ConfigurationReader

  /// The value at a path of keys; `nil` where nothing is written.
  public func text(_ path: String...) -> String? {
    guard case .scalar(let text, _)? = node(path)?.content else { return nil }
    return text
  }

  /// Whether something is written at a path of keys, from the value downward.
  public func contains(_ path: String...) -> Bool { node(path) != nil }

  /// What is wrong with a field.
  public func fault(_ field: String, _ problem: String) -> ConfigurationFault {
    reader.part(field).fault(problem, at: node[field] ?? node)
  }

  /// What is wrong with all fields together.
  public func fault(_ problem: String) -> ConfigurationFault { reader.fault(problem, at: node) }

  private func node(_ path: [String]) -> ConfigurationNode? {
    path.reduce(node) { $0?[$1] }.flatMap { $0.isNull ? nil : $0 }
  }
}
