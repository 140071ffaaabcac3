import CollapseCore
import Files

/// Reads rows of a strided array into contiguous memory, in bounded memory whatever the strides.
///
/// A row is everything under one index of the first axis, its elements in row-major order. The
/// cost depends on the layout:
/// - rows that are contiguous are read straight into their target, one call to the file for all;
/// - rows whose elements are near each other (a slice of columns, channels last) are read with
///   what lies between them and picked from it;
/// - rows that are far apart inside (Fortran order) are gathered column by column: d calls to
///   the file per block of rows, so blocks of a thousand rows or more cost little and single
///   rows cost dearly.
struct StridedReader: Sendable {
  private let array: NumericArray
  private let rowCount: Int
  /// Elements per row.
  let rowLength: Int
  private let rowStride: Int
  /// Where each element of a row is, counted from the row's first; `nil` when it is 0, 1, 2, ….
  private let offsets: [Int]?
  /// The distance from a row's first element to past its last.
  private let rowSpan: Int

  /// The most memory used beside the target, unless one row needs more.
  private static let scratchSize = 4 << 20

  /// A single value is one row of one element.
  init(_ array: NumericArray) {
    self.array = array
    guard array.shape.rank > 0 else {
      (rowCount, rowLength, rowStride, rowSpan, offsets) = (1, 1, 1, 1, nil)
      return
    }
    rowCount = array.shape[0]
    let dimensions = array.shape.dimensions.dropFirst()
    let strides = array.strides.dropFirst()
    rowStride = array.strides[0]
    rowLength = dimensions.reduce(1, *)
    let isContiguous =
      zip(zip(dimensions, strides), NumericArray.rowMajorStrides(Array(dimensions)))
      .allSatisfy { $0.0 == 1 || $0.1 == $1 }
    if isContiguous || array.shape.elementCount == 0 {
      offsets = nil
      rowSpan = rowLength
    } else {
      var offsets = [0]
      for (dimension, stride) in zip(dimensions, strides) {
        offsets = offsets.flatMap { offset in (0..<dimension).map { offset + $0 * stride } }
      }
      rowSpan = offsets.max()! + 1
      self.offsets = offsets
    }
  }

  /// Whether a row's elements follow each other.
  var hasContiguousRows: Bool { offsets == nil }

  /// Copies the elements of `rows`, as they are stored, one row after another.
  ///
  /// - Precondition: `target.count == rows.count * rowLength * array.element.size`.
  func read(_ rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount)
    precondition(target.count == rows.count * rowLength * array.element.size)
    guard target.count > 0 else { return }
    switch array.element.size {
    case 1: try read(rows, UInt8.self, into: target)
    case 2: try read(rows, UInt16.self, into: target)
    case 4: try read(rows, UInt32.self, into: target)
    default: try read(rows, UInt64.self, into: target)
    }
  }

  private func read<Word: FixedWidthInteger & BitwiseCopyable>(
    _ rows: Range<Int>, _: Word.Type, into raw: UnsafeMutableRawBufferPointer
  ) throws {
    let target = raw.bindMemory(to: Word.self)
    guard let offsets else {
      if rows.count == 1 || rowStride == rowLength {
        return try array.bytes.read(at: rows.lowerBound * rowStride * array.element.size, into: raw)
      }
      return try readSpans(rows, into: target) { span, row in
        _ = row.update(fromContentsOf: span[..<rowLength])
      }
    }
    let acrossRows = (rows.count - 1) * rowStride + rowSpan
    let alongColumns = rowLength * ((rows.count - 1) * rowStride + 1)
    // One row's span is the least that reading by rows can hold in memory.
    if acrossRows <= alongColumns || rowSpan * MemoryLayout<Word>.size <= Self.scratchSize / 64 {
      try readSpans(rows, into: target) { span, row in
        for (position, offset) in offsets.enumerated() { row[position] = span[offset] }
      }
    } else {
      try readColumns(rows, offsets, into: target)
    }
  }

  /// Reads whole rows with what lies in and between them; `pick` takes a row from its span.
  private func readSpans<Word: FixedWidthInteger & BitwiseCopyable>(
    _ rows: Range<Int>, into target: UnsafeMutableBufferPointer<Word>,
    pick: (Slice<UnsafeMutableBufferPointer<Word>>, inout UnsafeMutableBufferPointer<Word>) -> Void
  ) throws {
    let size = MemoryLayout<Word>.size
    // Rows far apart are read one by one rather than with the gap between them.
    let areSparse = (rowStride - rowSpan) * size > 64 << 10
    let fitting =
      areSparse ? 1 : max(1, 1 + (Self.scratchSize / size - rowSpan) / max(1, rowStride))
    let rowsPerPiece = min(rows.count, fitting)
    let scratch = UnsafeMutableBufferPointer<Word>.allocate(
      capacity: (rowsPerPiece - 1) * rowStride + rowSpan)
    defer { scratch.deallocate() }
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsPerPiece) {
      let count = min(rowsPerPiece, rows.upperBound - first)
      let span = UnsafeMutableBufferPointer(
        rebasing: scratch[..<((count - 1) * rowStride + rowSpan)])
      try array.bytes.read(
        at: first * rowStride * size, into: UnsafeMutableRawBufferPointer(span))
      for row in 0..<count {
        let start = (first - rows.lowerBound + row) * rowLength
        var place = UnsafeMutableBufferPointer(rebasing: target[start..<start + rowLength])
        pick(
          Slice(
            base: UnsafeMutableBufferPointer(
              rebasing: span[(row * rowStride)..<(row * rowStride + rowSpan)]), bounds: 0..<rowSpan),
          &place)
      }
    }
  }

  /// Reads a few columns at a time, each with one call to the file, and deals them to the rows.
  private func readColumns<Word: FixedWidthInteger & BitwiseCopyable>(
    _ rows: Range<Int>, _ offsets: [Int], into target: UnsafeMutableBufferPointer<Word>
  ) throws {
    let size = MemoryLayout<Word>.size
    let group = 16
    let step = max(1, rowStride)
    let rowsPerPiece = min(rows.count, max(1, Self.scratchSize / (group * size * step)))
    let columnSpan = (rowsPerPiece - 1) * rowStride + 1
    let scratch = UnsafeMutableBufferPointer<Word>.allocate(capacity: group * columnSpan)
    defer { scratch.deallocate() }
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsPerPiece) {
      let count = min(rowsPerPiece, rows.upperBound - first)
      let span = (count - 1) * rowStride + 1
      for columns in stride(from: 0, to: rowLength, by: group) {
        let width = min(group, rowLength - columns)
        for column in 0..<width {
          let place = scratch[(column * columnSpan)..<(column * columnSpan + span)]
          try array.bytes.read(
            at: (first * rowStride + offsets[columns + column]) * size,
            into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: place)))
        }
        for row in 0..<count {
          let start = (first - rows.lowerBound + row) * rowLength + columns
          for column in 0..<width {
            target[start + column] = scratch[column * columnSpan + row * rowStride]
          }
        }
      }
    }
  }
}
