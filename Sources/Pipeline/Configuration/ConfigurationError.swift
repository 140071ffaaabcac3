public import CollapseCore
import Yams

/// A configuration that cannot be used: file, line, column, and what to write instead.
public struct ConfigurationError: ClassifiedError, Hashable {
  public let file: String
  public let position: ConfigurationPosition?
  public let problem: String
  /// `.usage`, but for data that is not what the configuration asks for.
  public let kind: FailureKind
  /// What else is wrong with the same configuration.
  public private(set) var others: [ConfigurationError] = []

  public init(
    file: String, position: ConfigurationPosition?, problem: String, kind: FailureKind = .usage
  ) {
    self.file = file
    self.position = position
    self.problem = problem
    self.kind = kind
  }

  /// Everything wrong with a configuration as one error; `nil` where nothing is.
  init?(_ faults: [ConfigurationFault], file: String) {
    var errors: [ConfigurationError] = []
    for fault in faults {
      let error = ConfigurationError(
        file: fault.origin ?? file, position: fault.position, problem: fault.description)
      if !errors.contains(error) { errors.append(error) }
    }
    guard let first = errors.first else { return nil }
    self = first
    others = Array(errors.dropFirst())
  }

  /// The fault, and those of the same configuration, each by itself.
  public var all: [ConfigurationError] {
    var first = self
    first.others = []
    return [first] + others
  }

  /// `study.yaml:4:3: unknown key 'epoch' in training: did you mean 'epochs'?`, a line for each
  /// fault.
  public var description: String {
    let own =
      position.map { "\(file):\($0.line):\($0.column): \(problem)" } ?? "\(file): \(problem)"
    return ([own] + others.map(\.description)).joined(separator: "\n")
  }

  init(yaml error: YamlError, file: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(file: file, position: ConfigurationPosition(mark), problem: problem)
    case .reader(let problem, let offset, _, _):
      // The whole text is in the error too, and may be anything.
      self.init(
        file: file, position: nil,
        problem: "not YAML: \(problem)" + (offset.map { " at byte \($0)" } ?? ""))
    case .duplicatedKeysInMapping(let duplicates, let context):
      let first = ConfigurationPosition(context.mark)
      self.init(
        file: file,
        position: duplicates.first.flatMap { first.next($0, in: context.text) } ?? first,
        problem: "key \(duplicates.map { "'\($0)'" }.joined(separator: ", ")) is given twice")
    default:
      self.init(file: file, position: nil, problem: "not YAML: \(error)")
    }
  }
}

extension ConfigurationPosition {
  /// Where the key that stands here is written once more in the same mapping: further on in its
  /// line, or at the same column of a later one.
  fileprivate func next(_ key: String, in text: String) -> ConfigurationPosition? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated().dropFirst(line - 1) {
      let characters = Array(line)
      let columns = index == self.line - 1 ? column..<characters.count : column - 1..<column
      for start in columns where start < characters.count {
        let isWord = start == 0 || " {,\"'".contains(characters[start - 1])
        if isWord, String(characters[start...]).isKey(key) {
          return ConfigurationPosition(line: index + 1, column: start + 1)
        }
      }
    }
    return nil
  }
}

extension String {
  /// Whether the text begins with `key`, in quotes or without, and a colon.
  fileprivate func isKey(_ key: String) -> Bool {
    [key, "\"\(key)\"", "'\(key)'"].contains { written in
      hasPrefix(written) && dropFirst(written.count).drop { $0 == " " }.first == ":"
    }
  }
}
