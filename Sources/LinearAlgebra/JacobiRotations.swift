public import CollapseCore

extension Matrix {
  /// Most rows for which turning pairs of them is faster than LAPACK and its loading.
  public static let fewRows = 32

  /// Singular values in descending order and the right singular vectors as rows, by turning pairs
  /// of rows until all are orthogonal (one-sided Jacobi, Hestenes 1958): exact to the last digits
  /// of each value. The vector of a zero value is zero. `nil` where it does not converge.
  public func decomposedByRotations() -> (values: [Double], rightVectors: Matrix)? {
    precondition(rows <= columns)
    var turned = elements
    let converged = turned.withUnsafeMutableBufferPointer { rowsOf in
      (0..<40).contains { _ in
        var isOrthogonal = true
        for first in 0..<rows {
          for second in first + 1..<rows
          where rotate(
            rowsOf.baseAddress! + first * columns, rowsOf.baseAddress! + second * columns)
          {
            isOrthogonal = false
          }
        }
        return isOrthogonal
      }
    }
    guard converged else { return nil }
    let result = Matrix(rows: rows, columns: columns, elements: turned)
    let norms = result.rowNorms
    let order = norms.indices.sorted { norms[$0] > norms[$1] }
    return (
      order.map { norms[$0] },
      result.scalingRows(by: norms.map { $0 > 0 ? 1 / $0 : 0 }).selectingRows(order)
    )
  }

  /// Makes two rows orthogonal; `false` where they are so to rounding.
  private func rotate(
    _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>
  ) -> Bool {
    let (alpha, beta, gamma) = products(a, b)
    let rounding = 0x1p-52 * Double(columns).squareRoot()
    guard gamma.magnitude > rounding * (alpha * beta).squareRoot() else { return false }
    let cotangent = (beta - alpha) / (2 * gamma)
    let tangent =
      (cotangent < 0 ? -1 : 1) / (cotangent.magnitude + (1 + cotangent * cotangent).squareRoot())
    let cosine = 1 / (1 + tangent * tangent).squareRoot()
    let sine = cosine * tangent
    for column in 0..<columns {
      let (x, y) = (a[column], b[column])
      a[column] = cosine * x - sine * y
      b[column] = sine * x + cosine * y
    }
    return true
  }

  /// ‖a‖², ‖b‖² and a·b, eight partial sums each.
  private func products(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>
  ) -> (Double, Double, Double) {
    var (alpha, beta, gamma) = (SIMD8<Double>(), SIMD8<Double>(), SIMD8<Double>())
    var index = 0
    while index + 8 <= columns {
      let x = UnsafeRawPointer(a + index).loadUnaligned(as: SIMD8<Double>.self)
      let y = UnsafeRawPointer(b + index).loadUnaligned(as: SIMD8<Double>.self)
      alpha += x * x
      beta += y * y
      gamma += x * y
      index += 8
    }
    var sums = (alpha.sum(), beta.sum(), gamma.sum())
    while index < columns {
      sums.0 += a[index] * a[index]
      sums.1 += b[index] * b[index]
      sums.2 += a[index] * b[index]
      index += 1
    }
    return sums
  }
}
