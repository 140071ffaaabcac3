public import CollapseCore

/// A network that cannot be built, or not for these samples.
public struct NetworkError: ClassifiedError, Hashable {
  public let kind: FailureKind
  /// What was attempted: "build network 'vgg11'".
  public let operation: String
  /// Why, as a phrase.
  public let reason: String

  /// What would help if it were stated.
  public let missing: Missing?

  /// What an array does not say of itself.
  public enum Missing: String, Sendable, Hashable, CaseIterable {
    /// What the network's layers are.
    case network
    /// Which of several networks in a file is meant.
    case stateDictionary
    /// The class of each output.
    case classes
    /// That it is right although nothing shows it.
    case trust
  }

  /// An operation that failed for `reason`.
  public init(
    kind: FailureKind = .usage, operation: String, reason: String, missing: Missing? = nil
  ) {
    self.kind = kind
    self.operation = operation
    self.reason = reason
    self.missing = missing
  }

  public var description: String { "cannot \(operation): \(reason)" }
}
