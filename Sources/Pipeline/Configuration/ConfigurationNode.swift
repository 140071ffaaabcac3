import Yams

/// A place in a configuration file, both counted from 1.
public struct ConfigurationPosition: Sendable, Hashable {
  public let line: Int
  public let column: Int
}

/// A tree of configuration text: what YAML (and so JSON) holds before it becomes typed values.
package struct ConfigurationNode: Sendable {
  package struct Entry: Sendable {
    package var key: String
    package var keyPosition: ConfigurationPosition?
    package var value: ConfigurationNode
  }

  package indirect enum Content: Sendable {
    /// The text, and whether it was quoted: a quoted `"5"` is no number.
    case scalar(String, isQuoted: Bool)
    case sequence([ConfigurationNode])
    case mapping([Entry])
  }

  package var content: Content
  /// Where the node starts; `nil` for a value that came from the command line.
  package var position: ConfigurationPosition?
  /// What messages call the place of a node that is not in the file: `--set training.epochs=3`.
  package var origin: String?

  /// The tree of a YAML text, which must have a mapping at its root.
  package static func parse(yaml: String, file: String) throws(ConfigurationError)
    -> ConfigurationNode
  {
    let root: Node?
    do {
      root = try compose(yaml: yaml)
    } catch let error as YamlError {
      throw ConfigurationError(yaml: error, file: file)
    } catch {
      throw ConfigurationError(file: file, position: nil, problem: "\(error)")
    }
    guard let root, case .mapping = root else {
      throw ConfigurationError(
        file: file, position: root?.mark.map(ConfigurationPosition.init),
        problem: "expected a mapping of keys to values")
    }
    return ConfigurationNode(root)
  }

  init(content: Content, position: ConfigurationPosition? = nil, origin: String? = nil) {
    self.content = content
    self.position = position
    self.origin = origin
  }

  private init(_ node: Node) {
    position = node.mark.map(ConfigurationPosition.init)
    switch node {
    case .scalar(let scalar):
      let quoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
      content = .scalar(scalar.string, isQuoted: quoted)
    case .sequence(let sequence): content = .sequence(sequence.map { ConfigurationNode($0) })
    case .mapping(let mapping):
      content = .mapping(
        mapping.map { key, value in
          Entry(
            key: key.scalar?.string ?? "", keyPosition: key.mark.map(ConfigurationPosition.init),
            value: ConfigurationNode(value))
        })
    case .alias: content = .scalar("", isQuoted: false)  // compose() resolves aliases
    }
  }

  var isNull: Bool {
    if case .scalar(let text, isQuoted: false) = content {
      return ["", "~", "null"].contains(text)
    }
    return false
  }

  /// What the node is, for messages: "a mapping", "'abc'".
  var phrase: String {
    switch content {
    case .scalar(let text, _): isNull ? "nothing" : "'\(text)'"
    case .sequence(let nodes): "a list of \(nodes.count)"
    case .mapping: "a mapping"
    }
  }

  /// The value of `key` in a mapping.
  subscript(key: String) -> ConfigurationNode? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// Fields that may be written as a bare value, and which of their parts it is:
  /// `learningRate: 0.1` is `learningRate: {initial: 0.1}`.
  private static let bareParts = [
    "initialization": "kind", "learningRate": "initial", "measures": "when",
    "weightDecay": "coefficient",
  ]

  /// Sets the value at a dotted path (`training.epochs`), making mappings on the way, also of what
  /// is written as a bare value.
  ///
  /// - Parameter keyPosition: where the path is written, for messages about a part of it; that of
  ///   the value when left out.
  /// - Returns: whether every part of the path met a mapping or nothing.
  mutating func set(
    _ value: ConfigurationNode, at path: some Collection<Substring>,
    keyPosition: ConfigurationPosition? = nil
  ) -> Bool {
    guard let key = path.first else {
      self = value
      return true
    }
    if isNull { content = .mapping([]) }
    guard case .mapping(var entries) = content else { return false }
    let rest = path.dropFirst()
    if let index = entries.firstIndex(where: { $0.key == key }) {
      if !rest.isEmpty { entries[index].value.spellOut(key) }
      guard entries[index].value.set(value, at: rest, keyPosition: keyPosition) else {
        return false
      }
    } else {
      let position = keyPosition ?? value.position
      var child = ConfigurationNode(content: .mapping([]), position: position, origin: value.origin)
      guard child.set(value, at: rest, keyPosition: keyPosition) else { return false }
      entries.append(Entry(key: String(key), keyPosition: position, value: child))
    }
    content = .mapping(entries)
    return true
  }

  /// Makes a bare value of the field `key` a mapping.
  private mutating func spellOut(_ key: Substring) {
    guard case .scalar = content, !isNull, let part = Self.bareParts[String(key)] else { return }
    content = .mapping([Entry(key: part, keyPosition: position, value: self)])
  }

  /// The same content as coming from nowhere in a file, but from `origin`.
  func stated(by origin: String?) -> ConfigurationNode {
    let content: Content =
      switch content {
      case .scalar: content
      case .sequence(let nodes): .sequence(nodes.map { $0.stated(by: origin) })
      case .mapping(let entries):
        .mapping(
          entries.map {
            Entry(key: $0.key, keyPosition: nil, value: $0.value.stated(by: origin))
          })
      }
    return ConfigurationNode(content: content, origin: origin)
  }

  /// Where the value at a dotted path stands, or the innermost key around it that there is, and
  /// what stated it if not the file.
  func place(
    of path: some Collection<Substring>
  ) -> (position: ConfigurationPosition?, origin: String?)? {
    guard let key = path.first, case .mapping(let entries) = content,
      let entry = entries.first(where: { $0.key == key })
    else { return nil }
    let own = path.count == 1 ? entry.value.position : nil
    return entry.value.place(of: path.dropFirst()) ?? (own ?? entry.keyPosition, entry.value.origin)
  }

  /// Takes `key` out of a mapping.
  mutating func remove(_ key: String) -> Entry? {
    guard case .mapping(var entries) = content,
      let index = entries.firstIndex(where: { $0.key == key })
    else { return nil }
    let entry = entries.remove(at: index)
    content = .mapping(entries)
    return entry
  }
}

extension ConfigurationPosition {
  init(_ mark: Mark) {
    self.init(line: mark.line, column: mark.column)
  }
}
