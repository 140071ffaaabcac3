import CollapseCore
import Files
import LibC
import Synchronization

/// A download under way: `<name>.partial`, which stays when the download stops, so that the next
/// can go on from there.
///
/// Held by one process at a time; within it, by the thread that fetches and the one that receives.
final class PartialFile: Sendable {
  let path: String
  /// The path the file will have.
  private let target: String
  private let descriptor: Int32
  /// Bytes there.
  private let size: Mutex<Int>

  /// Opens what is there, or begins anew.
  init(for target: String) throws(FileError) {
    self.target = target
    path = "\(target).partial"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
    var status = stat()
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &status) == 0 else {
      let code = errno
      _ = close(descriptor)
      throw FileError(
        kind: .cannotWrite, operation: "write", path: path,
        reason: code == EWOULDBLOCK
          ? "it is being downloaded already" : String(cString: strerror(code)))
    }
    size = Mutex(Int(status.st_size))
  }

  deinit { _ = close(descriptor) }

  var count: Int { size.withLock { $0 } }

  func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try size.withLock { (count) throws(FileError) in
      var done = 0
      while done < bytes.count {
        let wrote = pwrite(
          descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(count))
        if wrote < 0 {
          if errno == EINTR { continue }
          throw Self.failure(path)
        }
        done += wrote
        count += wrote
      }
    }
  }

  /// Throws away what is there.
  func restart() throws(FileError) {
    try size.withLock { (count) throws(FileError) in
      guard ftruncate(descriptor, 0) == 0 else { throw Self.failure(path) }
      count = 0
    }
  }

  /// Flushes the file and gives it its final name.
  func finish() throws(FileError) {
    guard fsync(descriptor) == 0, rename(path, target) == 0 else { throw Self.failure(target) }
  }

  /// Removes the file if nothing is in it.
  func discardIfEmpty() {
    if count == 0 { unlink(path) }
  }

  private static func failure(_ path: String) -> FileError {
    FileError(
      kind: .cannotWrite, operation: "write", path: path, reason: String(cString: strerror(errno)))
  }
}
