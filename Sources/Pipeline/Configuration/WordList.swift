/// Fields that take one of a few words.
enum WordList {
  /// The words of an enumeration; `nil` where its values are no words or cannot be listed.
  static func words<Value>(of _: Value.Type) -> [String]? {
    guard let type = Value.self as? any CaseIterable.Type else { return nil }
    return words(listing: type)
  }

  private static func words<Value: CaseIterable>(listing _: Value.Type) -> [String]? {
    let values = Value.allCases.map { ($0 as? any RawRepresentable)?.rawValue as? String }
    return values.contains(nil) ? nil : values.compactMap(\.self)
  }

  /// The value that `word` names.
  static func value<Value: CaseIterable & RawRepresentable<String>>(
    _ word: String, in decoder: any Decoder
  ) throws -> Value {
    try require(word, among: Value.allCases.map(\.rawValue), at: decoder.codingPath)
    return Value(rawValue: word)!
  }

  /// Refuses a word that is not one of `words`, naming the nearest.
  static func require(_ word: String, among words: [String], at path: [any CodingKey]) throws {
    if words.contains(word) { return }
    let remedy = Spelling.nearest(to: word, among: words).map { "; did you mean '\($0)'?" } ?? ""
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: path,
        debugDescription:
          "expected one of \(words.joined(separator: ", ")), found '\(word)'\(remedy)"))
  }
}
