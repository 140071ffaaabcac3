import Arrays
import CollapseCore

/// A label for every token, [N, tokens], row by row; padding has the label of none.
struct TokenLabels: LabelBlocks {
  private let labels: StoredLabels
  private let mask: TokenMask?
  private let tokens: Int

  /// The label of padding: what PyTorch's losses leave out.
  static let padding: Int64 = -100

  /// - Throws: where it is not [N, tokens].
  init(
    _ array: any StoredArray, samples: Int, tokens: Int, mask: TokenMask?, ignoring: Set<Int64>
  ) throws(ArrayFileError) {
    guard array.shape == [samples, tokens] else {
      throw array.error(
        "expected a label for each token, \(samples)×\(tokens), found "
          + Shape(array.shape).description)
    }
    // What stands under padding is nobody's label.
    labels = try StoredLabels(FlatArray(array), ignoring: ignoring)
    (self.mask, self.tokens) = (mask, tokens)
  }

  var labelCount: Int { labels.labelCount }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) throws {
    guard let mask, !rows.isEmpty else { return try labels.read(rows, into: buffer) }
    let samples = rows.lowerBound / tokens..<(rows.upperBound - 1) / tokens + 1
    let isToken = try mask.read(samples)
    // In runs, so that a label under padding may be anything.
    var row = rows.lowerBound
    while row < rows.upperBound {
      let counts = isToken[row - samples.lowerBound * tokens]
      var end = row + 1
      while end < rows.upperBound, isToken[end - samples.lowerBound * tokens] == counts { end += 1 }
      let run = UnsafeMutableBufferPointer(
        rebasing: buffer[row - rows.lowerBound..<end - rows.lowerBound])
      if counts {
        try labels.read(row..<end, into: run)
      } else {
        run.update(repeating: Self.padding)
      }
      row = end
    }
  }
}

/// The numbers of an array one after another, along one axis.
private struct FlatArray: StoredArray {
  private let array: any StoredArray

  init(_ array: any StoredArray) { self.array = array }

  var shape: [Int] { [array.shape.reduce(1, *)] }
  var element: ElementType { array.element }
  func isMarkedBFloat16() throws(ArrayFileError) -> Bool { try array.isMarkedBFloat16() }
  func error(_ problem: String) -> ArrayFileError { array.error(problem) }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws {
    guard !rows.isEmpty else { return }
    let width = array.rowElementCount
    let whole = rows.lowerBound / width..<(rows.upperBound - 1) / width + 1
    try withUnsafeTemporaryAllocation(
      byteCount: whole.count * array.rowByteCount, alignment: 16
    ) { bytes in
      try array.read(whole, into: bytes)
      let start = (rows.lowerBound - whole.lowerBound * width) * element.size
      buffer.copyMemory(
        from: UnsafeRawBufferPointer(
          rebasing: bytes[start..<start + rows.count * element.size]))
    }
  }
}
