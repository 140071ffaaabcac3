import CollapseCore

extension LabeledFeatures {
  /// The same rows at unit length; a row of zeros stays.
  var normalized: LabeledFeatures {
    LabeledFeatures(features: features.atUnitLength, labels: labels)
  }
}

extension RowBlocks {
  /// The same rows at unit length; a row of zeros stays.
  var atUnitLength: any RowBlocks { UnitRows(rows: self) }
}

/// h/‖h‖ in float64.
private struct UnitRows: RowBlocks {
  let rows: any RowBlocks

  var rowCount: Int { rows.rowCount }
  var columnCount: Int { rows.columnCount }
  var precision: RowPrecision { .float64 }

  func read(_ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    preconditionFailure("float64 rows cannot be read as float32")
  }

  func read(_ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws {
    try rows.read(range, into: buffer)
    for start in stride(from: 0, to: range.count * columnCount, by: columnCount) {
      let row = start..<start + columnCount
      // About the largest, so that no square overflows or vanishes.
      let largest = buffer[row].reduce(0) { max($0, $1.magnitude) }
      guard largest > 0, largest.isFinite else { continue }
      let square = buffer[row].reduce(0) { $0 + $1 / largest * ($1 / largest) }
      let scale = 1 / square.squareRoot()
      for index in row { buffer[index] = buffer[index] / largest * scale }
    }
  }
}
