/// A file or a folder in a tar archive.
public struct TarEntry: Sendable, Hashable {
  /// A relative path without `.` and `..`, parts separated by `/`.
  public let name: String
  /// Bytes of content, as the archive declares.
  public let size: Int
  /// Whether it is a folder, which has no content.
  public let isFolder: Bool
}

extension TarEntry {
  /// The relative path that `stored` stands for, or what is wrong with it.
  ///
  /// A name that begins at the root or climbs with `..` would be written outside the folder the
  /// archive is unpacked in.
  static func safeName(_ stored: String) -> Result<String, NameProblem> {
    if stored.hasPrefix("/") { return .failure(NameProblem(words: "is an absolute path")) }
    var parts: [Substring] = []
    for part in stored.split(separator: "/") where part != "." {
      if part == ".." { return .failure(NameProblem(words: "climbs out of the folder")) }
      parts.append(part)
    }
    return .success(parts.joined(separator: "/"))
  }

  struct NameProblem: Error {
    let words: String
  }
}
