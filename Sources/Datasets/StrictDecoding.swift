import CollapseCore

extension Decoder {
  /// A keyed container that holds no field but those of `keys` and `also`.
  ///
  /// A misspelt field of a study would otherwise leave a default in place without a word.
  ///
  /// - Throws: `DecodingError` that names the fields nobody knows and those that are known.
  func strictContainer<Keys: CodingKey & CaseIterable>(
    keyedBy keys: Keys.Type, of what: String, also: Set<String> = []
  ) throws -> KeyedDecodingContainer<Keys> {
    let known = keys.allCases.map(\.stringValue)
    if userInfo[.refusesUnknownFields] != nil { return try container(keyedBy: keys) }
    let unknown = try container(keyedBy: AnyCodingKey.self).allKeys.map(\.stringValue)
      .filter { !known.contains($0) && !also.contains($0) }
    guard unknown.isEmpty else {
      let names = unknown.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath,
          debugDescription:
            "\(what) has no field \(names); its fields are \(known.joined(separator: ", "))"))
    }
    return try container(keyedBy: keys)
  }
}

extension KeyedDecodingContainer {
  /// The value of `key`, or `standard` where the field is left out.
  func decode<Value: Decodable>(_ key: Key, default standard: Value) throws -> Value {
    try decodeIfPresent(Value.self, forKey: key) ?? standard
  }
}
