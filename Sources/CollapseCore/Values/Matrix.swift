/// A dense matrix of doubles in row-major order.
public struct Matrix: Sendable, Hashable, Codable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// `rows × columns` elements; element (r, c) is at `r * columns + c`.
  public var elements: [Double]

  /// - Precondition: `elements.count == rows * columns`.
  public init(rows: Int, columns: Int, elements: [Double]) {
    precondition(rows >= 0 && columns >= 0 && elements.count == rows * columns)
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A matrix in which every element is `value`.
  public init(rows: Int, columns: Int, repeating value: Double = 0) {
    self.init(
      rows: rows, columns: columns, elements: Array(repeating: value, count: rows * columns))
  }

  /// The element at a row and a column, both from 0.
  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// The elements of one row.
  public func row(_ row: Int) -> ArraySlice<Double> {
    elements[row * columns..<(row + 1) * columns]
  }

  /// The matrix of the given rows, in the given order.
  public func selectingRows(_ indices: [Int]) -> Matrix {
    Matrix(rows: indices.count, columns: columns, elements: indices.flatMap { row($0) })
  }
}
