import COpenBLAS
import CRowKernels

/// The sum ZᵀZ over rows that arrive one by one: by the kernel of `CRowKernels` where the
/// processor has it, by BLAS elsewhere.
final class GramSum: @unchecked Sendable {
  private let columns: Int
  private let isPacked: Bool
  /// The upper triangle, row-major, rows `stride` apart.
  private let sum: AlignedBuffer
  private let stride: Int
  /// Rows that wait: packed, or one after another.
  private let waiting: AlignedBuffer
  private var waitingCount = 0

  /// Rows that are added together.
  static let capacity = 1024

  init(columns: Int) {
    self.columns = columns
    isPacked = crowkernels_multiplies()
    stride = isPacked ? crowkernels_product_stride(columns) : columns
    sum = AlignedBuffer(count: stride * stride)
    waiting = AlignedBuffer(count: stride * GramSum.capacity)
  }

  func append(_ row: UnsafePointer<Double>, scale: Double) {
    if isPacked {
      crowkernels_pack_row(row, scale, columns, waiting.base, GramSum.capacity, waitingCount)
    } else {
      let target = waiting.base + waitingCount * columns
      for column in 0..<columns { target[column] = scale * row[column] }
    }
    waitingCount += 1
    if waitingCount == GramSum.capacity { flush() }
  }

  /// Takes in the rows that wait.
  func flush() {
    guard waitingCount > 0 else { return }
    if isPacked {
      crowkernels_add_gram(waiting.base, GramSum.capacity, waitingCount, columns, sum.base)
    } else {
      BLAS.library.dsyrk(
        CblasRowMajor, CblasUpper, CblasTrans, Int32(columns), Int32(waitingCount), 1,
        waiting.base, Int32(columns), 1, sum.base, Int32(columns))
    }
    waitingCount = 0
  }

  func removeAll() {
    sum.removeAll()
    waitingCount = 0
  }

  /// Adds the rows of `other`.
  func add(_ other: GramSum) {
    other.flush()
    sum.add(other.sum)
  }

  /// Writes the upper triangle in LAPACK's order.
  func copyUpperTriangle(to target: UnsafeMutablePointer<Double>) {
    flush()
    for column in 0..<columns {
      for row in 0...column { target[column * columns + row] = sum.base[row * stride + column] }
    }
  }
}
