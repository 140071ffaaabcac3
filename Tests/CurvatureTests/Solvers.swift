import CollapseCore
import Curvature
import LibC
import LinearAlgebra
import Networks
import Testing

/// A symmetric matrix that is written out.
struct WrittenMatrix: SymmetricOperator {
  let matrix: Matrix
  var dimension: Int { matrix.rows }

  func product(_ vector: [Double]) throws -> [Double] {
    (0..<matrix.rows).map { dot(matrix.row($0), vector[...]) }
  }

  /// QΛQᵀ with a random Q.
  init(eigenvalues: [Double], seed: UInt64) throws {
    let n = eigenvalues.count
    let random = Matrix(rows: n, columns: n, elements: Draw.normals(n * n, seed: seed))
    let q = try (random + random.transposed).symmetricEigenproblem().vectors
    var scaled = q
    for i in 0..<n { for j in 0..<n { scaled[i, j] *= eigenvalues[i] } }
    let product = try scaled.transposed.timesTransposed(q.transposed)
    matrix = (product + product.transposed) * 0.5
  }
}

@Suite struct Solvers {
  @Test func wholeSpectrum() throws {
    let eigenvalues = [-4, -1.5, -0.2, 0, 0.3, 1, 2, 5, 7, 11.0]
    let matrix = try WrittenMatrix(eigenvalues: eigenvalues, seed: 3)
    let found = try Lanczos(largest: 10, smallest: 10, tolerance: 1e-12).run(matrix)
    #expect(largestDifference(found.smallest.map(\.value), eigenvalues) <= 1e-12)
    #expect(largestDifference(found.largest.map(\.value), eigenvalues.reversed()) <= 1e-12)
    #expect(found.hasConverged)
  }

  /// m steps integrate powers up to 2m−1 like the matrix itself.
  @Test(arguments: [2, 4, 6]) func momentsOfQuadrature(_ steps: Int) throws {
    let matrix = try WrittenMatrix(
      eigenvalues: (0..<30).map { cos(Double($0)) + Double($0) / 20 }, seed: 4)
    var start = Draw.normals(30, seed: 6)
    let length = norm(start)
    start = start.map { $0 / length }
    let nodes = try Lanczos(largest: 0, tolerance: 0, steps: steps).run(matrix, start: start).nodes
    let total = nodes.reduce(0) { $0 + $1.weight }
    #expect(abs(total - 1) <= 1e-14)
    var power = start
    for k in 0..<2 * steps {
      let expected = dot(start[...], power[...])
      let found = nodes.reduce(0) { $0 + $1.weight * pow($1.value, Double(k)) }
      #expect(abs(found - expected) <= 1e-12 * max(1, abs(expected)), "power \(k)")
      power = try matrix.product(power)
    }
    let beyond = nodes.reduce(0) { $0 + $1.weight * pow($1.value, Double(2 * steps)) }
    #expect(abs(beyond - dot(start[...], power[...])) > 1e-9)
  }

  /// The bound is the length of the residual, and an eigenvalue lies within it.
  @Test(arguments: [8, 15, 25]) func boundsHold(_ steps: Int) throws {
    let eigenvalues = (0..<60).map { exp(-Double($0) / 6) * ($0 % 7 == 3 ? -3 : 5) }
    let matrix = try WrittenMatrix(eigenvalues: eigenvalues, seed: 5)
    var lanczos = Lanczos(largest: 5, smallest: 3, tolerance: 0, steps: steps, seed: 2)
    lanczos.wantsVectors = true
    let found = try lanczos.run(matrix)
    for value in found.largest + found.smallest {
      let distance = eigenvalues.map { abs($0 - value.value) }.min()!
      #expect(distance <= value.bound + 1e-12)
    }
    for (value, vector) in zip(found.largest, found.vectors) {
      let product = try matrix.product(vector)
      let residual = zip(product, vector).map { $0 - value.value * $1 }
      #expect(abs(norm(residual) - value.bound) <= 1e-11)
      #expect(abs(norm(vector) - 1) <= 1e-12)
    }
  }

  /// Both ends stop by their residuals, also where the trace is negative and the lower end is the
  /// longer one.
  @Test func negativeTrace() throws {
    let eigenvalues = (0..<40).map { $0 < 2 ? 1.0 / Double($0 + 1) : -Double($0) }
    let matrix = try WrittenMatrix(eigenvalues: eigenvalues, seed: 8)
    let found = try Lanczos(largest: 2, smallest: 2, tolerance: 1e-10).run(matrix)
    #expect(found.hasConverged)
    #expect(largestDifference(found.largest.map(\.value), [1, 0.5]) <= 1e-8)
    #expect(largestDifference(found.smallest.map(\.value), [-39, -38]) <= 1e-8)
    let trace = try TraceEstimate(of: matrix, budget: 60, seed: 1)
    #expect(abs(trace.value - eigenvalues.reduce(0, +)) <= 6 * trace.standardError + 1e-9)
  }

  @Test func exactTraceOfLowRank() throws {
    let eigenvalues = [5, -3, 2, 0.5] + [Double](repeating: 0, count: 26)
    let matrix = try WrittenMatrix(eigenvalues: eigenvalues, seed: 9)
    let trace = try TraceEstimate(of: matrix, budget: 18, seed: 1)
    #expect(abs(trace.value - 4.5) <= 1e-12)
    #expect(trace.standardError <= 1e-12)
    #expect(trace.products <= 18)
  }

  /// Over seeds the estimate is right on average, its spread is what it says, and less than that of
  /// as many plain probes: 2 Σ_{i≠j} H_ij² each.
  @Test func spreadOfTraces() throws {
    let eigenvalues = (0..<40).map { 10 / Double($0 + 1) }
    let matrix = try WrittenMatrix(eigenvalues: eigenvalues, seed: 10)
    let exact = eigenvalues.reduce(0, +)
    let estimates = try (0..<100).map { try TraceEstimate(of: matrix, budget: 30, seed: $0) }
    let mean = estimates.reduce(0) { $0 + $1.value } / 100
    let variance = estimates.reduce(0) { $0 + ($1.value - exact) * ($1.value - exact) } / 100
    let stated = estimates.reduce(0) { $0 + $1.standardError * $1.standardError } / 100
    #expect(abs(mean - exact) <= 4 * (variance / 100).squareRoot())
    #expect(variance / stated > 0.7 && variance / stated < 1.4)
    let beside =
      matrix.matrix.elements.reduce(0) { $0 + $1 * $1 }
      - (0..<40).reduce(0) { $0 + matrix.matrix[$1, $1] * matrix.matrix[$1, $1] }
    #expect(variance < 2 * beside / 30 / 2)
  }

  /// The mean of quadratures integrates like the spectrum: the first moment is the trace.
  @Test func densityIntegratesToOne() throws {
    let eigenvalues = (0..<50).map { Double($0 % 5) }
    let matrix = try WrittenMatrix(eigenvalues: eigenvalues, seed: 11)
    let density = try SpectralDensity(of: matrix, starts: 30, steps: 8, seed: 1)
    #expect(density.quadratures.count == 30)
    for quadrature in density.quadratures {
      #expect(abs(quadrature.weights.reduce(0, +) - 1) <= 1e-12)
    }
    let mean = density.quadratures.reduce(0.0) { sum, quadrature in
      sum + zip(quadrature.nodes, quadrature.weights).reduce(0) { $0 + $1.0 * $1.1 } / 30
    }
    #expect(abs(mean - 2) <= 0.1)
  }

  @Test func productsOfAMatrixThatIsNotSymmetric() throws {
    struct Skewed: SymmetricOperator {
      var dimension: Int { 3 }
      func product(_ v: [Double]) throws -> [Double] { [v[1], v[2], v[0]] }
    }
    let error = #expect(throws: CurvatureError.self) { _ = try OperatorCheck(of: Skewed()) }
    #expect(error?.kind == .internalFailure)
    #expect(error?.description.hasPrefix("cannot trust products: wᵀHv and vᵀHw differ by") == true)
  }

  @Test func productsThatDiffer() throws {
    final class Drifting: SymmetricOperator, @unchecked Sendable {
      var calls = 0.0
      var dimension: Int { 3 }
      func product(_ v: [Double]) throws -> [Double] {
        calls += 1
        return v.map { $0 * (1 + 1e-15 * calls) }
      }
    }
    let error = #expect(throws: CurvatureError.self) { _ = try OperatorCheck(of: Drifting()) }
    #expect(
      error?.description == "cannot trust products: two products with the same vector differ")
  }

  @Test func basisThatDoesNotFit() throws {
    let matrix = try WrittenMatrix(eigenvalues: [1, 2, 3, 4], seed: 1)
    var lanczos = Lanczos(largest: 1, steps: 3)
    lanczos.memoryLimit = 100
    let error = #expect(throws: CurvatureError.self) { _ = try lanczos.run(matrix) }
    #expect(
      error?.description
        == "cannot find eigenvalues: 3 steps of Lanczos's method keep 128 bytes, of 100 bytes that "
        + "may be used; fewer steps keep less")
    #expect(error?.kind == .usage)
  }
}
