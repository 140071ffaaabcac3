public import CollapseCore

/// A tar archive that is damaged, or that holds what is not unpacked.
public struct TarError: ClassifiedError, Hashable {
  /// What messages call the archive: its path.
  public let file: String
  /// Where in the unpacked archive the header or the content stands.
  public let byte: Int
  /// What was expected and what was found.
  public let problem: String
  public var kind: FailureKind { .badInput }

  init(file: String, byte: Int, problem: String) {
    self.file = file
    self.byte = byte
    self.problem = problem
  }

  /// `a.tar.gz, byte 512 of the archive: expected a header, found 12 bytes`.
  public var description: String { "\(file), byte \(byte) of the archive: \(problem)" }
}
