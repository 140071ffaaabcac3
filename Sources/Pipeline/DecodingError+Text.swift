import CollapseCore
import Files

extension FileError {
  /// A file of ours that does not hold what it should.
  static func unexpected(_ expected: String, found: String, in path: String) -> FileError {
    FileError(
      kind: .badInput, operation: "read", path: path,
      reason: "expected \(expected), found \(found)")
  }
}

extension DecodingError {
  /// What stands in the JSON file of `bytes` in place of what was expected.
  func found(in bytes: [UInt8]) -> String {
    switch self {
    case .keyNotFound(let key, let context):
      "JSON without the key '\(DecodingError.path(context.codingPath + [key]))'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      context.codingPath.isEmpty
        ? "JSON that is no object"
        : "JSON with a value of another type at '\(DecodingError.path(context.codingPath))'"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "JSON with a wrong value at '\(DecodingError.path(context.codingPath))'"
    default: DecodingError.text(bytes)
    }
  }

  private static func text(_ bytes: [UInt8]) -> String {
    if bytes.isEmpty { return "an empty file" }
    let line = String(decoding: bytes.prefix(200), as: UTF8.self)
      .prefix { !$0.isNewline }.prefix(40)
    let isText = line.allSatisfy { character in
      character != "\u{FFFD}" && character.unicodeScalars.allSatisfy { $0.value >= 0x20 }
    }
    return isText ? "no JSON: it begins with '\(line)'" : "no JSON: it is not text"
  }

  /// `runs[3].seed`.
  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce("") { path, key in
      key.intValue.map { "\(path)[\($0)]" }
        ?? (path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)")
    }
  }
}
