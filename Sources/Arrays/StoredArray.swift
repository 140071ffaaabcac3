import CollapseCore

/// An array of numbers in a file of any format: its shape, how its numbers are stored, and the
/// bytes of any rows.
///
/// A row is everything at one position of the first axis, in row-major order. Rows are delivered
/// as they are stored; ``ElementType`` turns them into numbers. Several threads may read at once.
public protocol StoredArray: Sendable {
  /// The extent of each axis, none for a single value; the size in bytes is known to fit an `Int`.
  var shape: [Int] { get }
  /// How one number is stored.
  var element: ElementType { get }

  /// Whether the file says that its 16-bit words are the bits of bfloat16 numbers.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be read.
  func isMarkedBFloat16() throws(ArrayFileError) -> Bool

  /// Fills `buffer` with the bytes of `rows`.
  ///
  /// - Precondition: `rows` lies in `0..<rowCount`, and `buffer` has their size.
  /// - Throws: where the file cannot be read.
  func read(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws

  /// An error at this array.
  func error(_ problem: String) -> ArrayFileError
}

/// What 16-bit unsigned integers are.
public enum UInt16Meaning: String, Sendable, Hashable, Codable, CaseIterable {
  /// The bits of bfloat16 numbers, as NumPy users store them.
  case bfloat16
  /// Integers.
  case integer
}

extension StoredArray {
  /// Number of rows: the extent of the first axis, 1 for a single value.
  public var rowCount: Int { shape.first ?? 1 }
  /// Numbers per row.
  public var rowElementCount: Int { shape.dropFirst().reduce(1, *) }
  /// Bytes per row.
  public var rowByteCount: Int { rowElementCount * element.size }

  /// How its numbers are stored, when they are to be real numbers.
  ///
  /// - Throws: where 16-bit words may be integers or the bits of bfloat16, and nothing says which.
  public func realElement(
    _ meaning: UInt16Meaning?
  ) throws(ArrayFileError) -> ElementType {
    guard element.format == .uint16 else { return element }
    var isBFloat16 = meaning == .bfloat16
    if meaning == nil {
      isBFloat16 = try isMarkedBFloat16()
      if !isBFloat16 {
        throw error("it holds uint16, which may be integers or the bits of bfloat16: say which")
          .asking(.uint16Meaning)
      }
    }
    return isBFloat16 ? ElementType(.bfloat16, isBigEndian: element.isBigEndian) : element
  }

  /// All its bytes.
  ///
  /// Opening has compared its size to the bytes in the file, so the allocation is no larger.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be read.
  public func readAll() throws(ArrayFileError) -> [UInt8] {
    do {
      return try bytes(of: 0..<rowCount)
    } catch let error as ArrayFileError {
      throw error
    } catch {
      throw self.error("\(error)")
    }
  }

  /// The bytes of `rows`.
  func bytes(of rows: Range<Int>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: rows.count * rowByteCount) { buffer, count in
      count = rows.count * rowByteCount
      try read(rows, into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
    }
  }

  /// All its numbers as float64, in row-major order.
  ///
  /// - Throws: ``ArrayFileError`` as ``realElement(_:)`` does, where the file cannot be read, and
  ///   for an integer that no float64 equals.
  public func readReals(
    _ meaning: UInt16Meaning?
  ) throws(ArrayFileError) -> [Double] {
    let element = try realElement(meaning)
    let bytes = try readAll()
    var inexact: Int?
    let numbers = [Double](unsafeUninitializedCapacity: bytes.count / element.size) {
      buffer, count in
      count = bytes.count / element.size
      let target = UnsafeMutableBufferPointer(start: buffer.baseAddress, count: count)
      inexact = bytes.withUnsafeBytes { element.decode($0, into: target) }
    }
    if let inexact {
      throw error("element \(inexact): an integer beyond 53 bits fits no float64 exactly")
    }
    return numbers
  }
}
