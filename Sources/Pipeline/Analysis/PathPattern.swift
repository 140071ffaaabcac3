import Files
import FoundationEssentials
import LibC

/// A path with wildcards: `*` and `?` within a name, `**` for any folders.
public struct PathPattern: Sendable, Hashable {
  public let text: String

  public init(_ text: String) { self.text = text }

  /// Whether the path has wildcards at all.
  public var hasWildcards: Bool { text.contains { "*?[".contains($0) } }

  /// The files that match, by ascending name; a path without wildcards is itself, whether it is
  /// there or not. Temporary files of interrupted writes do not match.
  public func matches() -> [String] {
    guard hasWildcards else { return [text] }
    let parts = text.split(separator: "/", omittingEmptySubsequences: true)
    let root = text.hasPrefix("/") ? "/" : ""
    return PathPattern.expand(root, parts[...]).sorted()
  }

  /// Whether `text` is `pattern`, in which `*` and `?` stand for anything.
  static func matches(_ pattern: String, _ text: String) -> Bool {
    fnmatch(pattern, text, 0) == 0
  }

  private static func expand(_ folder: String, _ parts: ArraySlice<Substring>) -> [String] {
    guard let part = parts.first else { return [] }
    let rest = parts.dropFirst()
    if part == "**" {
      // No folder at all, or one folder down and again.
      let deeper = names(in: folder).filter { isFolder(folder + $0) }
        .flatMap { expand(folder + $0 + "/", parts) }
      return expand(folder, rest) + deeper
    }
    let found = names(in: folder).filter { fnmatch(String(part), $0, FNM_PERIOD) == 0 }
    if rest.isEmpty {
      return found.map { folder + $0 }.filter { !isFolder($0) && !AtomicFile.isTemporary($0) }
    }
    return found.filter { isFolder(folder + $0) }.flatMap { expand(folder + $0 + "/", rest) }
  }

  private static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
  }

  private static func isFolder(_ path: String) -> Bool {
    var isDirectory = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
  }
}
