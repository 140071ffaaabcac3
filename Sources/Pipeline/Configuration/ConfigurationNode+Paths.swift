import CollapseCore

extension ConfigurationNode {
  /// Sets the value at a dotted path (`training.epochs`), making mappings on the way, also of what
  /// is written as a bare value.
  ///
  /// - Parameter keyPosition: where the path is written, for messages about a part of it; that of
  ///   the value when left out.
  /// - Returns: whether every part of the path met a mapping or nothing.
  mutating func set(
    _ value: ConfigurationNode, at path: some Collection<Substring>,
    keyPosition: ConfigurationPosition? = nil, below parents: [String] = []
  ) -> Bool {
    guard let key = path.first else {
      self = value
      return true
    }
    if isNull { content = .mapping([]) }
    guard case .mapping(var entries) = content else { return false }
    let rest = path.dropFirst()
    let place = parents + [String(key)]
    if let index = entries.firstIndex(where: { $0.key == key }) {
      if !rest.isEmpty { entries[index].value.spellOut(place) }
      guard
        entries[index].value.set(value, at: rest, keyPosition: keyPosition, below: place)
      else { return false }
    } else {
      let position = keyPosition ?? value.position
      var child = ConfigurationNode(content: .mapping([]), position: position, origin: value.origin)
      guard child.set(value, at: rest, keyPosition: keyPosition, below: place) else {
        return false
      }
      entries.append(Entry(key: String(key), keyPosition: position, value: child))
    }
    content = .mapping(entries)
    return true
  }

  /// Makes a bare value the mapping of the field at `path` that it stands for.
  private mutating func spellOut(_ path: [String]) {
    guard case .scalar = content, !isNull else { return }
    let part: String?
    switch DeclaredField.shape(of: path, below: PipelineDocument.self) {
    case .fields(let type): part = type.bareField
    case .choice: part = "kind"
    default: part = nil
    }
    guard let part else { return }
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
