import Files

/// Rows that lie in a file one after another, in extents of equally many rows.
///
/// Reading copies from the page cache straight into the caller's buffer: nothing stays mapped, so
/// a pass over a large file takes no memory, and threads do not wait for one another.
struct StoredExtents: Sendable {
  private let file: RandomAccessFile
  private let rowByteCount: Int
  private let rowsPerExtent: Int
  /// The byte each extent starts at.
  private let starts: [Int]

  /// `nil` where an extent would lie outside the file.
  init?(
    _ file: RandomAccessFile, rowByteCount: Int, rowCount: Int, rowsPerExtent: Int, starts: [Int]
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
