import CollapseCore
import LibC

/// A file open for reading at any offset, by several threads at once.
///
/// It stays the same file when its path is replaced, and is closed with the last reference.
public final class RandomAccessFile: Sendable {
  /// The path it was opened by; for messages.
  public let path: String
  /// Its size in bytes when it was opened.
  public let size: Int
  private let descriptor: Int32

  /// Opens the regular file at `path`.
  ///
  /// - Throws: ``FileError`` when the path is missing, a folder or unreadable.
  public init(_ path: String) throws(FileError) {
    let (descriptor, size) = try RegularFile.open(path)
    self.size = size
    self.path = path
    self.descriptor = descriptor
  }

  /// Another descriptor of a file that a library has open; `nil` where there can be none.
  ///
  /// - Parameter path: what messages call the file.
  public init?(duplicating descriptor: Int32, path: String) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard duplicate >= 0 else { return nil }
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = duplicate
  }

  /// Takes ownership of `descriptor`, open for reading a file of `size` bytes.
  init(owning descriptor: Int32, path: String, size: Int) {
    self.path = path
    self.size = size
    self.descriptor = descriptor
  }

  deinit { _ = close(descriptor) }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Throws: ``FileError`` when the file ends before the buffer is full, or cannot be read.
  public func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(FileError) {
    var done = 0
    while done < buffer.count {
      let got = pread(
        descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if got < 0 {
        if errno == EINTR { continue }
        throw .posix("read", path, kind: .badInput)
      }
      if got == 0 {
        throw FileError(
          kind: .badInput, operation: "read", path: path,
          reason: "it ends at byte \(offset + done), expected \(buffer.count - done) more bytes")
      }
      done += got
    }
  }

  /// The bytes in `range`.
  ///
  /// - Throws: ``FileError`` when the range does not lie in the file: nothing is allocated for
  ///   bytes that are not there.
  public func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= size else {
      throw FileError(
        kind: .badInput, operation: "read", path: path,
        reason: "bytes \(range.lowerBound)..<\(range.upperBound) are asked for, it has \(size)")
    }
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      do throws(FileError) {
        try read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
        count = range.count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// A second descriptor of the same open file, for a library that closes what it is given.
  func duplicatedDescriptor() throws(FileError) -> Int32 {
    let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard duplicate >= 0 else { throw .posix("read", path, kind: .internalFailure) }
    return duplicate
  }
}
