import CollapseCore

/// a·b.
func dot(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

/// ‖a‖.
func norm(_ a: [Double]) -> Double { a.reduce(0) { $0 + $1 * $1 }.squareRoot() }

extension Matrix {
  /// The Euclidean norm of each row.
  var rowNorms: [Double] {
    (0..<rows).map { row($0).reduce(0) { $0 + $1 * $1 }.squareRoot() }
  }

  /// ‖·‖_F.
  var frobeniusNorm: Double { norm(elements) }

  /// The mean of the rows, accumulated about the first row so that equal rows give it exactly.
  var meanRow: [Double] { meanRow(weights: Array(repeating: 1 / Double(rows), count: rows)) }

  /// Σ weight · row for weights of sum 1, accumulated about the first row.
  func meanRow(weights: [Double]) -> [Double] {
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
  func subtractingFromRows(_ vector: [Double]) -> Matrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result.elements[row * columns + column] -= vector[column] }
    }
    return result
  }

  /// Each row times its factor.
  func scalingRows(by factors: [Double]) -> Matrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result.elements[row * columns + column] *= factors[row] }
    }
    return result
  }

  func scaled(by factor: Double) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: elements.map { $0 * factor })
  }

  /// ‖self − other‖_F.
  func distance(to other: Matrix) -> Double {
    zip(elements, other.elements).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  /// ‖row i − row j‖² for every pair i < j, (0,1), (0,2), …, from the differences themselves.
  func squaredRowDistances(threads: Int) -> [Double] {
    guard rows > 1 else { return [] }
    let lists = try? Parallel.map(rows - 1, threads: threads) { first in
      elements.withUnsafeBufferPointer { values in
        (first + 1..<rows).map { second in
          squaredDistance(
            values.baseAddress! + first * columns, values.baseAddress! + second * columns,
            count: columns)
        }
      }
    }
    return lists!.flatMap { $0 }
  }

  /// ‖G/‖G‖_F − (I − 11ᵀ/C)/√(C−1)‖_F of a C×C matrix.
  var distanceToSimplexFrame: Double {
    let count = Double(rows)
    let scale = 1 / (count - 1).squareRoot()
    return distanceOfDirection(diagonal: (1 - 1 / count) * scale, elsewhere: -scale / count)
  }

  /// ‖G/‖G‖_F − I/√C‖_F of a C×C matrix.
  var distanceToOrthogonalFrame: Double {
    distanceOfDirection(diagonal: 1 / Double(rows).squareRoot(), elsewhere: 0)
  }

  private func distanceOfDirection(diagonal: Double, elsewhere: Double) -> Double {
    let length = frobeniusNorm
    var sum = 0.0
    for row in 0..<rows {
      for column in 0..<columns {
        let target = row == column ? diagonal : elsewhere
        let difference = elements[row * columns + column] / length - target
        sum += difference * difference
      }
    }
    return sum.squareRoot()
  }
}

/// ‖a − b‖², eight partial sums.
private func squaredDistance(
  _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int
) -> Double {
  var sums = SIMD8<Double>()
  var index = 0
  while index + 8 <= count {
    let difference =
      UnsafeRawPointer(a + index).loadUnaligned(as: SIMD8<Double>.self)
      - UnsafeRawPointer(b + index).loadUnaligned(as: SIMD8<Double>.self)
    sums += difference * difference
    index += 8
  }
  var sum = sums.sum()
  while index < count {
    sum += (a[index] - b[index]) * (a[index] - b[index])
    index += 1
  }
  return sum
}
