public import CollapseCore
import LibC
import LinearAlgebra

/// The trace by Hutch++: tr(QᵀHQ) exactly on a sketch Q = orth(HS), and the mean of
/// gᵀ(I − QQᵀ)H(I − QQᵀ)g over random signs g for the rest. Exact where the rank is at most the
/// sketch's.
///
/// Source: Meyer, Musco, Musco & Woodruff, "Hutch++: Optimal Stochastic Trace Estimation", 2021.
public struct TraceEstimate: Sendable, Hashable, Codable {
  public let value: Double
  /// The standard error of the random part.
  public let standardError: Double
  /// Products that were made.
  public let products: Int

  /// - Parameters:
  ///   - budget: products to make, a third each for the sketch, its trace and the rest; at least 6.
  public init(
    of matrix: some SymmetricOperator, budget: Int, seed: UInt64, threads: Int = Processors.count,
    onStep: (Int) -> Void = { _ in }
  ) throws {
    let third = max(2, budget / 3)
    var made = 0
    func product(_ vector: [Double]) throws -> [Double] {
      defer {
        made += 1
        onStep(made)
      }
      return try matrix.product(vector)
    }
    let basis = try VectorBasis(
      spanning: try (0..<third).map {
        try product(
          Probe.rademacher(matrix.dimension, seed: seed, "curvature/sketch/\($0)"))
      }, dimension: matrix.dimension, threads: threads)
    var exact = 0.0
    for index in 0..<basis.count {
      let vector = basis[index]
      exact += dot(vector[...], try product(vector)[...])
    }
    var samples: [Double] = []
    for index in 0..<third {
      var probe = Probe.rademacher(matrix.dimension, seed: seed, "curvature/trace/\(index)")
      try basis.orthogonalize(&probe)
      samples.append(dot(probe[...], try product(probe)[...]))
    }
    let mean = samples.reduce(0, +) / Double(third)
    let spread = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(third - 1)
    value = exact + mean
    standardError = (spread / Double(third)).squareRoot()
    products = made
  }
}

/// The density of eigenvalues by stochastic Lanczos quadrature: for each random start Gauss nodes θ
/// with weights τ, Στ = 1, whose mean over starts integrates like the spectrum, each eigenvalue of
/// weight 1/P. Raw: what smooths is the figure's.
///
/// Source: Ghorbani, Krishnan & Xiao, "An Investigation into Neural Net Optimization via Hessian
/// Eigenvalue Density", 2019.
public struct SpectralDensity: Sendable, Codable {
  public struct Quadrature: Sendable, Codable {
    public let nodes: [Double]
    public let weights: [Double]
  }

  /// One for each start.
  public let quadratures: [Quadrature]

  public init(
    of matrix: some SymmetricOperator, starts: Int, steps: Int, seed: UInt64,
    threads: Int = Processors.count, memoryLimit: Int = PhysicalMemory.byteCount / 10 * 7,
    onStep: (Int) -> Void = { _ in }
  ) throws {
    quadratures = try (0..<starts).map { start in
      var lanczos = Lanczos(largest: 0, tolerance: 0, steps: steps, seed: seed)
      lanczos.threads = threads
      lanczos.memoryLimit = memoryLimit
      let result = try lanczos.run(
        matrix, start: Probe.rademacher(matrix.dimension, seed: seed, "curvature/density/\(start)")
      ) { onStep(start * steps + $0) }
      return Quadrature(
        nodes: result.nodes.map(\.value), weights: result.nodes.map(\.weight))
    }
  }
}

/// Whether products can be built on: the same twice, and of a symmetric matrix.
public struct OperatorCheck: Sendable, Hashable, Codable {
  /// |wᵀHv − vᵀHw| beside ‖w‖‖Hv‖.
  public let asymmetry: Double

  /// The largest asymmetry that rounding explains.
  public static let tolerance = 1e-10

  /// - Throws: ``CurvatureError`` of kind `internalFailure`, with what was seen.
  public init(of matrix: some SymmetricOperator, seed: UInt64 = 0) throws {
    let v = Probe.gaussian(matrix.dimension, seed: seed, "curvature/check/v")
    let w = Probe.gaussian(matrix.dimension, seed: seed, "curvature/check/w")
    let first = try matrix.product(v)
    guard try matrix.product(v) == first else {
      throw CurvatureError(
        kind: .internalFailure, operation: "trust products",
        reason: "two products with the same vector differ")
    }
    guard first.allSatisfy(\.isFinite) else {
      throw CurvatureError(
        operation: "trust products", reason: "a product holds numbers that are not finite")
    }
    let second = try matrix.product(w)
    let scale = norm(w) * norm(first) + norm(v) * norm(second)
    asymmetry = scale > 0 ? abs(dot(w[...], first[...]) - dot(v[...], second[...])) / scale : 0
    guard asymmetry <= OperatorCheck.tolerance else {
      throw CurvatureError(
        kind: .internalFailure, operation: "trust products",
        reason: "wᵀHv and vᵀHw differ by \(asymmetry) of their size")
    }
  }
}
