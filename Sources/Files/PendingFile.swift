import CollapseCore
import LibC

/// A file being written under a temporary name, for writers that live longer than one call.
///
/// It takes its final name by ``commit()`` only; one that is dropped before is removed.
public struct PendingFile: ~Copyable {
  /// The name it will have.
  public let path: String
  /// Where to write; an empty file stands there.
  public let temporaryPath: String
  private var isCommitted = false

  /// Makes an empty file beside `path`.
  ///
  /// - Throws: ``FileError`` where none can be written there.
  public init(_ path: String) throws(FileError) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      errno = EISDIR
      throw .posix("write", path, kind: .cannotWrite)
    }
    let temporary = AtomicFile.temporaryPath(for: path)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .posix("write", path, kind: .cannotWrite) }
    _ = close(descriptor)
    self.path = path
    temporaryPath = temporary
  }

  /// Flushes what was written to the disk and moves it to ``path``.
  ///
  /// - Throws: ``FileError`` where the file cannot be written or moved.
  public mutating func commit() throws(FileError) {
    try AtomicFile.flush(temporaryPath, target: path)
    guard rename(temporaryPath, path) == 0 else {
      throw .posix("write", path, kind: .cannotWrite)
    }
    isCommitted = true
    AtomicFile.flushFolder(of: path)
  }

  deinit {
    if !isCommitted { unlink(temporaryPath) }
  }
}
