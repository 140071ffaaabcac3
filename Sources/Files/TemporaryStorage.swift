import CollapseCore
import LibC

/// Room on the disk for bytes that are too many to hold in memory.
public enum TemporaryStorage {
  /// A file without a name that holds what `body` writes; the disk gets its space back with the
  /// last reference to it, or when the process ends, however it ends.
  ///
  /// It lies in the folder that `TMPDIR` names, or else in `/var/tmp`, which is on a disk where
  /// `/tmp` may be memory.
  ///
  /// - Parameters:
  ///   - size: how many bytes `body` will write; refused where they do not fit.
  ///   - path: the file they come from, which messages name.
  /// - Throws: ``FileError`` where the folder has no room or cannot be written, and what `body`
  ///   throws.
  public static func file(
    ofSize size: Int, for path: String,
    _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws -> RandomAccessFile {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
    var space = statvfs()
    if statvfs(folder, &space) == 0 {
      let (free, overflow) = Int(space.f_bavail).multipliedReportingOverflow(
        by: Int(space.f_frsize))
      guard overflow || free >= size else {
        throw FileError(
          kind: .cannotWrite, operation: "unpack", path: path,
          reason: "it needs \(size) bytes in '\(folder)', \(free) are free")
      }
    }
    var name = Array("\(folder)/collapse-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw FileError.posix("unpack", path, kind: .cannotWrite) }
    unlink(name)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var written = 0
    do {
      try body { bytes in
        try write(bytes, to: descriptor, for: path)
        written += bytes.count
      }
    } catch {
      _ = close(descriptor)
      throw error
    }
    return RandomAccessFile(owning: descriptor, path: path, size: written)
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, for path: String
  ) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let wrote = unistdWrite(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if wrote < 0 {
        if errno == EINTR { continue }
        throw .posix("unpack", path, kind: .cannotWrite)
      }
      done += wrote
    }
  }
}

/// `write(2)`, which the method of the same name would shadow.
private let unistdWrite: @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { write($0, $1, $2) }
