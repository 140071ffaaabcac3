extension KeyedDecodingContainer {
  /// The value of a field that may be absent.
  func value<T: Decodable>(_ key: Key, default absent: @autoclosure () -> T) throws -> T {
    try decodeIfPresent(T.self, forKey: key) ?? absent()
  }

  /// Refuses a value out of its range: `expected a positive number, found -3`. The field is named
  /// by the coding path; an absent value is right.
  func require<T>(
    _ key: Key, _ value: T?, _ expected: String, where isRight: (T) -> Bool
  ) throws {
    guard let value, !isRight(value) else { return }
    throw DecodingError.dataCorruptedError(
      forKey: key, in: self, debugDescription: "expected \(expected), found \(value)")
  }
}
