import COpenBLAS
public import CollapseCore

extension Matrix {
  /// The product with the transpose of `other`: element (i, j) is row i · row j of `other`.
  public func timesTransposed(_ other: Matrix) throws -> Matrix {
    precondition(columns == other.columns)
    let factors = try RowFactors((0..<other.rows).map { other.row($0) }, depth: columns)
    let products = AlignedBuffer(count: rows * factors.productStride)
    elements.withUnsafeBufferPointer { a in
      guard let a = a.baseAddress else { return }
      factors.multiply(a, rowCount: rows, stride: columns, into: products.base)
    }
    return Matrix(
      rows: rows, columns: other.rows,
      elements: products.elements(
        rows: rows, columns: other.rows, stride: factors.productStride))
  }

  /// Singular values in descending order, and the right singular vectors as rows:
  /// min(rows, columns) of each. The thin factorization, so rows may outnumber columns or not. The
  /// vector of a value that is zero to rounding may be any.
  public func singularValueDecomposition() throws -> (values: [Double], rightVectors: Matrix) {
    let count = min(rows, columns)
    guard count > 0 else { return ([], Matrix(rows: 0, columns: columns)) }
    if rows <= columns, rows <= Matrix.fewRows, let result = decomposedByRotations() {
      return result
    }
    // Of many rows R of Z = QR has the same values and right vectors, without Q.
    if rows > 2 * columns { return try triangularFactor().singularValueDecomposition() }
    var copy = elements
    var values = [Double](repeating: 0, count: count)
    // A row-major matrix is its transpose in LAPACK's order, whose left vectors are wanted.
    var vectors = [Double](repeating: 0, count: count * columns)
    var others = [Double](repeating: 0, count: count * rows)
    try LinearAlgebraError.check(
      OpenBLAS.functions().dgesdd(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "S")), Int32(columns), Int32(rows), &copy,
        Int32(columns), &values, &vectors, Int32(columns), &others, Int32(count)), "dgesdd")
    return (values, Matrix(rows: count, columns: columns, elements: vectors))
  }

  /// R with RᵀR = ZᵀZ, columns × columns and upper triangular, by orthogonal transformations: it has
  /// Z's singular values.
  public func triangularFactor() throws -> Matrix {
    let factor = try TriangularFactor(columns: columns, method: .orthogonal)
    try elements.withUnsafeBufferPointer { rowsOf in
      for row in 0..<rows { try factor.append(rowsOf.baseAddress! + row * columns, scale: 1) }
    }
    return try factor.triangle()
  }

  /// Singular values in descending order.
  public func singularValues() throws -> [Double] {
    var copy = elements
    var values = [Double](repeating: 0, count: min(rows, columns))
    var left = 0.0
    var right = 0.0
    try LinearAlgebraError.check(
      OpenBLAS.functions().dgesdd(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "N")), Int32(columns), Int32(rows), &copy,
        Int32(columns), &values, &left, 1, &right, 1), "dgesdd")
    return values
  }

  /// Eigenvalues of a symmetric matrix in ascending order, and the eigenvectors as rows.
  public func symmetricEigenproblem() throws -> (values: [Double], vectors: Matrix) {
    precondition(rows == columns)
    var vectors = self
    var values = [Double](repeating: 0, count: rows)
    try LinearAlgebraError.check(
      OpenBLAS.functions().dsyevd(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), Int32(rows),
        &vectors.elements, Int32(rows), &values), "dsyevd")
    return (values, vectors)
  }

  /// About 1/(‖R‖₁‖R⁻¹‖₁) of an upper triangular R; 0 where it is singular.
  public func reciprocalConditionOfTriangle() throws -> Double {
    var reciprocal = 0.0
    // A row-major upper triangle is a lower one in LAPACK's order.
    try LinearAlgebraError.check(
      OpenBLAS.functions().dtrcon(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "1")), CChar(UInt8(ascii: "L")),
        CChar(UInt8(ascii: "N")), Int32(columns), elements, Int32(columns), &reciprocal), "dtrcon")
    return reciprocal
  }

  /// ‖R⁻¹‖_F of an upper triangular R; infinite where it is singular.
  public func inverseNormOfTriangle() throws -> Double {
    try inverseOfTriangle()?.frobeniusNorm ?? .infinity
  }

  /// R⁻¹ of an upper triangular R; `nil` where it is singular.
  public func inverseOfTriangle() throws -> Matrix? {
    var inverse = self
    // A row-major upper triangle is a lower one in LAPACK's order.
    let status = try OpenBLAS.functions().dtrtri(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: "N")), Int32(columns),
      &inverse.elements, Int32(columns))
    guard status >= 0 else {
      throw LinearAlgebraError.failed(routine: "dtrtri", status: Int(status))
    }
    return status > 0 ? nil : inverse
  }

  /// About the largest singular value, never above it: by steps of the power method.
  public func approximateNorm(steps: Int = 8) throws -> Double {
    let transpose = transposed
    // Its parts are like nothing that the rows are likely to be orthogonal to.
    var vector = Matrix(
      rows: 1, columns: columns,
      elements: (0..<columns).map { 1 + Double($0 &* 2_654_435_761 % 1_000_003) / 1_000_003 })
    var norm = 0.0
    for _ in 0..<steps {
      let length = vector.frobeniusNorm
      guard length > 0 else { return 0 }
      let image = try vector.scalingRows(by: [1 / length]).timesTransposed(self)
      norm = image.frobeniusNorm
      vector = try image.timesTransposed(transpose)
    }
    return norm
  }

  /// This matrix times R⁻¹ for an upper triangular R.
  public func dividedByTriangle(_ triangle: Matrix) throws -> Matrix {
    precondition(columns == triangle.rows && columns == triangle.columns)
    var result = self
    try OpenBLAS.functions().dtrsm(
      CblasRowMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, Int32(rows),
      Int32(columns), 1, triangle.elements, Int32(columns), &result.elements, Int32(columns))
    return result
  }
}
