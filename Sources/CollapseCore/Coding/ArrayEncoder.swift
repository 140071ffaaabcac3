/// Makes a ``CodedValue`` of what is encodable.
struct ArrayEncoder: Encoder {
  /// Where a value goes.
  final class Slot {
    var value = CodedValue.none
  }

  let slot: Slot
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ slot: Slot, _ path: [any CodingKey]) {
    self.slot = slot
    codingPath = path
  }

  func put<Value: Encodable>(_ value: Value) throws {
    // By the type and not by a cast: an empty array can be cast to one of anything.
    switch Value.self {
    case is [Double].Type: slot.value = .numbers(value as! [Double])
    case is [Int].Type: slot.value = .integers((value as! [Int]).map(Int64.init))
    case is [Int64].Type: slot.value = .integers(value as! [Int64])
    case is [Int32].Type: slot.value = .integers((value as! [Int32]).map(Int64.init))
    default: try value.encode(to: self)
    }
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    slot.value = .keyed([])
    return KeyedEncodingContainer(Fields(encoder: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    slot.value = .list([])
    return List(encoder: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

  private struct Fields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: ArrayEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }

    private func add(_ key: Key, _ value: CodedValue) {
      guard case .keyed(var fields) = encoder.slot.value else { return }
      encoder.slot.value = .none  // or the fields would be copied
      fields.append((key.stringValue, value))
      encoder.slot.value = .keyed(fields)
    }

    func encodeNil(forKey key: Key) { add(key, .none) }
    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
      let slot = Slot()
      try ArrayEncoder(slot, codingPath + [key]).put(value)
      add(key, slot.value)
    }
    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
      preconditionFailure("no type of ours nests containers by hand")
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      preconditionFailure("no type of ours nests containers by hand")
    }
    func superEncoder() -> any Encoder { encoder }
    func superEncoder(forKey key: Key) -> any Encoder { encoder }
  }

  private struct List: UnkeyedEncodingContainer {
    let encoder: ArrayEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { if case .list(let values) = encoder.slot.value { values.count } else { 0 } }

    private func add(_ value: CodedValue) {
      guard case .list(var values) = encoder.slot.value else { return }
      encoder.slot.value = .none  // or the values would be copied
      values.append(value)
      encoder.slot.value = .list(values)
    }

    func encodeNil() { add(.none) }
    func encode<Value: Encodable>(_ value: Value) throws {
      let slot = Slot()
      try ArrayEncoder(slot, codingPath).put(value)
      add(slot.value)
    }
    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
      preconditionFailure("no type of ours nests containers by hand")
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
      preconditionFailure("no type of ours nests containers by hand")
    }
    func superEncoder() -> any Encoder { encoder }
  }

  private struct Single: SingleValueEncodingContainer {
    let encoder: ArrayEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil() { encoder.slot.value = .none }
    func encode(_ value: Bool) { encoder.slot.value = .bool(value) }
    func encode(_ value: String) { encoder.slot.value = .text(value) }
    func encode(_ value: Double) { encoder.slot.value = .number(value) }
    func encode(_ value: Float) { encoder.slot.value = .number(Double(value)) }
    func encode(_ value: Int) { encoder.slot.value = .integer(Int64(value)) }
    func encode(_ value: Int8) { encoder.slot.value = .integer(Int64(value)) }
    func encode(_ value: Int16) { encoder.slot.value = .integer(Int64(value)) }
    func encode(_ value: Int32) { encoder.slot.value = .integer(Int64(value)) }
    func encode(_ value: Int64) { encoder.slot.value = .integer(value) }
    func encode(_ value: UInt) throws { try encode(UInt64(value)) }
    func encode(_ value: UInt8) { encoder.slot.value = .integer(Int64(value)) }
    func encode(_ value: UInt16) { encoder.slot.value = .integer(Int64(value)) }
    func encode(_ value: UInt32) { encoder.slot.value = .integer(Int64(value)) }
    func encode(_ value: UInt64) throws {
      guard let narrow = Int64(exactly: value) else {
        throw ArrayCodingError("\(value) is larger than a coded integer can be")
      }
      encoder.slot.value = .integer(narrow)
    }
    func encode<Value: Encodable>(_ value: Value) throws { try encoder.put(value) }
  }
}
