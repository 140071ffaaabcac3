public import CollapseCore

/// A network or training that cannot be built or cannot go on.
public struct TrainingError: ClassifiedError, Hashable {
  public let kind: FailureKind
  /// What was attempted: "compile layer 'features.3'".
  public let operation: String
  /// Why, as a phrase.
  public let reason: String

  /// An operation that failed for `reason`.
  public init(kind: FailureKind, operation: String, reason: String) {
    self.kind = kind
    self.operation = operation
    self.reason = reason
  }

  public var description: String { "cannot \(operation): \(reason)" }
}
