import CollapseCore
import Curvature
import LibC
import LinearAlgebra
import Networks

/// Numbers that are drawn.
enum Draw {
  static func normals(_ count: Int, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in generator.normal() }
  }

  /// Every array of a network.
  static func parameters(of architecture: Architecture, seed: UInt64) -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    for (index, parameter) in architecture.parameters.enumerated() {
      result[parameter.name] = normals(
        parameter.parameter.shape.elementCount, seed: seed + 1000 * UInt64(index + 1)
      ).map { 0.7 * $0 }
    }
    return result
  }
}

extension SymmetricOperator {
  /// All of it, a product with each unit vector.
  func matrix() throws -> Matrix {
    var elements: [Double] = []
    for index in 0..<dimension {
      var unit = [Double](repeating: 0, count: dimension)
      unit[index] = 1
      elements += try product(unit)
    }
    return Matrix(rows: dimension, columns: dimension, elements: elements)
  }
}

extension Matrix {
  func times(_ other: Matrix) throws -> Matrix { try timesTransposed(other.transposed) }

  static func + (a: Matrix, b: Matrix) -> Matrix {
    Matrix(rows: a.rows, columns: a.columns, elements: zip(a.elements, b.elements).map(+))
  }

  static func * (a: Matrix, factor: Double) -> Matrix {
    Matrix(rows: a.rows, columns: a.columns, elements: a.elements.map { $0 * factor })
  }
}

func largestDifference(_ a: Matrix, _ b: Matrix) -> Double {
  largestDifference(a.elements, b.elements)
}

func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}

func pairs(_ count: Int) -> [(Int, Int)] {
  (0..<count).flatMap { a in (0..<count).map { (a, $0) } }
}

func softmax(_ row: ArraySlice<Double>) -> [Double] {
  let powers = row.map { exp($0) }
  let total = powers.reduce(0, +)
  return powers.map { $0 / total }
}
