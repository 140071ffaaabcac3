/// Values with large arrays of numbers as bytes, every bit as it was: for sums that go from one
/// machine to another.
///
/// Numbers are 64 bits, the least byte first, and arrays of them one after another; names of fields
/// stand beside them, so that a later version of a type can say what it misses.
package enum ArrayCoding {
  package static func encode(_ value: some Encodable) throws -> [UInt8] {
    let slot = ArrayEncoder.Slot()
    try ArrayEncoder(slot, []).put(value)
    var bytes: [UInt8] = []
    slot.value.write(to: &bytes)
    return bytes
  }

  /// - Throws: ``ArrayCodingError``, or what the type makes of values it does not take.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: some Sequence<UInt8>
  ) throws -> Value {
    var rest = Array(bytes)[...]
    let value = try CodedValue(&rest)
    guard rest.isEmpty else {
      throw ArrayCodingError("\(rest.count) bytes are left behind its end")
    }
    return try ArrayDecoder(value, []).take(type)
  }
}

/// Bytes that hold no value of the kind that is expected.
package struct ArrayCodingError: Error, Hashable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
