import CollapseCore
import LibC

/// A file being written under a temporary name, for writers that live longer than one call.
///
/// It takes its final name by ``commit()`` only; one that is dropped before is removed. What stands
/// there and is no file, a device or a pipe, is not replaced but written to.
public struct PendingFile: ~Copyable {
  /// The name it will have.
  public let path: String
  /// Where to write; an empty file stands there.
  public let temporaryPath: String
  private let target: Target
  private var isCommitted = false

  private enum Target {
    /// The file that takes the place of what stands there: behind a link, that which it leads to.
    case file(String)
    /// A device or a pipe, which stays what it is and is given the content.
    case stream
  }

  /// Makes an empty file beside `path`, or, for a device or a pipe, where temporary files go.
  ///
  /// - Throws: ``FileError`` where none can be written there.
  public init(_ path: String) throws(FileError) {
    var status = stat()
    var target = Target.file(path)
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFDIR:
        errno = EISDIR
        throw .posix("write", path, kind: .cannotWrite)
      case S_IFREG:
        if let resolved = realpath(path, nil) {
          target = .file(String(cString: resolved))
          free(resolved)
        }
      default: target = .stream
      }
    }
    let temporary =
      switch target {
      case .file(let file): AtomicFile.temporaryPath(for: file)
      case .stream:
        AtomicFile.temporaryPath(
          for: (getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") + "/collapse-stream")
      }
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .posix("write", path, kind: .cannotWrite) }
    _ = close(descriptor)
    self.path = path
    self.target = target
    temporaryPath = temporary
  }

  /// Flushes what was written to the disk and moves it to ``path``; a device or a pipe is given it.
  ///
  /// - Throws: ``FileError`` where the file cannot be written or moved.
  public mutating func commit() throws(FileError) {
    switch target {
    case .file(let file):
      try AtomicFile.flush(temporaryPath, target: path)
      guard rename(temporaryPath, file) == 0 else {
        throw .posix("write", path, kind: .cannotWrite)
      }
      isCommitted = true
      AtomicFile.flushFolder(of: file)
    case .stream: try AtomicFile.pour(temporaryPath, into: path)
    }
  }

  deinit {
    if !isCommitted { unlink(temporaryPath) }
  }
}
