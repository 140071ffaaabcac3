public import CollapseCore

/// Data that is not what its format says: which file, where in it, what was expected and found.
public struct DatasetError: ClassifiedError, Hashable {
  /// The file or folder.
  public let file: String
  /// Where in it: "byte 8", "row 3"; `nil` for the whole.
  public let location: String?
  /// What was expected and what was found, as one phrase.
  public let problem: String
  public let kind: FailureKind

  public init(
    file: String, location: String? = nil, problem: String, kind: FailureKind = .badInput
  ) {
    self.file = file
    self.location = location
    self.problem = problem
    self.kind = kind
  }

  /// `digits.idx, byte 8: shape [3] needs 3 bytes, found 2`.
  public var description: String {
    location.map { "\(file), \($0): \(problem)" } ?? "\(file): \(problem)"
  }
}
