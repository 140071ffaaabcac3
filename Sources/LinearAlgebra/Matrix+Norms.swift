public import CollapseCore

/// a·b.
public func dot(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

/// ‖a‖.
public func norm(_ a: [Double]) -> Double { a.reduce(0) { $0 + $1 * $1 }.squareRoot() }

extension Matrix {
  /// The Euclidean norm of each row.
  public var rowNorms: [Double] {
    (0..<rows).map { row($0).reduce(0) { $0 + $1 * $1 }.squareRoot() }
  }

  /// ‖·‖_F.
  public var frobeniusNorm: Double { norm(elements) }

  /// The mean of the rows, accumulated about the first row so that equal rows give it exactly.
  public var meanRow: [Double] { meanRow(weights: Array(repeating: 1 / Double(rows), count: rows)) }

  /// Σ weight · row for weights of sum 1, accumulated about the first row.
  public func meanRow(weights: [Double]) -> [Double] {
    let origin = Array(row(0))
    var offset = [Double](repeating: 0, count: columns)
    for index in 1..<max(rows, 1) {
      let start = index * columns
      for column in 0..<columns {
        offset[column] += weights[index] * (elements[start + column] - origin[column])
      }
    }
    return zip(origin, offset).map(+)
  }

  /// Each row less `vector`.
  public func subtractingFromRows(_ vector: [Double]) -> Matrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result.elements[row * columns + column] -= vector[column] }
    }
    return result
  }

  /// Each row times its factor.
  public func scalingRows(by factors: [Double]) -> Matrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result.elements[row * columns + column] *= factors[row] }
    }
    return result
  }

  public var transposed: Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  public func scaled(by factor: Double) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: elements.map { $0 * factor })
  }

  /// ‖self − other‖_F.
  public func distance(to other: Matrix) -> Double {
    zip(elements, other.elements).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }
}
