/// What kind of failure an error reports, for whoever must answer with an exit code.
public enum FailureKind: String, Sendable, Hashable, Codable {
  /// Wrong options or configuration.
  case usage
  /// The input is there and is not what it should be.
  case badInput
  /// An input is not there, or cannot be opened.
  case missingInput
  /// The program itself, or a library under it, failed.
  case internalFailure
  /// An output could not be written.
  case cannotWrite

  /// The one to answer with where there are several.
  public static func gravest(of kinds: [FailureKind]) -> FailureKind? {
    [.usage, .badInput, .missingInput, .cannotWrite].first(where: kinds.contains) ?? kinds.first
  }
}

/// An error that says in one message what was attempted, where, what was expected and what was
/// found.
///
/// Libraries throw; only the command prints and exits.
public protocol ClassifiedError: Error, CustomStringConvertible {
  var kind: FailureKind { get }
}
