public import CollapseCore

/// How the paths of files state run and epoch: `run={run}/epoch={epoch}`.
///
/// `{run}` and `{epoch}` stand for a part of a name, `*` for anything within one; the pattern may
/// begin anywhere and is to end where the path ends, its extension left out.
public struct NamePattern: Sendable, Hashable {
  /// What a path states.
  public struct Facts: Sendable, Hashable {
    public let run: String?
    public let epoch: Int?
  }

  /// A pattern that says nothing, or too much.
  public struct Malformed: ClassifiedError, Hashable {
    public let kind = FailureKind.usage
    public let description: String
  }

  /// The option of a run's facts that holds its name.
  static let run = "run"

  public let text: String
  private let expression: String

  /// - Throws: ``Malformed`` for a pattern without `{epoch}` and `{run}`, or with one of them twice.
  public init(_ text: String) throws {
    self.text = text
    var expression = ""
    var rest = text[...]
    var seen: Set<String> = []
    while let character = rest.first {
      if character == "{", let end = rest.firstIndex(of: "}") {
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        guard name == "run" || name == "epoch", seen.insert(name).inserted else {
          throw Malformed(
            description: "pattern '\(text)' has '{\(name)}', expected {run} and {epoch}, once each")
        }
        expression += name == "run" ? "(?<run>[^/]+?)" : "(?<epoch>[0-9]+)"
        rest = rest[rest.index(after: end)...]
        continue
      }
      rest.removeFirst()
      switch character {
      case "*": expression += "[^/]*"
      case _ where character.isLetter || character.isNumber || character == "/":
        expression.append(character)
      default: expression += "\\\(character)"
      }
    }
    guard !seen.isEmpty else {
      throw Malformed(description: "pattern '\(text)' has neither {run} nor {epoch}")
    }
    self.expression = "(?:.*/)?[^/]*?\(expression)(?:\\.[A-Za-z][A-Za-z0-9]*)*"
  }

  /// What `path` states.
  ///
  /// - Throws: ``Malformed`` for a path that does not match.
  public func facts(of path: String) throws -> Facts {
    let expression = try Regex(self.expression)
    guard let match = path.wholeMatch(of: expression) else {
      throw Malformed(description: "\(path) does not match the pattern '\(text)'")
    }
    func part(_ name: String) -> String? {
      match.output.first { $0.name == name }?.substring.map(String.init)
    }
    return Facts(run: part("run"), epoch: part("epoch").flatMap { Int($0) })
  }
}
