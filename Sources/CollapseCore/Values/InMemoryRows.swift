/// Rows of float32 or float64 held in memory.
public struct InMemoryRows: RowBlocks {
  private enum Storage: Sendable {
    case float32([Float])
    case float64([Double])
  }

  private let storage: Storage
  public let rowCount: Int
  public let columnCount: Int

  /// - Precondition: `values.count` is a multiple of `columnCount`, which is positive.
  public init(_ values: [Float], columnCount: Int) {
    precondition(columnCount > 0 && values.count.isMultiple(of: columnCount))
    self.storage = .float32(values)
    self.rowCount = values.count / columnCount
    self.columnCount = columnCount
  }

  /// - Precondition: `values.count` is a multiple of `columnCount`, which is positive.
  public init(_ values: [Double], columnCount: Int) {
    precondition(columnCount > 0 && values.count.isMultiple(of: columnCount))
    self.storage = .float64(values)
    self.rowCount = values.count / columnCount
    self.columnCount = columnCount
  }

  public var precision: RowPrecision {
    switch storage {
    case .float32: .float32
    case .float64: .float64
    }
  }

  public func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) {
    guard case .float32(let values) = storage else {
      preconditionFailure("float64 rows cannot be read as float32")
    }
    _ = buffer.update(fromContentsOf: values[elements(rows)])
  }

  public func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) {
    switch storage {
    case .float32(let values):
      for (target, source) in elements(rows).enumerated() {
        buffer[target] = Double(values[source])
      }
    case .float64(let values): _ = buffer.update(fromContentsOf: values[elements(rows)])
    }
  }

  private func elements(_ rows: Range<Int>) -> Range<Int> {
    rows.lowerBound * columnCount..<rows.upperBound * columnCount
  }
}

/// Labels held in memory.
public struct InMemoryLabels: LabelBlocks {
  /// The labels in the order of their rows.
  public let labels: [Int64]

  /// Labels of any integer type.
  ///
  /// - Precondition: each fits an `Int64`.
  public init(_ labels: [some BinaryInteger]) { self.labels = labels.map { Int64($0) } }

  public var labelCount: Int { labels.count }

  public func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) {
    _ = buffer.update(fromContentsOf: labels[rows])
  }
}
