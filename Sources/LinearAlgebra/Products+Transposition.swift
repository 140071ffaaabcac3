import COpenBLAS
import CollapseCore

extension Products {
  /// Which factor of a product is transposed.
  public enum Transposed: Sendable { case neither, first, second }

  /// c ← op(a) op(b) + (`adding` ? c : 0), row-major without gaps: op(a) is m×k, op(b) k×n, c m×n,
  /// and op transposes where it is said.
  public func multiply(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, transposed: Transposed = .neither,
    rows m: Int, columns n: Int, depth k: Int, adding: Bool = false,
    into c: UnsafeMutablePointer<Double>
  ) {
    guard m > 0, n > 0, k > 0 else { return }
    functions.dgemm(
      CblasRowMajor, transposed == .first ? CblasTrans : CblasNoTrans,
      transposed == .second ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a,
      Int32(transposed == .first ? m : k), b, Int32(transposed == .second ? k : n), adding ? 1 : 0,
      c, Int32(n))
  }
}
