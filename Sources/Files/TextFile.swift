import CollapseCore

/// Files of text, which editors save in more than one way.
public enum TextFile {
  /// The text of the file at `path`, in UTF-8, without the mark that some editors put before it;
  /// `nil` where it is no UTF-8.
  ///
  /// - Throws: ``FileError`` when it cannot be read, or is in UTF-16.
  public static func read(_ path: String) throws(FileError) -> String? {
    let bytes = try FileContents.read(path)
    // The mark U+FEFF in either order of bytes.
    if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      throw FileError(
        kind: .badInput, operation: "read", path: path,
        reason: "it is text in UTF-16, expected UTF-8: save it with that encoding")
    }
    return String(
      validating: bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...], as: UTF8.self)
  }
}
