public import CollapseCore

/// Data that is not what its format says: which file, where in it, what was expected and found.
public struct DatasetError: ClassifiedError, Hashable {
  /// The file or folder; empty where the problem names them.
  public let file: String
  /// Where in it: "byte 8", "row 3"; `nil` for the whole.
  public let location: String?
  /// What was expected and what was found, as one phrase.
  public let problem: String
  public let kind: FailureKind
  /// The option of reading that would let it pass, for whoever can name it to a user.
  public var remedy: Remedy?

  /// An option that lets data pass which is refused without it.
  public enum Remedy: Sendable, Hashable {
    /// ``ReadingOptions/geometry``: a common size.
    case resize
    /// ``ReadingOptions/leavesOutBadFiles``.
    case leaveOutBadFiles
    /// Labels by the data's own classes.
    case ownClasses
  }

  /// What is wrong with `file`, or at `location` in it.
  public init(
    file: String, location: String? = nil, problem: String, kind: FailureKind = .badInput,
    remedy: Remedy? = nil
  ) {
    self.file = file
    self.location = location
    self.problem = problem
    self.kind = kind
    self.remedy = remedy
  }

  /// `digits.idx, byte 8: shape [3] needs 3 bytes, found 2`.
  public var description: String {
    if file.isEmpty { return problem }
    return location.map { "\(file), \($0): \(problem)" } ?? "\(file): \(problem)"
  }
}
