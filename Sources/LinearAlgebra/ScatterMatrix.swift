public import CollapseCore

/// The sum ZᵀZ over blocks of rows, panel by panel: threads that take a panel each share nothing.
public final class ScatterMatrix: Codable, @unchecked Sendable {
  private static let panelWidth = 128

  public let columns: Int
  /// Row-major; of each panel the rows down to the diagonal.
  private let sum: AlignedBuffer
  private let products: Products

  /// - Throws: ``LinearAlgebraError`` where BLAS is missing.
  public init(columns: Int) throws {
    self.columns = columns
    sum = AlignedBuffer(count: columns * columns)
    products = try Products()
  }

  public var panelCount: Int {
    (columns + ScatterMatrix.panelWidth - 1) / ScatterMatrix.panelWidth
  }

  /// Adds rows, `stride` apart, to one panel of columns.
  public func add(_ rows: UnsafePointer<Double>, count: Int, stride: Int, panel: Int) {
    let first = panel * ScatterMatrix.panelWidth
    let width = min(ScatterMatrix.panelWidth, columns - first)
    products.addCross(
      rows, columns: first + width, rows + first, columns: width, rows: count, stride: stride,
      to: sum.base + first, stride: columns)
  }

  public func removeAll() { sum.removeAll() }

  /// Adds the rows of `later`.
  public func merge(_ later: ScatterMatrix) { sum.add(later.sum) }

  /// The whole matrix.
  public func symmetricMatrix() -> Matrix {
    var result = Matrix(rows: columns, columns: columns)
    for row in 0..<columns {
      for column in row..<columns {
        let element = sum.base[row * columns + column]
        result[row, column] = element
        result[column, row] = element
      }
    }
    return result
  }

  private enum CodingKeys: CodingKey { case columns, sum }

  public convenience init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let columns = try container.decode(Int.self, forKey: .columns)
    let elements = try container.decode([Double].self, forKey: .sum)
    // Before room is made for them.
    guard (1...1 << 24).contains(columns), elements.count == max(columns * columns, 8) else {
      throw ArrayCodingError("\(elements.count) numbers of \(columns) × \(columns)")
    }
    try self.init(columns: columns)
    sum.assign(elements)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(columns, forKey: .columns)
    try container.encode(sum.elements, forKey: .sum)
  }
}
