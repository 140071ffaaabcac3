import COpenBLAS
import CollapseCore

/// The few dense kernels the analysis needs, from OpenBLAS, one thread per call: the analysis
/// spreads blocks of rows over threads itself, so that its result does not depend on their number.
enum BLAS {
  /// The library, loaded by the first who asks.
  static let library: copenblas_functions = {
    var problem: UnsafePointer<CChar>?
    guard let functions = copenblas_load(&problem) else {
      fatalError("OpenBLAS with LAPACKE is needed: \(problem.map { String(cString: $0) } ?? "")")
    }
    return functions.pointee
  }()

  /// c ← a bᵀ for row-major a (m×k), b (n×k) and c (m×n), rows `stride` apart.
  static func product(
    _ a: UnsafePointer<Double>, rows m: Int, stride aStride: Int,
    _ b: UnsafePointer<Double>, rows n: Int, stride bStride: Int, depth k: Int,
    into c: UnsafeMutablePointer<Double>, stride cStride: Int
  ) {
    guard m > 0, n > 0 else { return }
    BLAS.library.dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a,
      Int32(aStride), b, Int32(bStride), 0, c, Int32(cStride))
  }
}

/// A failure inside LAPACK: the routine and what it returned.
struct LAPACKError: ClassifiedError {
  let routine: String
  let status: Int

  var kind: FailureKind { .internalFailure }
  var description: String { "LAPACK: \(routine) returned \(status)" }
}

extension Matrix {
  /// The product with the transpose of `other`: element (i, j) is row i · row j of `other`.
  func timesTransposed(_ other: Matrix) -> Matrix {
    precondition(columns == other.columns)
    let factors = RowFactors((0..<other.rows).map { other.row($0) }, depth: columns)
    let products = AlignedBuffer(count: rows * factors.productStride)
    elements.withUnsafeBufferPointer { a in
      guard let a = a.baseAddress else { return }
      factors.multiply(a, rowCount: rows, stride: columns, into: products.base)
    }
    return Matrix(
      rows: rows, columns: other.rows,
      elements: products.matrix(
        rows: rows, columns: other.rows, stride: factors.productStride))
  }

  /// Singular values in descending order, and the right singular vectors as rows:
  /// min(rows, columns) of each. The thin factorization, so rows may outnumber columns or not. The
  /// vector of a value that is zero to rounding may be any.
  func singularValueDecomposition() throws -> (values: [Double], rightVectors: Matrix) {
    let count = min(rows, columns)
    guard count > 0 else { return ([], Matrix(rows: 0, columns: columns)) }
    if rows <= columns, rows <= Matrix.fewRows, let result = decomposedByRotations() {
      return result
    }
    var copy = elements
    var values = [Double](repeating: 0, count: count)
    // A row-major matrix is its transpose in LAPACK's order, whose left vectors are wanted.
    var vectors = [Double](repeating: 0, count: count * columns)
    var others = [Double](repeating: 0, count: count * rows)
    let status = BLAS.library.dgesdd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "S")), Int32(columns), Int32(rows), &copy,
      Int32(columns), &values, &vectors, Int32(columns), &others, Int32(count))
    guard status == 0 else { throw LAPACKError(routine: "dgesdd", status: Int(status)) }
    return (values, Matrix(rows: count, columns: columns, elements: vectors))
  }

  /// Singular values in descending order.
  func singularValues() throws -> [Double] {
    var copy = elements
    var values = [Double](repeating: 0, count: min(rows, columns))
    var left = 0.0
    var right = 0.0
    let status = BLAS.library.dgesdd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "N")), Int32(columns), Int32(rows), &copy,
      Int32(columns), &values, &left, 1, &right, 1)
    guard status == 0 else { throw LAPACKError(routine: "dgesdd", status: Int(status)) }
    return values
  }

  /// About 1/(‖R‖₁‖R⁻¹‖₁) of an upper triangular R; 0 where it is singular.
  func reciprocalConditionOfTriangle() throws -> Double {
    var reciprocal = 0.0
    // A row-major upper triangle is a lower one in LAPACK's order.
    let status = BLAS.library.dtrcon(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "1")), CChar(UInt8(ascii: "L")),
      CChar(UInt8(ascii: "N")), Int32(columns), elements, Int32(columns), &reciprocal)
    guard status == 0 else { throw LAPACKError(routine: "dtrcon", status: Int(status)) }
    return reciprocal
  }

  /// ‖R⁻¹‖_F of an upper triangular R; infinite where it is singular.
  func inverseNormOfTriangle() throws -> Double {
    var inverse = self
    // A row-major upper triangle is a lower one in LAPACK's order.
    let status = BLAS.library.dtrtri(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: "N")), Int32(columns),
      &inverse.elements, Int32(columns))
    guard status >= 0 else { throw LAPACKError(routine: "dtrtri", status: Int(status)) }
    return status > 0 ? .infinity : inverse.frobeniusNorm
  }

  /// This matrix times R⁻¹ for an upper triangular R.
  func dividedByTriangle(_ triangle: Matrix) -> Matrix {
    precondition(columns == triangle.rows && columns == triangle.columns)
    var result = self
    BLAS.library.dtrsm(
      CblasRowMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, Int32(rows),
      Int32(columns), 1, triangle.elements, Int32(columns), &result.elements, Int32(columns))
    return result
  }
}
