import Files
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Rows that lie in a file one after another, in extents of equally many rows.
///
/// Reading copies from the page cache straight into the caller's buffer: nothing stays mapped, so
/// a pass over a large file takes no memory, and threads do not wait for one another.
struct StoredExtents: Sendable {
  private let file: FileDescriptor
  private let rowByteCount: Int
  private let rowsPerExtent: Int
  /// The byte each extent starts at.
  private let starts: [Int]

  /// `nil` where an extent would lie outside the file.
  init?(
    _ file: FileDescriptor, rowByteCount: Int, rowCount: Int, rowsPerExtent: Int, starts: [Int]
  ) {
    for (index, start) in starts.enumerated() {
      let rows = min(rowsPerExtent, rowCount - index * rowsPerExtent)
      guard start >= 0, rows >= 0, rows * rowByteCount <= file.size - start else { return nil }
    }
    self.file = file
    self.rowByteCount = rowByteCount
    self.rowsPerExtent = rowsPerExtent
    self.starts = starts
  }

  /// Fills `buffer` with the bytes of `rows`.
  func read(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    var row = rows.lowerBound
    var target = buffer
    while row < rows.upperBound {
      let (extent, position) = row.quotientAndRemainder(dividingBy: rowsPerExtent)
      let count = min(rowsPerExtent - position, rows.upperBound - row)
      let size = count * rowByteCount
      try file.read(
        at: starts[extent] + position * rowByteCount,
        into: UnsafeMutableRawBufferPointer(rebasing: target[..<size]))
      target = UnsafeMutableRawBufferPointer(rebasing: target[size...])
      row += count
    }
  }
}

/// A file open for reading at any offset by several threads at once.
final class FileDescriptor: Sendable {
  private let descriptor: Int32
  private let path: String
  /// Its size in bytes when it was opened.
  let size: Int

  /// A second descriptor of an open file, or `nil` where there can be none.
  init?(duplicating descriptor: Int32, path: String) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard duplicate >= 0 else { return nil }
    self.descriptor = duplicate
    self.path = path
    size = Int(status.st_size)
  }

  deinit { _ = close(descriptor) }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    var done = 0
    while done < buffer.count {
      let got = pread(
        descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        throw FileError(
          kind: .badInput, operation: "read", path: path,
          reason: got < 0
            ? String(cString: strerror(errno))
            : "it ends at byte \(offset + done), \(buffer.count - done) bytes too early")
      }
      done += got
    }
  }
}
