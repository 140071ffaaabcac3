import CollapseCore

/// An array of a NumPy, safetensors or PyTorch file, with its name for messages: one array, or
/// several that follow each other along the first axis, as batches do.
struct NamedArray: StoredArray {
  let shape: [Int]
  let element: ElementType
  private let readers: [StridedReader]
  /// The row at which each part starts, and the end of the last.
  private let starts: [Int]
  private let file: String
  private let location: String?

  /// - Throws: ``ArrayFault`` where the parts are not of one type and shape.
  init(_ parts: [NumericArray], file: String, location: String?) throws(ArrayFault) {
    let first = parts[0]
    let rowShape = Array(first.shape.dimensions.dropFirst())
    var starts = [0]
    for (index, part) in parts.enumerated() {
      guard part.element == first.element, part.shape.rank == first.shape.rank,
        part.shape.dimensions.dropFirst().elementsEqual(rowShape)
      else {
        throw ArrayFault(
          "batch \(index) is \(part.element) of shape \(part.shape), the first \(first.element) "
            + "of shape \(first.shape)")
      }
      let (end, overflow) = starts[index].addingReportingOverflow(part.shape.dimensions.first ?? 1)
      guard !overflow else { throw ArrayFault("batches of more rows than any file") }
      starts.append(end)
    }
    self.starts = starts
    // Single values that follow each other are a list.
    shape = parts.count == 1 ? first.shape.dimensions : [starts.last!] + rowShape
    element = first.element
    readers = parts.map { StridedReader($0) }
    self.file = file
    self.location = location
  }

  /// NumPy saves a bfloat16 array as such; a uint16 array says nothing.
  func isMarkedBFloat16() -> Bool { false }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws {
    guard readers.count > 1 else { return try readers[0].read(rows, into: buffer) }
    try RowSpans(starts).forEach(in: rows) { part, partRows, offset in
      let bytes = offset * rowByteCount..<(offset + partRows.count) * rowByteCount
      try readers[part].read(partRows, into: UnsafeMutableRawBufferPointer(rebasing: buffer[bytes]))
    }
  }

  func error(_ problem: String) -> ArrayFileError {
    ArrayFileError(file: file, location: location, problem: problem)
  }
}
