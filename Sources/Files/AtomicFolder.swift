import CollapseCore
import FoundationEssentials
import LibC

/// Writing a folder of files so that a reader sees the whole folder or none.
///
/// The files go to a folder of a temporary name beside the final one, are flushed to the disk all
/// together, and the folder is then renamed. That of a killed process stays and is named so that
/// ``AtomicFile/isTemporary(_:)`` recognizes it.
public struct AtomicFolder: Sendable {
  private let temporary: String
  private let target: String
  private let shouldStop: @Sendable () -> Bool

  /// The writing was stopped before its end, and nothing of it is left.
  public struct Stopped: Error {}

  /// Lets `body` fill a folder, then moves it to `path`, where an empty folder may stand.
  ///
  /// - Parameter shouldStop: is asked before each file; when it says so nothing is left.
  /// - Throws: what `body` throws, ``Stopped`` on request, or ``FileError`` when something stands at `path` or the folder
  ///   cannot be written.
  public static func write(
    to path: String, shouldStop: @escaping @Sendable () -> Bool = { false },
    _ body: (AtomicFolder) throws -> Void
  ) throws {
    try checkFree(path)
    let folder = AtomicFolder(
      temporary: AtomicFile.temporaryPath(for: path), target: path,
      shouldStop: shouldStop)
    do {
      try folder.create(folder.temporary)
      try body(folder)
      if shouldStop() { throw Stopped() }
      // One call for all files; one fsync for each would take minutes where there are many.
      sync()
      guard rename(folder.temporary, path) == 0 else {
        throw FileError.posix("write", path, kind: .cannotWrite)
      }
    } catch {
      try? FileManager.default.removeItem(atPath: folder.temporary)
      throw error
    }
  }

  /// Makes the folder `name`, such as `train/0`, whose parent must be there. It may itself be.
  ///
  /// - Throws: ``FileError`` where it cannot be made.
  public func createFolder(_ name: String) throws(FileError) { try create("\(temporary)/\(name)") }

  /// Writes the file `name`, such as `train/0/001.png`, into a folder that must be there.
  ///
  /// - Throws: ``FileError`` where it cannot be written, ``Stopped`` on request.
  public func write(_ bytes: [UInt8], to name: String) throws {
    if shouldStop() { throw Stopped() }
    try AtomicFile.put(bytes, in: "\(temporary)/\(name)", target: "\(target)/\(name)")
  }

  private func create(_ path: String) throws(FileError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw .posix("write", target, kind: .cannotWrite)
    }
  }

  private static func checkFree(_ path: String) throws(FileError) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(
        kind: .cannotWrite, operation: "write", path: path, reason: "a file is there already")
    }
    let contents = try FolderContents(path)
    guard contents.files.isEmpty, contents.folders.isEmpty else {
      throw FileError(
        kind: .cannotWrite, operation: "write", path: path,
        reason: "the folder is there already and is not empty")
    }
  }
}
