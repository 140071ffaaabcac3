/// A key that is any string: to see which fields are there.
public struct AnyCodingKey: CodingKey {
  public let stringValue: String
  public var intValue: Int? { nil }

  public init(stringValue: String) { self.stringValue = stringValue }
  public init?(intValue: Int) { nil }
}

extension CodingUserInfoKey {
  /// Set by a decoder that refuses unknown fields itself, with the place of each in its file:
  /// ``Swift/Decoder/refuseFields(except:)`` then leaves it to that decoder.
  public static let refusesUnknownFields = CodingUserInfoKey(rawValue: "refusesUnknownFields")!
}

extension Decoder {
  /// Refuses fields nobody reads: a misspelt option must not silently be the default.
  ///
  /// - Throws: `DecodingError` that names the unknown field and those that are known.
  public func refuseFields(except known: [some CodingKey]) throws {
    if userInfo[.refusesUnknownFields] != nil { return }
    let present = try container(keyedBy: AnyCodingKey.self).allKeys
    let names = known.map(\.stringValue)
    guard let unknown = present.first(where: { !names.contains($0.stringValue) }) else { return }
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: codingPath,
        debugDescription: "unknown field '\(unknown.stringValue)'; there are "
          + names.joined(separator: ", ")))
  }
}
