public import CollapseCore

/// The labels in a file: whole numbers of any type, [N] or [N, 1], or one-hot rows [N, C].
///
/// A label must be in 0...2³¹−1. Beyond is no class but a sign of a wrong dataset or a wrong byte
/// order, and is refused as absurd; so are fractions.
public struct StoredLabels: LabelBlocks {
  private let dataset: any StoredArray
  /// C of one-hot rows; 1 for plain labels.
  private let classCount: Int
  private let ignored: Set<Int64>
  /// Whether the reader could say that a label stands for none.
  private let canIgnore: Bool

  /// - Parameter ignored: labels that are none, and let through; `nil` where no label is.
  /// - Throws: ``ArrayFileError`` where the shape is neither [N], [N, 1] nor [N, C].
  public init(
    _ dataset: any StoredArray, ignoring ignored: Set<Int64>? = nil
  ) throws(ArrayFileError) {
    self.ignored = ignored ?? []
    canIgnore = ignored != nil
    guard 1...2 ~= dataset.shape.count else {
      throw dataset.error(
        "expected labels of shape N or one-hot rows of shape N×C, found "
          + Shape(dataset.shape).description)
    }
    classCount = dataset.rowElementCount
    guard classCount > 0 else {
      throw dataset.error(
        "it holds no labels: its shape is \(Shape(dataset.shape).description)")
    }
    self.dataset = dataset
  }

  public var labelCount: Int { dataset.rowCount }

  public func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) throws {
    precondition(buffer.count == rows.count)
    let slabSize = max(1, (256 << 10) / dataset.rowByteCount)
    let byteCount = min(slabSize, max(1, rows.count)) * dataset.rowByteCount
    try withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { bytes in
      var row = rows.lowerBound
      while row < rows.upperBound {
        let slab = row..<min(row + slabSize, rows.upperBound)
        let stored = UnsafeMutableRawBufferPointer(
          rebasing: bytes[..<(slab.count * dataset.rowByteCount)])
        try dataset.read(slab, into: stored)
        let start = slab.lowerBound - rows.lowerBound
        try decode(
          UnsafeRawBufferPointer(stored), firstRow: row,
          into: UnsafeMutableBufferPointer(rebasing: buffer[start..<start + slab.count]))
        row = slab.upperBound
      }
    }
  }

  private func decode(
    _ bytes: UnsafeRawBufferPointer, firstRow: Int, into target: UnsafeMutableBufferPointer<Int64>
  ) throws {
    if classCount == 1 && dataset.element.isInteger {
      if let index = dataset.element.decode(bytes, into: target) {
        let unsigned = UInt64(bitPattern: target[index])
        throw absurd(firstRow + index, "\(unsigned)")
      }
      for (index, label) in target.enumerated()
      where (label < 0 || label > Int64(Int32.max)) && !ignored.contains(label) {
        throw absurd(firstRow + index, "\(label)")
      }
      return
    }
    try withUnsafeTemporaryAllocation(
      of: Double.self, capacity: target.count * classCount
    ) { numbers in
      // An integer that no float64 equals is above 2³¹ all the same.
      _ = dataset.element.decode(bytes, into: numbers)
      for index in target.indices {
        if classCount == 1 {
          guard let label = Int32(exactly: numbers[index]),
            label >= 0 || ignored.contains(Int64(label))
          else {
            throw absurd(firstRow + index, "\(numbers[index])")
          }
          target[index] = Int64(label)
        } else {
          let row = UnsafeMutableBufferPointer(
            rebasing: numbers[index * classCount..<(index + 1) * classCount])
          target[index] = try position(ofOneIn: row, firstRow + index)
        }
      }
    }
  }

  private func position(
    ofOneIn numbers: UnsafeMutableBufferPointer<Double>, _ row: Int
  ) throws(ArrayFileError) -> Int64 {
    var found: Int?
    var count = 0
    for (position, number) in numbers.enumerated() {
      if number == 1 {
        found = position
        count += 1
      } else if number != 0 {
        throw dataset.error("row \(row) is not one-hot: it holds \(number)")
      }
    }
    guard let found, count == 1 else {
      throw dataset.error("row \(row) is not one-hot: it holds \(count) ones")
    }
    return Int64(found)
  }

  private func absurd(_ row: Int, _ label: String) -> ArrayFileError {
    guard label.hasPrefix("-"), !label.contains("."), canIgnore else {
      return dataset.error(
        "row \(row): \(label) is no label, expected a whole number in 0...2147483647")
    }
    return dataset.error(
      "row \(row): label \(label) is negative: it is no class, unless it stands for rows to be "
        + "left out"
    ).asking(.ignoredLabel)
  }
}
