import Glibc
import Tensors

/// Rows of little-endian float32 in a plain file, read where they are wanted.
struct RawRows: RowBlocks {
  let descriptor: Int32
  let rowCount: Int
  let columnCount: Int
  var precision: RowPrecision { .float32 }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    try readExactly(
      UnsafeMutableRawBufferPointer(buffer), descriptor, at: rows.lowerBound * columnCount * 4)
  }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws {
    var floats = [Float](repeating: 0, count: buffer.count)
    try floats.withUnsafeMutableBufferPointer { try read(rows, into: $0) }
    for (index, value) in floats.enumerated() { buffer[index] = Double(value) }
  }
}

/// Row i has label i mod C, mixed: what the generator writes.
struct CyclicLabels: LabelBlocks {
  let labelCount: Int
  let classes: Int

  static func label(of row: Int, classes: Int) -> Int { row &* 7_919 % classes }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) {
    for (index, row) in rows.enumerated() {
      buffer[index] = Int64(CyclicLabels.label(of: row, classes: classes))
    }
  }
}

struct ReadFailure: Error {}

func readExactly(
  _ buffer: UnsafeMutableRawBufferPointer, _ descriptor: Int32, at offset: Int
) throws {
  var done = 0
  while done < buffer.count {
    let count = pread(
      descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
    guard count > 0 else { throw ReadFailure() }
    done += count
  }
}
