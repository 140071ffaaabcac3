import Arrays
import CollapseCore

/// The features of one layer in a file.
struct StoredFeatures: RowBlocks {
  private let dataset: any StoredArray
  private let element: ElementType
  /// How many stored numbers are averaged into one.
  private let poolSize: Int
  let columnCount: Int

  /// - Throws: where the dataset is not N × d after the reduction that `options` choose.
  init(_ dataset: any StoredArray, options: FeatureFileOptions) throws(ArrayFileError) {
    let shape = dataset.shape
    let text = Shape(shape).description
    // Axes of one position are no choice: a hook on global average pooling gives [N, d, 1, 1].
    let isMap = shape.count > 2 && shape[2...].contains { $0 != 1 }
    switch (shape.count, isMap ? options.reduction : .flatten) {
    case (0, _): throw dataset.error("expected features of shape N×d, found a single value")
    case (1, _): throw dataset.error("expected features of shape N×d, found \(text)")
    case (2, _), (_, .flatten):
      columnCount = dataset.rowElementCount
      poolSize = 1
    case (_, .pool):
      columnCount = shape[1]
      poolSize = shape[2...].reduce(1, *)
    case (_, .none):
      throw dataset.error(
        "expected features of shape N×d, found \(text): choose to flatten them or to pool them "
          + "(mean over all axes behind the second)"
      ).asking(.reduction)
    }
    guard shape[0] > 0, columnCount > 0, poolSize > 0 else {
      throw dataset.error("it holds no features: its shape is \(text)")
    }
    self.dataset = dataset
    element = try dataset.realElement(options.uint16Meaning)
  }

  var rowCount: Int { dataset.rowCount }

  /// A mean needs more digits than the numbers it is taken of.
  var precision: RowPrecision { element.fitsFloat32 && poolSize == 1 ? .float32 : .float64 }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    precondition(precision == .float32 && buffer.count == rows.count * columnCount)
    if element.format == .float32 && element.isNative {
      return try dataset.read(rows, into: UnsafeMutableRawBufferPointer(buffer))
    }
    try forEachSlab(rows) { _, slab, bytes in
      element.decode(bytes, into: UnsafeMutableBufferPointer(rebasing: buffer[slab]))
    }
  }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws {
    precondition(buffer.count == rows.count * columnCount)
    if poolSize > 1 { return try readPooled(rows, into: buffer) }
    if element.format == .float64 && element.isNative {
      return try dataset.read(rows, into: UnsafeMutableRawBufferPointer(buffer))
    }
    try forEachSlab(rows) { first, slab, bytes in
      let target = UnsafeMutableBufferPointer(rebasing: buffer[slab])
      if let index = element.decode(bytes, into: target) { throw inexact(first, index) }
    }
  }

  private func readPooled(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>
  ) throws {
    try withUnsafeTemporaryAllocation(
      of: Double.self, capacity: slabRowCount * dataset.rowElementCount
    ) { numbers in
      try forEachSlab(rows) { first, slab, bytes in
        let numbers = UnsafeMutableBufferPointer(rebasing: numbers[..<(bytes.count / element.size)])
        if let index = element.decode(bytes, into: numbers) { throw inexact(first, index) }
        for (position, target) in slab.enumerated() {
          var sum = 0.0
          for index in position * poolSize..<(position + 1) * poolSize { sum += numbers[index] }
          buffer[target] = sum / Double(poolSize)
        }
      }
    }
  }

  /// Rows that are decoded together: few enough to stay in the processor's cache.
  private var slabRowCount: Int { max(1, (256 << 10) / dataset.rowByteCount) }

  /// Reads `rows` slab by slab; `body` is given the first row of a slab, where its features go
  /// in the caller's buffer, and its bytes.
  private func forEachSlab(
    _ rows: Range<Int>, _ body: (Int, Range<Int>, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let size = min(slabRowCount, max(1, rows.count)) * dataset.rowByteCount
    try withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { bytes in
      var row = rows.lowerBound
      while row < rows.upperBound {
        let slab = row..<min(row + slabRowCount, rows.upperBound)
        let stored = UnsafeMutableRawBufferPointer(
          rebasing: bytes[..<(slab.count * dataset.rowByteCount)])
        try dataset.read(slab, into: stored)
        let target = slab.lowerBound - rows.lowerBound
        try body(
          row, target * columnCount..<(target + slab.count) * columnCount,
          UnsafeRawBufferPointer(stored))
        row = slab.upperBound
      }
    }
  }

  private func inexact(_ firstRow: Int, _ index: Int) -> ArrayFileError {
    dataset.error(
      "row \(firstRow + index / dataset.rowElementCount): an integer beyond 53 bits fits no "
        + "float64 exactly")
  }
}
