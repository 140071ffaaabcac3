import COpenBLAS
import CollapseCore

/// Products of row-major matrices with transposes of others, c ← a bᵀ, a (m×k), b (n×k), c (m×n),
/// rows `stride` apart.
public struct Products: Sendable {
  let functions: copenblas_functions

  public init() throws { functions = try OpenBLAS.functions() }

  public func multiply(
    _ a: UnsafePointer<Double>, rows m: Int, stride aStride: Int,
    _ b: UnsafePointer<Double>, rows n: Int, stride bStride: Int, depth k: Int,
    into c: UnsafeMutablePointer<Double>, stride cStride: Int
  ) {
    guard m > 0, n > 0 else { return }
    functions.dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a,
      Int32(aStride), b, Int32(bStride), 0, c, Int32(cStride))
  }

  public func multiply(
    _ a: UnsafePointer<Float>, rows m: Int, stride aStride: Int,
    _ b: UnsafePointer<Float>, rows n: Int, stride bStride: Int, depth k: Int,
    into c: UnsafeMutablePointer<Float>, stride cStride: Int
  ) {
    guard m > 0, n > 0 else { return }
    functions.sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a,
      Int32(aStride), b, Int32(bStride), 0, c, Int32(cStride))
  }

  /// c ← c + aᵀb for a (m×k) and b (m×n), whose rows are `stride` apart, and c (k×n).
  public func addCross(
    _ a: UnsafePointer<Double>, columns k: Int, _ b: UnsafePointer<Double>, columns n: Int,
    rows m: Int, stride: Int, to c: UnsafeMutablePointer<Double>, stride cStride: Int
  ) {
    guard m > 0, n > 0, k > 0 else { return }
    functions.dgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(k), Int32(n), Int32(m), 1, a,
      Int32(stride), b, Int32(stride), 1, c, Int32(cStride))
  }

  /// The upper triangle of c ← c + aᵀa, a (m×k), c (k×k), rows side by side or `stride` apart.
  public func addGram(
    of a: UnsafePointer<Double>, rows m: Int, columns k: Int, stride: Int? = nil,
    to c: UnsafeMutablePointer<Double>, stride cStride: Int? = nil
  ) {
    guard m > 0, k > 0 else { return }
    functions.dsyrk(
      CblasRowMajor, CblasUpper, CblasTrans, Int32(k), Int32(m), 1, a, Int32(stride ?? k), 1, c,
      Int32(cStride ?? k))
  }
}
