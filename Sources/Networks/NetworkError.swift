public import CollapseCore

/// A network that cannot be built, or not for these samples.
public struct NetworkError: ClassifiedError, Hashable {
  public let kind: FailureKind
  /// What was attempted: "build network 'vgg11'".
  public let operation: String
  /// Why, as a phrase.
  public let reason: String

  /// An operation that failed for `reason`.
  public init(kind: FailureKind = .usage, operation: String, reason: String) {
    self.kind = kind
    self.operation = operation
    self.reason = reason
  }

  public var description: String { "cannot \(operation): \(reason)" }
}
