public import CollapseCore

/// Gzip data that cannot be inflated: which file, at which byte, what was expected and found.
public struct GzipError: ClassifiedError, Hashable {
  /// What messages call the compressed data: the path of its file.
  public let file: String
  /// Offset in the compressed bytes.
  public let byte: Int
  /// What was expected and what was found, as one phrase.
  public let problem: String
  public let kind: FailureKind

  init(file: String, byte: Int, problem: String, kind: FailureKind = .badInput) {
    self.file = file
    self.byte = byte
    self.problem = problem
    self.kind = kind
  }

  /// `a.gz, byte 31: the CRC-32 of the content is 0x1a2b3c4d, expected 0x00000000`.
  public var description: String { "\(file), byte \(byte): \(problem)" }
}
