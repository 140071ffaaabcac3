/// A place in a configuration file, both counted from 1.
public struct ConfigurationPosition: Sendable, Hashable {
  /// The line, from 1.
  public let line: Int
  /// The column in its line, from 1.
  public let column: Int

  /// The place at a line and a column, both counted from 1.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// A tree of configuration text: what YAML and JSON hold before it becomes typed values, and what
/// typed values become before they are written.
public struct ConfigurationNode: Sendable {
  /// A key of a mapping with its value.
  public struct Entry: Sendable {
    /// The key as it is written: `batchSize`.
    public var key: String
    /// Where the key starts; `nil` where it stands in no text.
    public var keyPosition: ConfigurationPosition?
    /// What stands behind the key.
    public var value: ConfigurationNode

    /// A key and its value; `keyPosition` is where the key stands, if it was read from a text.
    public init(
      key: String, keyPosition: ConfigurationPosition? = nil, value: ConfigurationNode
    ) {
      self.key = key
      self.keyPosition = keyPosition
      self.value = value
    }
  }

  /// What a node holds.
  public indirect enum Content: Sendable {
    /// The text, and whether it was quoted: a quoted `"5"` is no number.
    case scalar(String, isQuoted: Bool)
    /// A list, in its order.
    case sequence([ConfigurationNode])
    /// Keys with their values, in the order they are written in.
    case mapping([Entry])
  }

  /// What the node holds: one value, a list or a mapping.
  public var content: Content
  /// Where the node starts; `nil` for a value that came from the command line.
  public var position: ConfigurationPosition?
  /// What messages call the place of a node that is not in the file: `--set training.epochs=3`.
  public var origin: String?

  /// A node of the given content, where it stands if it was read from a text.
  public init(
    content: Content, position: ConfigurationPosition? = nil, origin: String? = nil
  ) {
    self.content = content
    self.position = position
    self.origin = origin
  }

  /// A number, `true`, `false` or `null`.
  public init(plain text: String) { self.init(content: .scalar(text, isQuoted: false)) }

  /// A text.
  public init(text: String) { self.init(content: .scalar(text, isQuoted: true)) }

  /// A list of nodes, without a place in a text.
  public init(_ nodes: [ConfigurationNode]) { self.init(content: .sequence(nodes)) }

  /// A mapping of keys to nodes, in the given order, without a place in a text.
  public init(_ entries: [(key: String, value: ConfigurationNode)]) {
    self.init(content: .mapping(entries.map { Entry(key: $0.key, value: $0.value) }))
  }

  /// Whether there is nothing: an unquoted `null`, `~` or empty text.
  public var isNull: Bool {
    if case .scalar(let text, isQuoted: false) = content {
      return ["", "~", "null"].contains(text)
    }
    return false
  }

  /// What the node is, for messages: "a mapping", "'abc'".
  public var phrase: String {
    switch content {
    case .scalar(let text, _): isNull ? "nothing" : "'\(text)'"
    case .sequence(let nodes): "a list of \(nodes.count)"
    case .mapping: "a mapping"
    }
  }

  /// The node on one line: `5e-3`, `[512, 512]`, `{kind: sgd, momentum: 0.9}`.
  public var flowText: String {
    switch content {
    case .scalar(let text, _): text
    case .sequence(let nodes): "[\(nodes.map(\.flowText).joined(separator: ", "))]"
    case .mapping(let entries):
      "{\(entries.map { "\($0.key): \($0.value.flowText)" }.joined(separator: ", "))}"
    }
  }

  /// ``flowText`` with each number in its one spelling, `5e-3` for `0.005`: what names are made of.
  public var canonicalText: String { spellingNumbers.flowText }

  private var spellingNumbers: ConfigurationNode {
    var node = self
    switch content {
    case .scalar(let text, isQuoted: false):
      // A whole number may be longer than a Double is exact, and has one spelling already.
      guard Int(text) == nil, UInt64(text) == nil, let number = Double(text), number.isFinite else {
        break
      }
      node.content = .scalar(number.shortestText, isQuoted: false)
    case .scalar: break
    case .sequence(let nodes): node.content = .sequence(nodes.map(\.spellingNumbers))
    case .mapping(let entries):
      node.content = .mapping(
        entries.map { entry in
          var entry = entry
          entry.value = entry.value.spellingNumbers
          return entry
        })
    }
    return node
  }

  /// The value of `key` in a mapping.
  public subscript(key: String) -> ConfigurationNode? { entry(key)?.value }

  func entry(_ key: String) -> Entry? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }
  }
}

extension ConfigurationNode: Codable {
  /// Reads whatever there is: mappings, lists, texts, numbers, booleans, nothing.
  public init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: NodeKey.self) {
      let entries = try container.allKeys.map { key in
        Entry(
          key: key.stringValue, value: try container.decode(ConfigurationNode.self, forKey: key))
      }
      self.init(content: .mapping(entries.sorted { $0.key < $1.key }))
    } else if var container = try? decoder.unkeyedContainer() {
      var nodes: [ConfigurationNode] = []
      while !container.isAtEnd { nodes.append(try container.decode(ConfigurationNode.self)) }
      self.init(nodes)
    } else {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self.init(plain: "null")
      } else if let value = try? container.decode(Bool.self) {
        self.init(plain: String(value))
      } else if let value = try? container.decode(Int.self) {
        self.init(plain: String(value))
      } else if let value = try? container.decode(UInt64.self) {
        self.init(plain: String(value))
      } else if let value = try? container.decode(Double.self) {
        self = value.node
      } else {
        self.init(text: try container.decode(String.self))
      }
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch content {
    case .mapping(let entries):
      var container = encoder.container(keyedBy: NodeKey.self)
      for entry in entries {
        try container.encode(entry.value, forKey: NodeKey(stringValue: entry.key))
      }
    case .sequence(let nodes):
      var container = encoder.unkeyedContainer()
      for node in nodes { try container.encode(node) }
    case .scalar(let text, let isQuoted):
      var container = encoder.singleValueContainer()
      if isQuoted {
        try container.encode(text)
      } else if isNull {
        try container.encodeNil()
      } else if let value = Bool(text) {
        try container.encode(value)
      } else if let value = Int(text) {
        try container.encode(value)
      } else if let value = UInt64(text) {
        try container.encode(value)
      } else if let value = Double(text) {
        try container.encode(value)
      } else {
        try container.encode(text)
      }
    }
  }
}

/// A key that is any string.
private struct NodeKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
