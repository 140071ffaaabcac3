import CRowKernels
import CollapseCore
import LinearAlgebra

/// The products of all pairs of class vectors, tile by tile: statistics over pairs take no memory of
/// C².
struct PairTiles: Sendable {
  /// Vectors side by side in a tile.
  static let side = 256
  /// Up to here plain loops are faster than a BLAS and its loading.
  private static let fewVectors = 64

  /// Some products x_i·y_j; for a set with itself those of the pairs i < j.
  struct Tile {
    let rows: Range<Int>
    let columns: Range<Int>
    /// Whether the two sets are the same.
    let isSymmetric: Bool
    fileprivate let products: UnsafeMutablePointer<Double>

    subscript(row: Int, column: Int) -> Double {
      products[(row - rows.lowerBound) * PairTiles.side + column - columns.lowerBound]
    }

    /// The columns of a row that are pairs.
    func columns(of row: Int) -> Range<Int> {
      isSymmetric
        ? max(columns.lowerBound, min(row + 1, columns.upperBound))..<columns.upperBound : columns
    }
  }

  let threads: Int
  let interruption: Interruption

  /// Folds over the tiles of x_i·x_j, i < j, or of x_i·y_j for all i and j where there is a second
  /// set: strip by strip of rows, merged along a balanced tree.
  ///
  /// - Parameter add: adds a tile to the sum of its strip.
  func fold<Sum: Sendable>(
    _ vectors: Matrix, _ others: Matrix? = nil, _ empty: @Sendable () -> Sum,
    add: @Sendable (Tile, inout Sum) -> Void, merge: @Sendable (inout Sum, Sum) -> Void
  ) throws -> Sum {
    let (count, otherCount) = (vectors.rows, (others ?? vectors).rows)
    let products =
      max(count, otherCount) <= PairTiles.fewVectors ? nil : try Products()
    let strips = (count + PairTiles.side - 1) / PairTiles.side
    let buffers = Pool<AlignedBuffer>()
    return try vectors.elements.withUnsafeBufferPointer { left in
      try (others ?? vectors).elements.withUnsafeBufferPointer { right in
        let (left, right) = (SharedPointer(left), SharedPointer(right))
        let total = try Parallel.fold(strips, threads: threads) { strip -> Sum in
          let buffer = buffers.take { AlignedBuffer(count: PairTiles.side * PairTiles.side) }
          defer { buffers.giveBack(buffer) }
          let rows = strip * PairTiles.side..<min((strip + 1) * PairTiles.side, count)
          var sum = empty()
          let first = others == nil ? rows.lowerBound : 0
          for start in stride(from: first, to: otherCount, by: PairTiles.side) {
            try interruption.check()
            let columns = start..<min(start + PairTiles.side, otherCount)
            multiply(
              left.base, rows, right.base, columns, depth: vectors.columns, into: buffer.base,
              by: products)
            add(
              Tile(
                rows: rows, columns: columns, isSymmetric: others == nil, products: buffer.base),
              &sum)
          }
          return sum
        } merge: { earlier, later in
          var sum = earlier
          merge(&sum, later)
          return sum
        }
        return total ?? empty()
      }
    }
  }

  private func multiply(
    _ left: UnsafePointer<Double>, _ rows: Range<Int>, _ right: UnsafePointer<Double>,
    _ columns: Range<Int>, depth: Int, into target: UnsafeMutablePointer<Double>,
    by products: Products?
  ) {
    if let products {
      return products.multiply(
        left + rows.lowerBound * depth, rows: rows.count, stride: depth,
        right + columns.lowerBound * depth, rows: columns.count, stride: depth, depth: depth,
        into: target, stride: PairTiles.side)
    }
    for (i, row) in rows.enumerated() {
      for (j, column) in columns.enumerated() {
        target[i * PairTiles.side + j] = crowkernels_dot(
          left + row * depth, right + column * depth, depth)
      }
    }
  }

  /// ‖X Yᵀ‖_F: from the d×d side where that is smaller, as the root of ⟨XᵀX, YᵀY⟩.
  func gramNorm(_ vectors: Matrix, _ others: Matrix? = nil) throws -> Double {
    let other = others ?? vectors
    if vectors.columns < min(vectors.rows, other.rows) {
      let (a, aNorm) = try gram(vectors)
      let (b, bNorm) = try others == nil ? (a, aNorm) : gram(other)
      let product = zip(a.elements, b.elements).reduce(0) { $0 + $1.0 * $1.1 }
      // Of two sets that hardly share a direction the terms cancel: then from the products.
      if product > 1e-4 * aNorm * bNorm { return product.squareRoot() }
    }
    let symmetric = others == nil
    let sum = try fold(vectors, others) {
      0.0
    } add: { tile, sum in
      for row in tile.rows {
        for column in tile.columns(of: row) {
          sum += (symmetric ? 2 : 1) * tile[row, column] * tile[row, column]
        }
      }
    } merge: {
      $0 += $1
    }
    let diagonal = symmetric ? vectors.rowNorms.reduce(0) { $0 + $1 * $1 * $1 * $1 } : 0
    return (sum + diagonal).squareRoot()
  }

  /// XᵀX and its norm.
  private func gram(_ vectors: Matrix) throws -> (Matrix, Double) {
    let sum = try GramSum(columns: vectors.columns)
    try vectors.elements.withUnsafeBufferPointer { rows in
      for row in 0..<vectors.rows {
        if row.isMultiple(of: GramSum.capacity) { try interruption.check() }
        sum.append(rows.baseAddress! + row * vectors.columns, scale: 1)
      }
    }
    let gram = sum.symmetricMatrix()
    return (gram, gram.frobeniusNorm)
  }
}

/// A pointer that several threads read.
struct SharedPointer: @unchecked Sendable {
  let base: UnsafePointer<Double>
  /// - Precondition: the buffer is not empty.
  init(_ buffer: UnsafeBufferPointer<Double>) { base = buffer.baseAddress! }
}
