import CollapseCore
import LinearAlgebra

/// Vectors of P numbers, orthonormal or not, one added after another, kept in stretches so that
/// products with all of them pass over memory once. Sums are made stretch by stretch in order, whatever the
/// number of threads.
final class VectorBasis: @unchecked Sendable {
  private static let width = 4096
  let dimension: Int
  private let capacity: Int
  private(set) var count = 0
  private let threads: Int
  private let products: Products
  /// For each stretch of coordinates the vectors' shares, one after another.
  private let stretches: [AlignedBuffer]

  init(dimension: Int, capacity: Int, threads: Int) throws {
    self.dimension = dimension
    self.capacity = capacity
    self.threads = threads
    products = try Products()
    stretches = stride(from: 0, to: dimension, by: VectorBasis.width).map {
      AlignedBuffer(count: capacity * min(VectorBasis.width, dimension - $0))
    }
  }

  private func range(_ stretch: Int) -> Range<Int> {
    stretch * VectorBasis.width..<min(dimension, (stretch + 1) * VectorBasis.width)
  }

  func append(_ vector: [Double]) {
    precondition(count < capacity)
    vector.withUnsafeBufferPointer { vector in
      for (index, stretch) in stretches.enumerated() {
        let range = range(index)
        (stretch.base + count * range.count).update(
          from: vector.baseAddress! + range.lowerBound, count: range.count)
      }
    }
    count += 1
  }

  subscript(index: Int) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(dimension)
    for (stretch, buffer) in stretches.enumerated() {
      let width = range(stretch).count
      result += UnsafeBufferPointer(start: buffer.base + index * width, count: width)
    }
    return result
  }

  /// Σ c_j q_j.
  func combination(_ coefficients: [Double]) throws -> [Double] {
    var result = [Double](repeating: 0, count: dimension)
    try subtract(coefficients.map { -$0 }, from: &result)
    return result
  }

  /// Qᵀw.
  func products(with vector: [Double]) throws -> [Double] {
    guard count > 0 else { return [] }
    let partial = AlignedBuffer(count: stretches.count * count)
    try vector.withUnsafeBufferPointer { vector in
      nonisolated(unsafe) let start = vector.baseAddress!
      try Parallel.forEach(stretches.count, threads: threads) { index in
        let range = range(index)
        products.multiply(
          stretches[index].base, start + range.lowerBound, rows: count, columns: 1,
          depth: range.count, into: partial.base + index * count)
      }
    }
    var result = [Double](repeating: 0, count: count)
    for stretch in stretches.indices {
      for index in 0..<count { result[index] += partial.base[stretch * count + index] }
    }
    return result
  }

  /// w ← w − Q c.
  private func subtract(_ coefficients: [Double], from vector: inout [Double]) throws {
    guard count > 0 else { return }
    try vector.withUnsafeMutableBufferPointer { vector in
      nonisolated(unsafe) let start = vector.baseAddress!
      try Parallel.forEach(stretches.count, threads: threads) { index in
        let range = range(index)
        let (target, base) = (start + range.lowerBound, stretches[index].base)
        for vector in 0..<count {
          let (factor, source) = (coefficients[vector], base + vector * range.count)
          for column in 0..<range.count { target[column] -= factor * source[column] }
        }
      }
    }
  }

  /// Takes out of `vector` what lies in the span, `passes` times; returns all of Qᵀw that was.
  @discardableResult
  func orthogonalize(_ vector: inout [Double], passes: Int = 2) throws -> [Double] {
    var taken = [Double](repeating: 0, count: count)
    for _ in 0..<passes {
      let coefficients = try products(with: vector)
      try subtract(coefficients, from: &vector)
      for index in taken.indices { taken[index] += coefficients[index] }
    }
    return taken
  }

  /// Orthonormal vectors that span what the given ones do: those that add nothing to rounding are
  /// left out.
  convenience init(spanning vectors: [[Double]], dimension: Int, threads: Int) throws {
    try self.init(dimension: dimension, capacity: max(vectors.count, 1), threads: threads)
    for vector in vectors {
      let length = norm(vector)
      guard length > 0 else { continue }
      var rest = vector
      try orthogonalize(&rest)
      let left = norm(rest)
      guard left > 1e-10 * length else { continue }
      append(rest.map { $0 / left })
    }
  }

  /// Bytes of so many vectors; a number that has a place whatever they come to.
  static func byteCount(dimension: Int, capacity: Int) -> Double {
    8 * Double(dimension) * Double(capacity)
  }

  /// The inner products of all vectors.
  func gram() throws -> Matrix {
    // As many sums as are made side by side, whatever the number of threads.
    let lanes = min(8, max(1, stretches.count))
    let parts = try Parallel.map(lanes, threads: threads) { lane in
      let sum = AlignedBuffer(count: count * count)
      for index in stretches.count * lane / lanes..<stretches.count * (lane + 1) / lanes {
        products.multiply(
          stretches[index].base, stretches[index].base, transposed: .second, rows: count,
          columns: count, depth: range(index).count, adding: true, into: sum.base)
      }
      return sum
    }
    var result = Matrix(rows: count, columns: count)
    for part in parts {
      for index in 0..<count * count { result.elements[index] += part.base[index] }
    }
    return result
  }
}

/// Random vectors for probes, by the seed and their number.
enum Probe {
  static func gaussian(_ dimension: Int, seed: UInt64, _ stream: String) -> [Double] {
    var generator = SeededGenerator(seed: seed, stream: stream)
    return (0..<dimension).map { _ in generator.normal() }
  }

  /// Signs.
  static func rademacher(_ dimension: Int, seed: UInt64, _ stream: String) -> [Double] {
    var generator = SeededGenerator(seed: seed, stream: stream)
    return (0..<dimension).map { _ in generator.next() >> 63 == 0 ? -1 : 1 }
  }
}
