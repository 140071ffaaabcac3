import CProducts
public import CollapseCore

/// The sum ZᵀZ over rows that arrive one by one: by the kernel of `CProducts` where the
/// processor has it, by BLAS elsewhere.
public final class GramSum: @unchecked Sendable {
  private let columns: Int
  /// `nil` where rows are packed for the kernel.
  private let products: Products?
  /// The upper triangle, row-major, rows `stride` apart.
  private let sum: AlignedBuffer
  private let stride: Int
  /// Rows that wait: packed, or one after another.
  private let waiting: AlignedBuffer
  private var waitingCount = 0

  /// Rows that are added together.
  public static let capacity = 1024

  /// - Throws: ``LinearAlgebraError`` where BLAS is needed and missing.
  public init(columns: Int) throws {
    self.columns = columns
    products = cproducts_multiplies() ? nil : try Products()
    stride = products == nil ? cproducts_product_stride(columns) : columns
    sum = AlignedBuffer(count: stride * stride)
    waiting = AlignedBuffer(count: stride * GramSum.capacity)
  }

  public func append(_ row: UnsafePointer<Double>, scale: Double) {
    if products == nil {
      cproducts_pack_row(row, scale, columns, waiting.base, GramSum.capacity, waitingCount)
    } else {
      let target = waiting.base + waitingCount * columns
      for column in 0..<columns { target[column] = scale * row[column] }
    }
    waitingCount += 1
    if waitingCount == GramSum.capacity { flush() }
  }

  /// Takes in the rows that wait.
  public func flush() {
    guard waitingCount > 0 else { return }
    if let products {
      products.addGram(of: waiting.base, rows: waitingCount, columns: columns, to: sum.base)
    } else {
      cproducts_add_gram(waiting.base, GramSum.capacity, waitingCount, columns, sum.base)
    }
    waitingCount = 0
  }

  public func removeAll() {
    sum.removeAll()
    waitingCount = 0
  }

  /// Adds the rows of `other`.
  public func add(_ other: GramSum) {
    other.flush()
    sum.add(other.sum)
  }

  /// ZᵀZ.
  public func symmetricMatrix() -> Matrix {
    flush()
    var result = Matrix(rows: columns, columns: columns)
    for row in 0..<columns {
      for column in row..<columns {
        result[row, column] = sum.base[row * stride + column]
        result[column, row] = result[row, column]
      }
    }
    return result
  }

  /// Makes it the sum whose upper triangle is that of a matrix.
  func assign(_ matrix: Matrix) {
    removeAll()
    for row in 0..<columns {
      for column in row..<columns { sum.base[row * stride + column] = matrix[row, column] }
    }
  }

  /// Writes the upper triangle in LAPACK's order.
  public func copyUpperTriangle(to target: UnsafeMutablePointer<Double>) {
    flush()
    for column in 0..<columns {
      for row in 0...column { target[column * columns + row] = sum.base[row * stride + column] }
    }
  }
}
