public import CollapseCore

/// A file of arrays that cannot be read or written: features, a checkpoint, images.
public struct ArrayFileError: ClassifiedError, Hashable {
  public let kind: FailureKind
  /// The file, as the caller named it.
  public let file: String
  /// Where in it: "dataset '/labels'", "byte 128"; `nil` for the whole.
  public let location: String?
  /// What was expected and what was found, as one phrase.
  public let problem: String
  /// What the reader could say to have the file read, where that is known.
  public private(set) var choice: MissingChoice?

  /// What is wrong with `file`, or at `location` in it.
  public init(
    kind: FailureKind = .badInput, file: String, location: String? = nil, problem: String,
    choice: MissingChoice? = nil
  ) {
    self.kind = kind
    self.file = file
    self.location = location
    self.problem = problem
    self.choice = choice
  }

  /// The same error with what would help.
  public func asking(_ choice: MissingChoice?) -> ArrayFileError {
    var error = self
    error.choice = choice
    return error
  }

  /// `run.h5, dataset '/labels': 90 labels for 100 rows of features`.
  public var description: String {
    location.map { "\(file), \($0): \(problem)" } ?? "\(file): \(problem)"
  }
}

/// What a file does not tell and a reader can: a program says how, by an option of its own.
public struct MissingChoice: Sendable, Hashable {
  /// What is to be chosen, by a name that programs know it by: `uint16Meaning`.
  public let name: String

  /// The choice of a name.
  public init(_ name: String) { self.name = name }

  /// What 16-bit unsigned integers are.
  public static let uint16Meaning = MissingChoice("uint16Meaning")
  /// That a label stands for none.
  public static let ignoredLabel = MissingChoice("ignoredLabel")
  /// That the parts of a virtual dataset are shards.
  public static let shards = MissingChoice("shards")
}
