extension KeyedDecodingContainer {
  /// The value of a field that may be absent.
  func value<T: Decodable>(_ key: Key, default absent: @autoclosure () -> T) throws -> T {
    try decodeIfPresent(T.self, forKey: key) ?? absent()
  }

  /// Refuses a value out of its range, naming the field.
  func require(_ key: Key, _ condition: Bool, _ message: String) throws {
    if !condition {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "'\(key.stringValue)': \(message)")
    }
  }
}
