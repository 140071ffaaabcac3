/// A key of any name, to see which names are there.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// Refuses fields nobody reads: a misspelt option must not silently be the default.
  func refuseFields<Key: CodingKey>(except known: [Key]) throws {
    let present = try container(keyedBy: AnyKey.self).allKeys
    let names = known.map(\.stringValue)
    guard let unknown = present.first(where: { !names.contains($0.stringValue) }) else { return }
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: codingPath,
        debugDescription: "unknown field '\(unknown.stringValue)'; there are "
          + names.joined(separator: ", ")))
  }
}

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
