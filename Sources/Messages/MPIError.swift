public import CollapseCore

/// Why processes cannot work together by MPI, and what to do.
public struct MPIError: ClassifiedError, Hashable {
  public let kind: FailureKind
  public let description: String

  init(_ kind: FailureKind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
