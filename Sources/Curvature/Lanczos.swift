import CollapseCore
import LinearAlgebra

/// Eigenvalues of both ends by Lanczos's method with two full re-orthogonalizations a step.
///
/// Of each Ritz value θ the bound |θ − λ| ≤ β_m |s_m| is told: some eigenvalue lies that near, as far
/// as rounding lets it be known; no bound is told below eight units in the last place of the largest.
/// Source: Parlett, "The Symmetric Eigenvalue Problem", 1998.
public struct Lanczos: Sendable {
  /// A Ritz value and how far the next eigenvalue may be from it.
  public struct Eigenvalue: Sendable, Hashable, Codable {
    public let value: Double
    /// β_m |s_m|, the length of the residual Hy − θy.
    public let bound: Double

    public init(value: Double, bound: Double) {
      self.value = value
      self.bound = bound
    }
  }

  public struct Result: Sendable {
    /// The largest, in descending order.
    public let largest: [Eigenvalue]
    /// The smallest, in ascending order.
    public let smallest: [Eigenvalue]
    /// Unit eigenvectors of `largest`, one after another; empty where they were not asked for.
    public let vectors: [[Double]]
    /// Products that were made.
    public let steps: Int
    /// Whether every bound is within the tolerance.
    public let hasConverged: Bool
    /// Every Ritz value in ascending order with the square of its vector's first component: nodes
    /// and weights of Gauss quadrature, Σ weight = 1.
    public let nodes: [(value: Double, weight: Double)]
  }

  /// Eigenvalues asked for at the upper end.
  public var largest: Int
  /// At the lower end.
  public var smallest: Int
  /// The bound asked for, as a share of the largest |θ|.
  public var tolerance: Double
  /// The most products.
  public var steps: Int
  public var seed: UInt64
  public var wantsVectors = false
  public var threads = Processors.count
  public var memoryLimit = PhysicalMemory.byteCount / 10 * 7

  public init(
    largest: Int, smallest: Int = 0, tolerance: Double = 1e-6, steps: Int = 200, seed: UInt64 = 0
  ) {
    self.largest = largest
    self.smallest = smallest
    self.tolerance = tolerance
    self.steps = steps
    self.seed = seed
  }

  /// - Parameters:
  ///   - start: the first vector; a seeded normal one where there is none.
  ///   - onStep: is told of every product, and the share of values that are within the tolerance.
  /// - Throws: ``CurvatureError`` where the basis does not fit in memory.
  public func run(
    _ matrix: some SymmetricOperator, start: [Double]? = nil, onStep: (Int) -> Void = { _ in }
  ) throws -> Result {
    let limit = min(steps, matrix.dimension)
    let bytes = VectorBasis.byteCount(dimension: matrix.dimension, capacity: limit + 1)
    guard bytes <= Double(memoryLimit) else {
      throw CurvatureError(
        kind: .usage, operation: "find eigenvalues",
        reason: "\(limit) steps of Lanczos's method keep \(ByteCount.text(bytes)), of "
          + "\(ByteCount.text(memoryLimit)) that may be used; fewer steps keep less")
    }
    let basis = try VectorBasis(
      dimension: matrix.dimension, capacity: limit + 1, threads: threads)
    var vector = start ?? Probe.gaussian(matrix.dimension, seed: seed, "curvature/lanczos")
    normalize(&vector, by: norm(vector))
    var (diagonal, beside): ([Double], [Double]) = ([], [])
    var found = Tridiagonal.Solution.none
    while diagonal.count < limit {
      basis.append(vector)
      var next = try matrix.product(vector)
      let taken = try basis.orthogonalize(&next)
      diagonal.append(taken[diagonal.count])
      let length = norm(next)
      beside.append(length)
      onStep(diagonal.count)
      let scale = max(diagonal.map(\.magnitude).max() ?? 0, beside.max() ?? 0)
      let isExhausted = length <= 1e-14 * scale
      let isDue = diagonal.count % 5 == 0 && diagonal.count >= largest + smallest
      if isDue || isExhausted || diagonal.count == limit {
        found = try Tridiagonal(diagonal: diagonal, beside: beside).solution()
        if isExhausted || isConverged(found) { break }
      }
      if diagonal.count < limit {
        normalize(&next, by: length)
        vector = next
      }
    }
    return try result(found, basis)
  }

  private func normalize(_ vector: inout [Double], by length: Double) {
    let factor = 1 / length
    for index in vector.indices { vector[index] *= factor }
  }

  private func isConverged(_ found: Tridiagonal.Solution) -> Bool {
    guard found.values.count >= largest + smallest, largest + smallest > 0 else { return false }
    let scale = found.values.map(\.magnitude).max() ?? 0
    return (found.bounds.prefix(smallest) + found.bounds.suffix(largest))
      .allSatisfy { $0 <= tolerance * scale }
  }

  private func result(_ found: Tridiagonal.Solution, _ basis: VectorBasis) throws -> Result {
    let all = zip(found.values, found.bounds).map(Eigenvalue.init)
    let top = min(largest, all.count)
    let vectors =
      wantsVectors
      ? try (0..<top).map {
        try basis.combination(Array(found.vectors.row(all.count - 1 - $0)))
      } : []
    return Result(
      largest: Array(all.reversed().prefix(largest)), smallest: Array(all.prefix(smallest)),
      vectors: vectors, steps: all.count,
      hasConverged: isConverged(found) || found.isWhole,
      nodes: (0..<all.count).map {
        (all[$0].value, found.vectors[$0, 0] * found.vectors[$0, 0])
      })
  }
}

/// The matrix that Lanczos's method makes.
struct Tridiagonal {
  struct Solution {
    let values: [Double]
    /// Rows.
    let vectors: Matrix
    let bounds: [Double]
    /// Whether the Krylov space is invariant.
    let isWhole: Bool

    static let none = Solution(
      values: [], vectors: Matrix(rows: 0, columns: 0), bounds: [], isWhole: false)
  }

  let diagonal: [Double]
  /// β_1 … β_m, the last the length of what comes next.
  let beside: [Double]

  func solution() throws -> Solution {
    let count = diagonal.count
    var matrix = Matrix(rows: count, columns: count)
    for index in 0..<count {
      matrix[index, index] = diagonal[index]
      if index + 1 < count {
        matrix[index, index + 1] = beside[index]
        matrix[index + 1, index] = beside[index]
      }
    }
    let (values, vectors) = try matrix.symmetricEigenproblem()
    let last = beside[count - 1]
    let scale = values.map(\.magnitude).max() ?? 0
    return Solution(
      values: values, vectors: vectors,
      bounds: (0..<count).map { row in
        max(last * vectors[row, count - 1].magnitude, 8 * Double.ulpOfOne * scale)
      }, isWhole: last <= 1e-14 * max(scale, 1e-300))
  }
}
