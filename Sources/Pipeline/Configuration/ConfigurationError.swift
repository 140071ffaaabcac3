public import Tensors
import Yams

/// A configuration that cannot be used: file, line, column, and what to write instead.
public struct ConfigurationError: ClassifiedError, Hashable {
  public let file: String
  public let position: ConfigurationPosition?
  public let problem: String

  public var kind: FailureKind { .usage }

  public init(file: String, position: ConfigurationPosition?, problem: String) {
    self.file = file
    self.position = position
    self.problem = problem
  }

  /// `study.yaml:4:3: unknown key 'epoch' in training: did you mean 'epochs'?`
  public var description: String {
    position.map { "\(file):\($0.line):\($0.column): \(problem)" } ?? "\(file): \(problem)"
  }

  init(yaml error: YamlError, file: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(file: file, position: ConfigurationPosition(mark), problem: problem)
    case .duplicatedKeysInMapping(let duplicates, let context):
      self.init(
        file: file, position: ConfigurationPosition(context.mark),
        problem: "key \(duplicates.map { "'\($0)'" }.joined(separator: ", ")) is given twice")
    default:
      self.init(file: file, position: nil, problem: "not YAML: \(error)")
    }
  }
}
