import CollapseCore
import LibC

/// Reading whole files, with errors that name the path and the reason.
public enum FileContents {
  /// All bytes of the file at `path`.
  ///
  /// - Throws: ``FileError`` when the path is missing, a folder, unreadable, or changes size
  ///   while it is read.
  public static func read(_ path: String) throws(FileError) -> [UInt8] {
    let (descriptor, size) = try RegularFile.open(path)
    defer { _ = close(descriptor) }
    return try read(size, from: descriptor, path)
  }

  /// The first bytes of the file at `path`, `count` of them or fewer where it is shorter, and
  /// the size of the whole.
  ///
  /// - Throws: ``FileError`` when the path is missing, a folder or unreadable.
  public static func prefix(
    _ path: String, count: Int
  ) throws(FileError) -> (bytes: [UInt8], fileSize: Int) {
    let (descriptor, size) = try RegularFile.open(path)
    defer { _ = close(descriptor) }
    let bytes = try read(min(count, size), from: descriptor, path)
    return (bytes, size)
  }

  /// The size in bytes of the regular file at `path`.
  ///
  /// - Throws: ``FileError`` when the path is missing, a folder or unreadable.
  public static func size(_ path: String) throws(FileError) -> Int {
    let (descriptor, size) = try RegularFile.open(path)
    _ = close(descriptor)
    return size
  }

  private static func read(
    _ size: Int, from descriptor: Int32, _ path: String
  ) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = unistdRead(descriptor, buffer.baseAddress! + count, size - count)
        if got < 0 {
          if errno == EINTR { continue }
          failure = .posix("read", path, kind: .badInput)
          return
        }
        if got == 0 {
          failure = FileError(
            kind: .badInput, operation: "read", path: path,
            reason: "it shrank from \(size) to \(count) bytes while it was read")
          return
        }
        count += got
      }
    }
    if let failure { throw failure }
    return bytes
  }
}

/// `read(2)`, which the method of the same name would shadow.
private let unistdRead: @Sendable (Int32, UnsafeMutableRawPointer, Int) -> Int = {
  read($0, $1, $2)
}
