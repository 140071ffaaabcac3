import CollapseCore

/// How the numbers of rows in memory are stored.
public enum RowElement: String, Sendable, Hashable, Codable, CaseIterable {
  /// IEEE 754 half precision, 2 bytes.
  case float16
  /// The upper half of a float32, 2 bytes.
  case bfloat16
  /// IEEE 754 single precision, 4 bytes.
  case float32
  /// IEEE 754 double precision, 8 bytes.
  case float64

  /// Bytes of one number.
  public var byteCount: Int {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    }
  }

  var precision: RowPrecision { self == .float64 ? .float64 : .float32 }
}

/// Rows that someone else has in memory, one after another, with their labels. Good for as long as
/// that memory is.
struct BorrowedRows: RowBlocks, LabelBlocks, @unchecked Sendable {
  let rowCount: Int
  let columnCount: Int
  let element: RowElement
  let numbers: UnsafeRawPointer
  let labels: UnsafePointer<Int64>

  var precision: RowPrecision { element.precision }
  var labelCount: Int { rowCount }
  var rowByteCount: Int { columnCount * element.byteCount }

  /// The rows of `range`.
  subscript(range: Range<Int>) -> BorrowedRows {
    BorrowedRows(
      rowCount: range.count, columnCount: columnCount, element: element,
      numbers: numbers + range.lowerBound * rowByteCount, labels: labels + range.lowerBound)
  }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) {
    let source = numbers + rows.lowerBound * rowByteCount
    switch element {
    case .float16:
      BorrowedRows.convert(source, buffer) { (bits: UInt16) in Float(float16Bits: bits) }
    case .bfloat16:
      BorrowedRows.convert(source, buffer) { (bits: UInt16) in
        Float(bitPattern: UInt32(bits) << 16)
      }
    case .float32:
      UnsafeMutableRawBufferPointer(buffer).copyMemory(
        from: UnsafeRawBufferPointer(start: source, count: rows.count * rowByteCount))
    case .float64: preconditionFailure("float64 rows cannot be read as float32")
    }
  }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) {
    let source = numbers + rows.lowerBound * rowByteCount
    switch element {
    case .float16:
      BorrowedRows.convert(source, buffer) { (bits: UInt16) in Double(Float(float16Bits: bits)) }
    case .bfloat16:
      BorrowedRows.convert(source, buffer) { (bits: UInt16) in
        Double(Float(bitPattern: UInt32(bits) << 16))
      }
    case .float32:
      BorrowedRows.convert(source, buffer) { (bits: UInt32) in Double(Float(bitPattern: bits)) }
    case .float64:
      UnsafeMutableRawBufferPointer(buffer).copyMemory(
        from: UnsafeRawBufferPointer(start: source, count: rows.count * rowByteCount))
    }
  }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) {
    buffer.baseAddress?.update(from: labels + rows.lowerBound, count: rows.count)
  }

  @inline(__always)
  private static func convert<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableBufferPointer<Value>,
    _ value: (Stored) -> Value
  ) {
    guard let out = target.baseAddress else { return }
    for index in 0..<target.count {
      let offset = index * MemoryLayout<Stored>.size
      out[index] = value(source.loadUnaligned(fromByteOffset: offset, as: Stored.self))
    }
  }
}

/// Rows gathered until there are enough to be worked on.
final class GatheredRows {
  private let rows: AlignedBuffer
  private let labels: UnsafeMutablePointer<Int64>
  private let capacity: Int
  private let columnCount: Int
  private let element: RowElement
  private(set) var rowCount = 0

  init(capacity: Int, columnCount: Int, element: RowElement) {
    rows = AlignedBuffer(byteCount: capacity * columnCount * element.byteCount)
    labels = .allocate(capacity: capacity)
    labels.initialize(repeating: 0, count: capacity)
    (self.capacity, self.columnCount, self.element) = (capacity, columnCount, element)
  }

  deinit { labels.deallocate() }

  var isFull: Bool { rowCount == capacity }

  /// Takes as many of the rows as there is room for, and says how many.
  func append(_ more: BorrowedRows) -> Int {
    let taken = min(more.rowCount, capacity - rowCount)
    (rows.address + rowCount * more.rowByteCount)
      .copyMemory(from: more.numbers, byteCount: taken * more.rowByteCount)
    (labels + rowCount).update(from: more.labels, count: taken)
    rowCount += taken
    return taken
  }

  /// What was gathered; good as long as this is, and until the next `append` after ``takeAll()``.
  var all: BorrowedRows {
    BorrowedRows(
      rowCount: rowCount, columnCount: columnCount, element: element,
      numbers: UnsafeRawPointer(rows.address), labels: UnsafePointer(labels))
  }

  /// What was gathered, which makes room for more.
  func takeAll() -> BorrowedRows {
    defer { rowCount = 0 }
    return all
  }
}
