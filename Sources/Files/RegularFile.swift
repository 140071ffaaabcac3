import CollapseCore
import LibC

/// The one way a file is opened for reading.
///
/// A path may lead to something that is no file: a named pipe would wait for a writer for ever, a
/// device has no end. So nothing but a regular file is opened.
enum RegularFile {
  /// A descriptor of the regular file at `path`, which the caller closes, and its size.
  ///
  /// - Throws: ``FileError`` when the path is missing, a folder, something else or unreadable.
  static func open(_ path: String) throws(FileError) -> (descriptor: Int32, size: Int) {
    // Without O_NONBLOCK, opening a named pipe would already wait.
    let descriptor = LibC.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .posix("read", path, kind: .missingInput) }
    do throws(FileError) {
      return (descriptor, try size(of: descriptor, path))
    } catch {
      _ = close(descriptor)
      throw error
    }
  }

  private static func size(of descriptor: Int32, _ path: String) throws(FileError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .posix("read", path, kind: .missingInput) }
    let mode = status.st_mode & S_IFMT
    if mode == S_IFREG { return Int(status.st_size) }
    throw FileError(
      kind: .missingInput, operation: "read", path: path,
      reason: "it is \(kind(of: mode)), expected a file")
  }

  /// What a path leads to that is no regular file.
  static func kind(of mode: mode_t) -> String {
    switch mode {
    case S_IFDIR: "a folder"
    case S_IFIFO: "a named pipe"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }
}
