public import CollapseCore

/// A feature or checkpoint file that cannot be read or written.
public struct FeatureStoreError: ClassifiedError, Hashable {
  public let kind: FailureKind
  public let file: String
  /// Where in it: "dataset '/labels'", "byte 128"; `nil` for the whole.
  public let location: String?
  /// What was expected and what was found, as one phrase.
  public let problem: String

  public init(
    kind: FailureKind = .badInput, file: String, location: String? = nil, problem: String
  ) {
    self.kind = kind
    self.file = file
    self.location = location
    self.problem = problem
  }

  /// `run.h5, dataset '/labels': 90 labels for 100 rows of features`.
  public var description: String {
    location.map { "\(file), \($0): \(problem)" } ?? "\(file): \(problem)"
  }
}
