import CollapseCore

/// Numbers of a block of samples: a row for each sample, or for each place on a sample's map, and a
/// column for each channel. Maps have their channels innermost, so that a row is what a kernel of
/// one pixel multiplies.
final class Rows {
  let rows: Int
  let columns: Int
  let base: UnsafeMutablePointer<Double>

  /// Numbers that are anything at first.
  init(_ rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
    base = .allocate(capacity: max(rows * columns, 1))
  }

  convenience init(zeros rows: Int, _ columns: Int) {
    self.init(rows, columns)
    base.update(repeating: 0, count: count)
  }

  deinit { base.deallocate() }

  var count: Int { rows * columns }

  func copy() -> Rows {
    let result = Rows(rows, columns)
    result.base.update(from: base, count: count)
    return result
  }

  /// The same numbers in another arrangement of rows.
  func reshaped(_ rows: Int, _ columns: Int) -> Rows {
    let result = Rows(rows, columns)
    result.base.update(from: base, count: count)
    return result
  }

  func add(_ other: Rows, times factor: Double = 1) {
    let (own, others) = (base, other.base)
    for index in 0..<count { own[index] += factor * others[index] }
  }

  /// Adds a vector to every row.
  func addToRows(_ vector: UnsafePointer<Double>) {
    for row in 0..<rows {
      let own = base + row * columns
      for column in 0..<columns { own[column] += vector[column] }
    }
  }

  /// Adds the sum of the rows to a vector.
  func addSum(to vector: UnsafeMutablePointer<Double>) {
    for row in 0..<rows {
      let own = base + row * columns
      for column in 0..<columns { vector[column] += own[column] }
    }
  }
}
