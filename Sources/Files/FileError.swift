public import CollapseCore
import FoundationEssentials
import LibC

/// A failed operation on a file: what was attempted, on which path, and why it failed.
public struct FileError: ClassifiedError, Hashable {
  public let kind: FailureKind
  /// What was attempted, as a phrase: "read", "write".
  public let operation: String
  /// The file or folder, as the caller named it.
  public let path: String
  /// Why: "it does not exist", "it is a folder, expected a file".
  public let reason: String

  /// An operation on `path` that failed for `reason`.
  public init(kind: FailureKind, operation: String, path: String, reason: String) {
    self.kind = kind
    self.operation = operation
    self.path = path
    self.reason = reason
  }

  /// The error for one that Foundation threw, whose own text is no message.
  public init(kind: FailureKind, operation: String, path: String, cause: any Error) {
    let code = ((cause as? CocoaError)?.underlying as? POSIXError)?.code
    guard let code, code != .ENOENT else {
      self.init(
        kind: kind, operation: operation, path: path,
        reason: code == nil ? "\(cause)" : "it does not exist")
      return
    }
    errno = code.rawValue
    self = .posix(operation, path, kind: kind)
  }

  /// `cannot read 'a/b': it does not exist`.
  public var description: String { "cannot \(operation) '\(path)': \(reason)" }

  /// The error for the current `errno`.
  static func posix(_ operation: String, _ path: String, kind: FailureKind) -> FileError {
    let reason =
      errno == ENOENT && kind == .cannotWrite
      ? "the folder '\(Folder.parent(of: path))' does not exist" : reason(errno)
    return FileError(kind: kind, operation: operation, path: path, reason: reason)
  }

  /// What an `errno` means: "no space left on the disk".
  package static func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: "it does not exist"
    case EACCES, EPERM: "permission denied"
    case EISDIR: "it is a folder, expected a file"
    case ENOTDIR: "a part of the path is not a folder"
    case ENOSPC, EDQUOT: "no space left on the disk"
    case EROFS: "the disk is read-only"
    default: String(cString: strerror(code))
    }
  }
}
