import CollapseCore

/// An array of numbers in a file of any format: its shape, how its numbers are stored, and the
/// bytes of any rows.
///
/// A row is everything at one position of the first axis, in row-major order. Rows are delivered
/// as they are stored; ``ElementType`` turns them into numbers. Several threads may read at once.
protocol StoredArray: Sendable {
  /// The extent of each axis; at least one is there, and the size in bytes is known to fit an
  /// `Int`.
  var shape: [Int] { get }
  var element: ElementType { get }

  /// Whether the file says that its 16-bit words are the bits of bfloat16 numbers.
  func isMarkedBFloat16() throws(FeatureStoreError) -> Bool

  /// Fills `buffer` with the bytes of `rows`.
  ///
  /// - Precondition: `rows` lies in `0..<rowCount`, and `buffer` has their size.
  func read(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws

  /// An error at this array.
  func error(_ problem: String) -> FeatureStoreError
}

extension StoredArray {
  var rowCount: Int { shape[0] }
  /// Numbers per row.
  var rowElementCount: Int { shape.dropFirst().reduce(1, *) }
  /// Bytes per row.
  var rowByteCount: Int { rowElementCount * element.size }

  /// How its numbers are stored, when they are to be real numbers.
  ///
  /// - Throws: where 16-bit words may be integers or the bits of bfloat16, and nothing says which.
  func realElement(
    _ meaning: FeatureFileOptions.UInt16Meaning?
  ) throws(FeatureStoreError) -> ElementType {
    guard element.format == .uint16 else { return element }
    var isBFloat16 = meaning == .bfloat16
    if meaning == nil {
      isBFloat16 = try isMarkedBFloat16()
      if !isBFloat16 {
        throw error("it holds uint16, which may be integers or the bits of bfloat16: say which")
      }
    }
    return isBFloat16 ? ElementType(format: .bfloat16, isBigEndian: element.isBigEndian) : element
  }

  /// All its bytes.
  ///
  /// Opening has compared its size to the bytes in the file, so the allocation is no larger.
  func readAll() throws(FeatureStoreError) -> [UInt8] {
    do {
      return try [UInt8](unsafeUninitializedCapacity: rowCount * rowByteCount) { buffer, count in
        count = rowCount * rowByteCount
        try read(
          0..<rowCount,
          into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
      }
    } catch let error as FeatureStoreError {
      throw error
    } catch {
      throw self.error("\(error)")
    }
  }

  /// All its numbers as float64, in row-major order.
  func readReals(
    _ meaning: FeatureFileOptions.UInt16Meaning?
  ) throws(FeatureStoreError) -> [Double] {
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
