import Arrays
import CollapseCore

/// The features of one layer in a file.
struct StoredFeatures: RowBlocks {
  private let dataset: any StoredArray
  private let element: ElementType
  let layout: SampleLayout
  private let mask: TokenMask?

  var columnCount: Int { layout.features }

  /// - Parameter lengths: which tokens of sequences count.
  /// - Throws: where the dataset is not N × d after the reduction that `options` choose.
  init(
    _ dataset: any StoredArray, options: FeatureFileOptions, lengths: (any StoredArray)? = nil
  ) throws(ArrayFileError) {
    layout = try SampleLayout(dataset, options: options)
    guard dataset.rowCount > 0, layout.features > 0, layout.positions > 0 else {
      throw dataset.error("it holds no features: its shape is \(Shape(dataset.shape).description)")
    }
    self.dataset = dataset
    element = try dataset.realElement(options.uint16Meaning)
    if let lengths, !layout.isWhole {
      mask = try TokenMask(lengths, rows: dataset.rowCount, tokens: layout.positions)
    } else {
      mask = nil
    }
  }

  /// The tokens that the rows are; `nil` where they are samples.
  var tokens: TokenRows? {
    guard layout.reduction == .tokens else { return nil }
    return TokenRows(samples: dataset.rowCount, tokens: layout.positions, mask: mask)
  }

  var rowCount: Int { dataset.rowCount * layout.rowsPerSample }

  /// A mean needs more digits than the numbers it is taken of.
  var precision: RowPrecision {
    element.fitsFloat32 && (layout.reduction != .pool || layout.positions == 1)
      ? .float32 : .float64
  }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    precondition(precision == .float32 && buffer.count == rows.count * columnCount)
    guard layout.isWhole else {
      return try gather(rows, into: buffer) { _, bytes, numbers in
        element.decode(bytes, into: numbers)
      }
    }
    if element.format == .float32 && element.isNative {
      return try dataset.read(rows, into: UnsafeMutableRawBufferPointer(buffer))
    }
    try forEachSlab(rows) { _, slab, bytes in
      element.decode(bytes, into: UnsafeMutableBufferPointer(rebasing: buffer[slab]))
    }
  }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws {
    precondition(buffer.count == rows.count * columnCount)
    func decode(
      _ firstSample: Int, _ bytes: UnsafeRawBufferPointer,
      _ numbers: UnsafeMutableBufferPointer<Double>
    ) throws {
      if let index = element.decode(bytes, into: numbers) { throw inexact(firstSample, index) }
    }
    guard layout.isWhole else { return try gather(rows, into: buffer, decode) }
    if element.format == .float64 && element.isNative {
      return try dataset.read(rows, into: UnsafeMutableRawBufferPointer(buffer))
    }
    try forEachSlab(rows) { first, slab, bytes in
      try decode(first, bytes, UnsafeMutableBufferPointer(rebasing: buffer[slab]))
    }
  }

  /// Rows that are not stored one after another: means over positions, single tokens, all of them.
  private func gather<Number: BinaryFloatingPoint>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Number>,
    _ decode: (Int, UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Number>) throws -> Void
  ) throws {
    guard !rows.isEmpty else { return }
    let perSample = layout.rowsPerSample
    let samples = rows.lowerBound / perSample..<(rows.upperBound - 1) / perSample + 1
    let size = dataset.rowElementCount
    try withUnsafeTemporaryAllocation(of: Number.self, capacity: slabRowCount * size) { numbers in
      try forEachSlab(samples) { first, slab, bytes in
        let count = bytes.count / dataset.rowByteCount
        let numbers = UnsafeMutableBufferPointer(rebasing: numbers[..<(count * size)])
        try decode(first, bytes, numbers)
        let mask = try layout.reduction == .tokens ? nil : mask?.read(first..<first + count)
        for sample in 0..<count {
          let own = UnsafeMutableBufferPointer(
            rebasing: numbers[sample * size..<(sample + 1) * size])
          if layout.reduction == .tokens {
            for position in 0..<layout.positions {
              let row = (first + sample) * perSample + position
              guard rows.contains(row) else { continue }
              copy(own, position, to: (row - rows.lowerBound) * columnCount, of: buffer)
            }
            continue
          }
          let target = (first + sample - rows.lowerBound) * columnCount
          let isToken = mask.map { $0[sample * layout.positions..<(sample + 1) * layout.positions] }
          let tokens = (0..<layout.positions).filter { position in
            isToken.map { $0[$0.startIndex + position] } ?? true
          }
          guard let (start, end) = tokens.first.map({ ($0, tokens.last!) }) else {
            throw self.mask!.error("row \(first + sample) has no token")
          }
          switch layout.reduction {
          case .first: copy(own, start, to: target, of: buffer)
          case .last: copy(own, end, to: target, of: buffer)
          default: average(own, tokens, to: target, of: buffer)
          }
        }
      }
    }
  }

  private func copy<Number>(
    _ sample: UnsafeMutableBufferPointer<Number>, _ position: Int, to target: Int,
    of buffer: UnsafeMutableBufferPointer<Number>
  ) {
    let start = layout.offset(of: position)
    for feature in 0..<columnCount {
      buffer[target + feature] = sample[start + feature * layout.inner]
    }
  }

  private func average<Number: BinaryFloatingPoint>(
    _ sample: UnsafeMutableBufferPointer<Number>, _ positions: [Int], to target: Int,
    of buffer: UnsafeMutableBufferPointer<Number>
  ) {
    for feature in 0..<columnCount {
      var sum: Number = 0
      for position in positions {
        sum += sample[layout.offset(of: position) + feature * layout.inner]
      }
      buffer[target + feature] = sum / Number(positions.count)
    }
  }

  /// Samples that are decoded together: few enough to stay in the processor's cache.
  private var slabRowCount: Int { max(1, (256 << 10) / dataset.rowByteCount) }

  /// Reads `samples` slab by slab; `body` is given the first of a slab, where its numbers go
  /// in the caller's buffer where all are wanted, and its bytes.
  private func forEachSlab(
    _ samples: Range<Int>, _ body: (Int, Range<Int>, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let size = min(slabRowCount, max(1, samples.count)) * dataset.rowByteCount
    try withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { bytes in
      var row = samples.lowerBound
      while row < samples.upperBound {
        let slab = row..<min(row + slabRowCount, samples.upperBound)
        let stored = UnsafeMutableRawBufferPointer(
          rebasing: bytes[..<(slab.count * dataset.rowByteCount)])
        try dataset.read(slab, into: stored)
        let target = slab.lowerBound - samples.lowerBound
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
