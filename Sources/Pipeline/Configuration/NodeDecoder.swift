import CollapseCore

/// `Decoder` over one node of a configuration tree.
struct NodeDecoder: Decoder {
  let node: ConfigurationNode
  let codingPath: [any CodingKey]
  let record: KeyRecord
  /// Types leave unknown keys to ``ConfigurationDecoder``, which knows where they stand.
  var userInfo: [CodingUserInfoKey: Any] { [.refusesUnknownFields: true] }

  func container<Key: CodingKey>(keyedBy _: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .mapping(let entries) = node.content else {
      let other = record.alternative(at: codingPath).map { "\($0), or " } ?? ""
      throw mismatch("expected \(other)keys and values, found \(node.phrase)")
    }
    return KeyedDecodingContainer(Keyed(decoder: self, entries: entries))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .sequence(let nodes) = node.content else {
      throw mismatch("expected a list, found \(node.phrase)")
    }
    return Unkeyed(decoder: self, nodes: nodes)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }

  func child(_ node: ConfigurationNode, _ key: any CodingKey) -> NodeDecoder {
    NodeDecoder(node: node, codingPath: codingPath + [key], record: record)
  }

  fileprivate func mismatch(_ problem: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: codingPath, debugDescription: problem))
  }

  fileprivate func scalar<Value>(_ name: String, _ convert: (String) -> Value?) throws -> Value {
    if case .scalar(let text, isQuoted: false) = node.content, let value = convert(text) {
      return value
    }
    record.noteAlternative(name, at: codingPath)
    throw mismatch("expected \(name), found \(node.phrase)")
  }

  fileprivate func integer<Value: FixedWidthInteger>(_: Value.Type) throws -> Value {
    let range = "\(Value.min)...\(Value.max)"
    let name = Value.self == Int.self ? "a whole number" : "a whole number in \(range)"
    return try scalar(name) { Value($0) }
  }

  fileprivate func decode<Value: Decodable>(_: Value.Type) throws -> Value {
    // The standard library's own refusal names the type and not the words there are.
    if let words = WordList.words(of: Value.self), case .scalar(let text, _) = node.content {
      try WordList.require(text, among: words, at: codingPath)
    }
    return try Value(from: self)
  }
}

private struct Index: CodingKey {
  let intValue: Int?
  init(_ index: Int) { intValue = index }
  init(intValue: Int) { self.init(intValue) }
  init?(stringValue: String) { nil }
  var stringValue: String { String(intValue ?? 0) }
}

private struct Single: SingleValueDecodingContainer {
  let decoder: NodeDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { decoder.node.isNull }
  func decode(_: Bool.Type) throws -> Bool {
    try decoder.scalar("true or false") { ["true": true, "false": false][$0] }
  }
  func decode(_: String.Type) throws -> String {
    guard case .scalar(let text, _) = decoder.node.content else {
      throw decoder.mismatch("expected a word, found \(decoder.node.phrase)")
    }
    return text
  }
  func decode(_: Double.Type) throws -> Double {
    try decoder.scalar("a number") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
  }
  func decode(_: Float.Type) throws -> Float { Float(try decode(Double.self)) }
  func decode(_ type: Int.Type) throws -> Int { try decoder.integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(type) }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
}

private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: NodeDecoder
  let entries: [ConfigurationNode.Entry]
  var codingPath: [any CodingKey] { decoder.codingPath }

  var allKeys: [Key] { entries.compactMap { Key(stringValue: $0.key) } }

  func contains(_ key: Key) -> Bool { find(key) != nil }
  func decodeNil(forKey key: Key) -> Bool { find(key)?.isNull ?? true }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try require(key).decode(type)
  }
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { try require(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try require(key).unkeyedContainer()
  }
  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { try require(key) }

  private func find(_ key: Key) -> ConfigurationNode? {
    decoder.record.note(key.stringValue, at: codingPath)
    return entries.first { $0.key == key.stringValue }?.value
  }

  private func require(_ key: Key) throws -> NodeDecoder {
    guard let node = find(key) else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: codingPath, debugDescription: "missing"))
    }
    return decoder.child(node, key)
  }
}

private struct Unkeyed: UnkeyedDecodingContainer {
  let decoder: NodeDecoder
  let nodes: [ConfigurationNode]
  var currentIndex = 0
  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { nodes.count }
  var isAtEnd: Bool { currentIndex == nodes.count }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, nodes[currentIndex].isNull else { return false }
    currentIndex += 1
    return true
  }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try next().decode(type)
  }
  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }
  mutating func superDecoder() throws -> any Decoder { try next() }

  private mutating func next() throws -> NodeDecoder {
    guard !isAtEnd else { throw decoder.mismatch("the list is too short") }
    defer { currentIndex += 1 }
    return decoder.child(nodes[currentIndex], Index(currentIndex))
  }
}
