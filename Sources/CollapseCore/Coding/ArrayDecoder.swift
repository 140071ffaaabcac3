/// Makes what is decodable of a ``CodedValue``.
struct ArrayDecoder: Decoder {
  let value: CodedValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ value: CodedValue, _ path: [any CodingKey]) {
    self.value = value
    codingPath = path
  }

  func refusal(_ expected: String) -> ArrayCodingError {
    let place = codingPath.map(\.stringValue).joined(separator: ".")
    return ArrayCodingError(
      (place.isEmpty ? "" : "\(place): ") + "expected \(expected), found \(value.kind)")
  }

  func take<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if type == [Double].self {
      guard case .numbers(let values) = value else { throw refusal("numbers") }
      return values as! Value
    }
    if type == [Int].self { return try integers(as: Int.self) as! Value }
    if type == [Int64].self { return try integers(as: Int64.self) as! Value }
    if type == [Int32].self { return try integers(as: Int32.self) as! Value }
    return try Value(from: self)
  }

  private func integers<Integer: FixedWidthInteger>(as type: Integer.Type) throws -> [Integer] {
    guard case .integers(let values) = value else { throw refusal("integers") }
    return try values.map { value in
      guard let narrow = Integer(exactly: value) else { throw refusal("smaller integers") }
      return narrow
    }
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .keyed(let fields) = value else { throw refusal("fields") }
    return KeyedDecodingContainer(
      Fields(
        fields: Dictionary(fields.map { ($0.key, $0.value) }) { a, _ in a },
        codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let values) = value else { throw refusal("a list") }
    return List(values: values, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

  private struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let fields: [String: CodedValue]
    let codingPath: [any CodingKey]
    var allKeys: [Key] { fields.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { fields[key.stringValue] != nil }
    private func decoder(_ key: Key) throws -> ArrayDecoder {
      guard let value = fields[key.stringValue] else {
        throw ArrayCodingError("it has no field '\(key.stringValue)'")
      }
      return ArrayDecoder(value, codingPath + [key])
    }
    func decodeNil(forKey key: Key) -> Bool {
      if case CodedValue.none? = fields[key.stringValue] { true } else { false }
    }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
      try decoder(key).take(type)
    }
    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try decoder(key).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      try decoder(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { throw ArrayCodingError("no superclass is coded") }
    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
  }

  private struct List: UnkeyedDecodingContainer {
    let values: [CodedValue]
    let codingPath: [any CodingKey]
    var currentIndex = 0

    init(values: [CodedValue], codingPath: [any CodingKey]) {
      self.values = values
      self.codingPath = codingPath
    }

    var count: Int? { values.count }
    var isAtEnd: Bool { currentIndex >= values.count }
    private mutating func next() throws -> ArrayDecoder {
      guard !isAtEnd else { throw ArrayCodingError("a list is too short") }
      defer { currentIndex += 1 }
      return ArrayDecoder(values[currentIndex], codingPath)
    }
    mutating func decodeNil() -> Bool {
      guard !isAtEnd, case CodedValue.none = values[currentIndex] else { return false }
      currentIndex += 1
      return true
    }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
      try next().take(type)
    }
    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
      try next().unkeyedContainer()
    }
    mutating func superDecoder() throws -> any Decoder { try next() }
  }

  private struct Single: SingleValueDecodingContainer {
    let decoder: ArrayDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    private func integer<Integer: FixedWidthInteger>() throws -> Integer {
      guard case .integer(let value) = decoder.value, let narrow = Integer(exactly: value) else {
        throw decoder.refusal("an integer")
      }
      return narrow
    }
    private func number() throws -> Double {
      guard case .number(let value) = decoder.value else { throw decoder.refusal("a number") }
      return value
    }
    func decodeNil() -> Bool { if case .none = decoder.value { true } else { false } }
    func decode(_ type: Bool.Type) throws -> Bool {
      guard case .bool(let value) = decoder.value else { throw decoder.refusal("a truth value") }
      return value
    }
    func decode(_ type: String.Type) throws -> String {
      guard case .text(let value) = decoder.value else { throw decoder.refusal("a text") }
      return value
    }
    func decode(_ type: Double.Type) throws -> Double { try number() }
    func decode(_ type: Float.Type) throws -> Float { Float(try number()) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.take(type) }
  }
}
