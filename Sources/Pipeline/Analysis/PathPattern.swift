import Files
import FoundationEssentials
import LibC

/// A path with wildcards: `*`, `?` and `[…]` within a name, `**` for any folders. A file that is
/// called so, brackets and all, is meant before any other.
public struct PathPattern: Sendable, Hashable {
  public let text: String

  public init(_ text: String) { self.text = text }

  /// Whether the path has wildcards at all.
  public var hasWildcards: Bool { text.contains { "*?[".contains($0) } }

  /// Whether the path is a pattern for others: it has wildcards, and no file has it for its name.
  public var isPattern: Bool { hasWildcards && !FileManager.default.fileExists(atPath: text) }

  /// The files that match, by ascending name; a path that is no pattern is itself, whether it is
  /// there or not. Temporary files of interrupted writes do not match.
  public func matches() -> [String] {
    guard isPattern else { return [text] }
    let parts = text.split(separator: "/", omittingEmptySubsequences: true)
    let root = text.hasPrefix("/") ? "/" : ""
    return PathPattern.expand(root, parts[...]).sorted()
  }

  /// Whether `text` is `pattern`, in which `*` and `?` stand for anything.
  static func matches(_ pattern: String, _ text: String) -> Bool {
    fnmatch(pattern, text, 0) == 0
  }

  /// What the wildcards stand for in a path that matches; `nil` where it does not.
  func captures(in path: String) -> [String]? {
    var pattern = ""
    var rest = text[...]
    while let character = rest.popFirst() {
      switch character {
      case "*" where rest.first == "*":
        rest.removeFirst()
        if rest.first == "/" { rest.removeFirst() }
        pattern += "((?:.*/)?)"
      case "*": pattern += "([^/]*)"
      case "?": pattern += "([^/])"
      case "[":
        guard let end = rest.dropFirst().firstIndex(of: "]") else {
          pattern += "\\["
          continue
        }
        let body = rest[..<end]
        let isNegated = body.first == "!" || body.first == "^"
        let members = (isNegated ? body.dropFirst() : body).map {
          "\\[]^&~".contains($0) ? "\\\($0)" : String($0)
        }
        pattern += "([" + (isNegated ? "^" : "") + members.joined() + "])"
        rest = rest[rest.index(after: end)...]
      default:
        pattern +=
          character.isLetter || character.isNumber || character == "/"
          ? String(character) : "\\\(character)"
      }
    }
    guard let expression = try? Regex(pattern), let match = path.wholeMatch(of: expression) else {
      return nil
    }
    return match.output.dropFirst().map { String($0.substring ?? "") }
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
