import CollapseCore
import LinearAlgebra
import Testing

/// The kernels behind products of many rows with the same vectors, and behind ZᵀZ: whichever the
/// processor has. Sums of small whole numbers are exact in any order.
@Suite struct ProductTests {
  /// Whole numbers −4…4.
  private static func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(
      rows: rows, columns: columns,
      elements: (0..<rows * columns).map { _ in Double(generator.next() % 9) - 4 })
  }

  /// Vectors that fill a panel, some of it, and several; rows that fill a tile and that do not;
  /// depths about where a panel ends.
  @Test(arguments: [1, 2, 3, 4, 7, 8, 9, 19, 20, 23, 24, 25, 47, 49], [1, 2, 127, 128, 129, 300])
  func productsOfRowsWithVectors(count: Int, depth: Int) throws {
    let vectors = Self.matrix(count, depth, seed: 1)
    for rowCount in [1, 2, 7, 8, 9, 17] {
      let rows = Self.matrix(rowCount, depth, seed: 2)
      let products = try rows.timesTransposed(vectors)
      for row in 0..<rowCount {
        for index in 0..<count {
          #expect(products[row, index] == dot(rows.row(row), vectors.row(index)))
        }
      }
    }
  }

  /// A product has the same bits in whatever block its row is.
  @Test func blocksChangeNoBit() throws {
    var generator = SeededGenerator(seed: 4)
    func random(_ rows: Int) -> Matrix {
      Matrix(
        rows: rows, columns: 301, elements: (0..<rows * 301).map { _ in generator.normal() })
    }
    let (rows, vectors) = (random(37), random(21))
    let whole = try rows.timesTransposed(vectors)
    for row in 0..<rows.rows {
      #expect(
        try rows.selectingRows([row]).timesTransposed(vectors).elements == Array(whole.row(row)))
    }
  }

  @Test(arguments: [1, 5, 8, 23, 24, 25, 50], [1, 127, 129, 1025])
  func sumsOfSquaresOfRows(columns: Int, rows: Int) throws {
    let matrix = Self.matrix(rows, columns, seed: 3)
    let sum = try GramSum(columns: columns)
    matrix.elements.withUnsafeBufferPointer { elements in
      for row in 0..<rows { sum.append(elements.baseAddress! + row * columns, scale: 2) }
    }
    let transposed = matrix.transposed
    let expected = (0..<columns).flatMap { one in
      (0..<columns).map { other in 4 * dot(transposed.row(one), transposed.row(other)) }
    }
    #expect(sum.symmetricMatrix().elements == expected)
  }
}
