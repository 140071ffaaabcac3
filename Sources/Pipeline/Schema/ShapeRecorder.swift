import CollapseCore

/// A decoder that makes values up and writes down what it is asked for.
final class ShapeRecorder {
  /// What a decoding finds.
  struct Scenario {
    /// The value of a key `kind`; a word nobody knows where it is left out.
    var kind: String?
    /// The keys that are there though they may be left out.
    var present: Set<String> = []
    /// Whether a value that is no mapping may be read as a text or a number.
    var acceptsSingle = false
    /// Whether lists have no element.
    var hasEmptyLists = false
  }

  /// A text that is no word of any list.
  static let unknownWord = "unknown-word"

  let explorer: ShapeExplorer
  let scenario: Scenario
  fileprivate(set) var fields: [MappingShape.Field] = []
  fileprivate(set) var singles: [FieldShape] = []
  fileprivate(set) var element: FieldShape?
  var result: Any?

  init(_ explorer: ShapeExplorer, _ scenario: Scenario) {
    self.explorer = explorer
    self.scenario = scenario
  }

  var decoder: any Decoder { Root(recorder: self) }

  /// The words that a refusal lists: `unknown loss 'x'; there are a, b`, `expected one of a, b,
  /// found 'x'`, `expected 'a' or …`.
  static func wordList(in refusal: String) -> [String]? {
    var list: Substring
    if let range = refusal.firstRange(of: "there are ") {
      list = refusal[range.upperBound...]
    } else if let range = refusal.firstRange(of: "expected one of ") {
      list = refusal[range.upperBound...]
    } else if let range = refusal.firstRange(of: "expected '") {
      return [String(refusal[range.upperBound...].prefix { $0 != "'" })]
    } else {
      return nil
    }
    list = list[..<(list.firstRange(of: ", found")?.lowerBound ?? list.endIndex)]
    list = list[..<(list.firstIndex(of: "(") ?? list.endIndex)]
    return list.split(separator: ",").map { part in
      String(part.filter { !$0.isWhitespace && $0 != "'" })
    }
  }

  fileprivate func note(_ key: String, _ shape: FieldShape, isRequired: Bool) {
    if fields.contains(where: { $0.key == key }) { return }
    fields.append(.init(key: key, shape: shape, isRequired: isRequired))
  }

  /// A value for a key that must be there.
  fileprivate func value<Value: Decodable>(_ type: Value.Type, for key: any CodingKey) throws
    -> Value
  {
    if key.stringValue == "kind", let kind = scenario.kind as? Value { return kind }
    guard let value = explorer.sample(of: type) else { throw refusal([key]) }
    return value
  }

  fileprivate func refusal(_ path: [any CodingKey]) -> DecodingError {
    .typeMismatch(Any.self, .init(codingPath: path, debugDescription: "nothing to decode"))
  }
}

private struct Root: Decoder {
  let recorder: ShapeRecorder
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [.refusesUnknownFields: true] }

  func container<Key: CodingKey>(keyedBy _: Key.Type) throws -> KeyedDecodingContainer<Key> {
    if recorder.scenario.acceptsSingle { throw recorder.refusal([]) }
    return KeyedDecodingContainer(Keyed(recorder: recorder))
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { Unkeyed(recorder: recorder) }
  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    Single(recorder: recorder)
  }
}

private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let recorder: ShapeRecorder
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }

  func contains(_ key: Key) -> Bool { recorder.scenario.present.contains(key.stringValue) }
  func decodeNil(forKey key: Key) -> Bool { !contains(key) }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    recorder.note(key.stringValue, recorder.explorer.shape(of: type), isRequired: true)
    return try recorder.value(type, for: key)
  }

  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    recorder.note(key.stringValue, recorder.explorer.shape(of: type), isRequired: false)
    return contains(key) ? recorder.explorer.sample(of: type) : nil
  }

  // The protocol has one for each basic type, whose standard versions ask `contains` first.
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try basic(type, key) }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    try basic(type, key)
  }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
    try basic(type, key)
  }
  func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
    try basic(type, key)
  }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try basic(type, key) }
  func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
    try basic(type, key)
  }

  private func basic<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
    recorder.note(key.stringValue, recorder.explorer.shape(of: type), isRequired: false)
    return contains(key) ? recorder.explorer.sample(of: type) : nil
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy _: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { throw recorder.refusal([key]) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw recorder.refusal([key])
  }
  func superDecoder() throws -> any Decoder { Root(recorder: recorder) }
  func superDecoder(forKey key: Key) throws -> any Decoder { throw recorder.refusal([key]) }
}

/// A list of one element, or of none.
private struct Unkeyed: UnkeyedDecodingContainer {
  let recorder: ShapeRecorder
  var codingPath: [any CodingKey] { [] }
  var count: Int? { 1 }
  var currentIndex = 0
  var isAtEnd: Bool { recorder.scenario.hasEmptyLists || currentIndex == 1 }

  mutating func decodeNil() throws -> Bool { false }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    recorder.element = recorder.explorer.shape(of: type)
    currentIndex += 1
    guard let value = recorder.explorer.sample(of: type) else { throw recorder.refusal([]) }
    return value
  }
  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy _: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> { throw recorder.refusal([]) }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw recorder.refusal([])
  }
  mutating func superDecoder() throws -> any Decoder { throw recorder.refusal([]) }
}

private struct Single: SingleValueDecodingContainer {
  let recorder: ShapeRecorder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { false }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    recorder.singles.append(recorder.explorer.shape(of: type))
    guard recorder.scenario.acceptsSingle, let value = recorder.explorer.sample(of: type) else {
      throw recorder.refusal([])
    }
    return value
  }
}
