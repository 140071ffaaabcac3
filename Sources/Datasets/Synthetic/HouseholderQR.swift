/// The factorization A = QR of a matrix by Householder reflections.
///
/// Backward stable, unlike the normal equations, whose condition is that of A squared.
struct HouseholderQR: Sendable {
  let rows: Int
  let columns: Int
  /// Column-major: reflectors on and below the diagonal, R above it.
  private var factors: [Double]
  /// The diagonal of R.
  private(set) var diagonal: [Double] = []
  /// ‖v‖²/2 of each reflector v; 0 where the column was already zero.
  private var scales: [Double] = []

  /// - Precondition: `rows >= columns`, and `matrix` is column-major.
  init(_ matrix: [Double], rows: Int, columns: Int) {
    precondition(rows >= columns && matrix.count == rows * columns)
    self.rows = rows
    self.columns = columns
    factors = matrix
    for column in 0..<columns {
      let start = column * rows + column
      let end = (column + 1) * rows
      var square = 0.0
      for index in start..<end { square += factors[index] * factors[index] }
      let norm = square.squareRoot()
      guard norm > 0 else {
        diagonal.append(0)
        scales.append(0)
        continue
      }
      let head = factors[start]
      diagonal.append(head > 0 ? -norm : norm)
      factors[start] = head - diagonal[column]
      scales.append(norm * (norm + abs(head)))
      for other in (column + 1)..<max(columns, column + 1) {
        reflect(&factors, at: other * rows, by: column)
      }
    }
  }

  /// Replaces `vector` by Qᵀ `vector`.
  func rotate(_ vector: inout [Double]) {
    for column in 0..<columns { reflect(&vector, at: 0, by: column) }
  }

  /// The element of R in `row` and `column`.
  func upper(_ row: Int, _ column: Int) -> Double {
    row == column ? diagonal[row] : row < column ? factors[column * rows + row] : 0
  }

  /// The s that minimizes ‖A s − b‖.
  ///
  /// - Precondition: no diagonal element of R is 0.
  func solve(_ target: [Double]) -> [Double] {
    var rotated = target
    rotate(&rotated)
    var solution = Array(rotated[..<columns])
    for row in stride(from: columns - 1, through: 0, by: -1) {
      for column in row + 1..<max(columns, row + 1) {
        solution[row] -= upper(row, column) * solution[column]
      }
      solution[row] /= diagonal[row]
    }
    return solution
  }

  /// Reflects rows `column...` of the vector that starts at `start`.
  private func reflect(_ vector: inout [Double], at start: Int, by column: Int) {
    guard scales[column] > 0 else { return }
    var product = 0.0
    for row in column..<rows { product += factors[column * rows + row] * vector[start + row] }
    product /= scales[column]
    for row in column..<rows { vector[start + row] -= product * factors[column * rows + row] }
  }
}
