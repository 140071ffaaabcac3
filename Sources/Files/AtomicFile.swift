import CollapseCore
import LibC
import Synchronization

/// Writing a file so that a reader sees the whole new file or the old one, never a part.
///
/// The content goes to a temporary name in the same folder, is flushed to the disk, and is then
/// renamed. A failed or interrupted write leaves what stood under the final name as it was; the
/// temporary file of a failed write is removed, that of a killed process stays and is named so
/// that ``isTemporary(_:)`` recognizes it.
public enum AtomicFile {
  /// Lets `body` write the file under a temporary path, then moves it to `path`.
  ///
  /// - Throws: what `body` throws, or ``FileError`` when the file cannot be flushed or moved.
  public static func write<Result>(
    to path: String, _ body: (_ temporaryPath: String) throws -> Result
  ) throws -> Result {
    var pending = try PendingFile(path)
    let result = try body(pending.temporaryPath)
    try pending.commit()
    return result
  }

  /// Writes `bytes` to `path`.
  ///
  /// - Throws: ``FileError`` where it cannot be written; what stood at `path` stays.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { temporary in
      try put(bytes, in: temporary, target: path)
    }
  }

  /// Writes `text` as UTF-8 to `path`.
  ///
  /// - Throws: ``FileError`` where it cannot be written; what stood at `path` stays.
  public static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// Takes the file at `path` away, where there is one.
  ///
  /// - Throws: ``FileError`` where it cannot be removed.
  public static func remove(_ path: String) throws(FileError) {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw .posix("remove", path, kind: .cannotWrite)
    }
  }

  /// Whether `name` is that of a temporary file an interrupted write may have left.
  public static func isTemporary(_ name: String) -> Bool {
    // Asked of every file of a folder of images, where Swift's `contains` takes its time.
    strstr(name, marker) != nil
  }

  private static let marker = ".partial-"

  /// Tells the writes of one process apart, should two threads write the same path.
  private static let serial = Atomic(0)

  static func temporaryPath(for path: String) -> String {
    let serial = serial.wrappingAdd(1, ordering: .relaxed).newValue
    return "\(path)\(marker)\(getpid())-\(serial)"
  }

  /// Writes `bytes` to `file`, as a part of writing `target`.
  static func put(
    _ bytes: [UInt8], in file: String, target: String
  ) throws(FileError) {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .posix("write", target, kind: .cannotWrite) }
    defer { _ = close(descriptor) }
    let failure: FileError? = bytes.withUnsafeBytes { bytes in
      do throws(FileError) {
        try put(bytes, in: descriptor, target: target)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
  }

  private static func put(
    _ bytes: UnsafeRawBufferPointer, in descriptor: Int32, target: String
  ) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let wrote = unistdWrite(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if wrote < 0 {
        if errno == EINTR { continue }
        throw .posix("write", target, kind: .cannotWrite)
      }
      done += wrote
    }
  }

  /// Writes the content of `file` to the device or pipe at `target`.
  static func pour(_ file: String, into target: String) throws(FileError) {
    let source = open(file, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw .posix("read", file, kind: .cannotWrite) }
    defer { _ = close(source) }
    let descriptor = open(target, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .posix("write", target, kind: .cannotWrite) }
    defer { _ = close(descriptor) }
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { block.deallocate() }
    while true {
      let count = read(source, block.baseAddress!, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .posix("read", file, kind: .cannotWrite) }
      if count == 0 { return }
      try put(UnsafeRawBufferPointer(rebasing: block[..<count]), in: descriptor, target: target)
    }
  }

  static func flush(_ temporary: String, target: String) throws(FileError) {
    let descriptor = open(temporary, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .posix("write", target, kind: .cannotWrite) }
    defer { _ = close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .posix("write", target, kind: .cannotWrite) }
  }

  /// Makes the rename itself durable; a file system that cannot is no reason to fail.
  static func flushFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    _ = close(descriptor)
  }
}

/// `write(2)`, which the methods of the same name would shadow.
private let unistdWrite: @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { write($0, $1, $2) }
