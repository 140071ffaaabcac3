public import CollapseCore

extension RowBlocks {
  /// The rows as float32.
  public func floats(_ rows: Range<Int>) throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: rows.count * columnCount) { buffer, count in
      count = rows.count * columnCount
      try read(
        rows, into: UnsafeMutableBufferPointer<Float>(start: buffer.baseAddress, count: count))
    }
  }

  /// The rows as float64.
  public func doubles(_ rows: Range<Int>) throws -> [Double] {
    try [Double](unsafeUninitializedCapacity: rows.count * columnCount) { buffer, count in
      count = rows.count * columnCount
      try read(
        rows, into: UnsafeMutableBufferPointer<Double>(start: buffer.baseAddress, count: count))
    }
  }
}

extension LabelBlocks {
  /// All labels.
  public func all() throws -> [Int64] {
    try [Int64](unsafeUninitializedCapacity: labelCount) { buffer, count in
      count = labelCount
      try read(
        0..<labelCount,
        into: UnsafeMutableBufferPointer<Int64>(start: buffer.baseAddress, count: count))
    }
  }
}
