public import CollapseCore

/// Curvature that cannot be had, or not trusted.
public struct CurvatureError: ClassifiedError, Hashable {
  public let kind: FailureKind
  /// What was attempted: "multiply with the Hessian".
  public let operation: String
  public let reason: String

  public init(kind: FailureKind = .badInput, operation: String, reason: String) {
    self.kind = kind
    self.operation = operation
    self.reason = reason
  }

  public var description: String { "cannot \(operation): \(reason)" }
}
