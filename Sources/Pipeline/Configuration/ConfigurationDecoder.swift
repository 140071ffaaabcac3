/// Decodes typed values from a configuration tree and refuses keys that no type asked for.
///
/// A value's own `init(from:)` says which keys it knows by asking for them, so a type needs no
/// list of its keys, and the message for a mistyped key can name the nearest known one.
package struct ConfigurationDecoder {
  let file: String

  package init(file: String) { self.file = file }

  package func decode<Value: Decodable>(
    _: Value.Type, from node: ConfigurationNode
  ) throws(ConfigurationError) -> Value {
    let record = KeyRecord()
    let value: Value
    do {
      value = try Value(from: NodeDecoder(node: node, codingPath: [], record: record))
    } catch let error as DecodingError {
      throw describe(error, root: node, record: record)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw ConfigurationError(
        file: node.origin ?? file, position: node.position, problem: "\(error)")
    }
    try refuseUnknownKeys(in: node, path: [], record)
    return value
  }

  private func refuseUnknownKeys(
    in node: ConfigurationNode, path: [String], _ record: KeyRecord
  ) throws(ConfigurationError) {
    switch node.content {
    case .scalar: return
    case .sequence(let nodes):
      for (index, node) in nodes.enumerated() {
        try refuseUnknownKeys(in: node, path: path + [String(index)], record)
      }
    case .mapping(let entries):
      guard let known = record.asked[path] else { return }  // read as a dictionary, or not at all
      for entry in entries {
        if !known.contains(entry.key) {
          throw unknownKey(entry, in: path, known: known)
        }
        try refuseUnknownKeys(in: entry.value, path: path + [entry.key], record)
      }
    }
  }

  private func unknownKey(
    _ entry: ConfigurationNode.Entry, in path: [String], known: Set<String>
  ) -> ConfigurationError {
    let place = path.isEmpty ? "" : " in \(path.joined(separator: "."))"
    let remedy =
      Spelling.nearest(to: entry.key, among: known).map { "did you mean '\($0)'?" }
      ?? "known keys: \(known.sorted().joined(separator: ", "))"
    return ConfigurationError(
      file: entry.value.origin ?? file, position: entry.keyPosition,
      problem: "unknown key '\(entry.key)'\(place): \(remedy)")
  }

  private func describe(
    _ error: DecodingError, root: ConfigurationNode, record: KeyRecord
  ) -> ConfigurationError {
    let (path, problem): ([any CodingKey], String) =
      switch error {
      case .keyNotFound(let key, let context):
        (context.codingPath, "missing key '\(key.stringValue)'")
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .dataCorrupted(let context):
        (context.codingPath, context.debugDescription)
      @unknown default: ([], "\(error)")
      }
    let names = path.map { $0.intValue.map(String.init) ?? $0.stringValue }
    let node = root.deepest(along: names)
    // A missing key is often a mistyped one that stands right there.
    if case .keyNotFound(let key, _) = error, case .mapping(let entries) = node.content,
      let typed = Spelling.nearest(to: key.stringValue, among: entries.map(\.key)),
      let entry = entries.first(where: { $0.key == typed }), typed != key.stringValue
    {
      return unknownKey(entry, in: names, known: [key.stringValue])
    }
    let place = names.isEmpty ? "" : "\(names.joined(separator: ".")): "
    return ConfigurationError(
      file: node.origin ?? file, position: node.position, problem: place + problem)
  }
}

extension ConfigurationNode {
  /// The node at `path`, or the last one met on the way.
  fileprivate func deepest(along path: [String]) -> ConfigurationNode {
    var node = self
    for part in path {
      switch node.content {
      case .mapping:
        guard let next = node[part] else { return node }
        node = next
      case .sequence(let nodes):
        guard let index = Int(part), nodes.indices.contains(index) else { return node }
        node = nodes[index]
      case .scalar: return node
      }
    }
    return node
  }
}

/// Which keys were asked for, by the path of the mapping, and what else a value might have been.
final class KeyRecord {
  /// What a value that is no such thing was first read as: "a number".
  private var alternatives: [[String]: String] = [:]
  fileprivate(set) var asked: [[String]: Set<String>] = [:]
  func note(_ key: String, at path: [any CodingKey]) {
    asked[path.map { $0.intValue.map(String.init) ?? $0.stringValue }, default: []].insert(key)
  }

  func noteAlternative(_ name: String, at path: [any CodingKey]) {
    alternatives[path.map { $0.intValue.map(String.init) ?? $0.stringValue }] = name
  }

  func alternative(at path: [any CodingKey]) -> String? {
    alternatives[path.map { $0.intValue.map(String.init) ?? $0.stringValue }]
  }
}
