import CollapseCore
import LibC
import LinearAlgebra
import Networks

/// Papyan's decomposition of the Gauss–Newton matrix of cross-entropy by classes:
/// G = mean_i Σ_c' δ_ic'δ_ic'ᵀ with δ_ic' = √p_ic' J_iᵀ(e_c' − p_i). With δ_cc' = mean_{i ∈ c} δ_ic',
/// δ_c = mean_{c'≠c} δ_cc' and w_c = n_c/N, 1/C where classes are of one size:
/// G0 = Σ_c w_c δ_ccδ_ccᵀ, G1 = (C−1) Σ_c w_c δ_cδ_cᵀ, G2 = Σ_c w_c Σ_{c'≠c} (δ_cc'−δ_c)(·)ᵀ, and
/// G3 = mean_i Σ_c' (δ_ic'−δ_cc')(·)ᵀ is the rest: G = G0 + G1 + G2 + G3.
///
/// Source: Papyan, "Traces of Class/Cross-Class Structure Pervade Deep Learning Spectra", 2020, for
/// classes of one size; the weights w_c keep the sum exact for others.
public struct ClassDecomposition: Sendable {
  /// tr G0, tr G1, tr G2.
  public let traces: [Double]
  /// Eigenvalues of G1, those that may differ from zero, in descending order.
  public let classEigenvalues: [Double]
  /// The same of G2.
  public let crossClassEigenvalues: [Double]
  /// w_c.
  private let weights: [Double]
  /// δ_cc', at c·C + c'.
  private let means: VectorBasis
  private let threads: Int

  private var classCount: Int { weights.count }

  /// Passes backward that are made, which `onStep` is told of.
  public static func stepCount(classes: Int) -> Int { classes * classes }

  /// - Throws: ``CurvatureError`` for another loss than cross-entropy, for penalties on logits and
  ///   features, and where the C² vectors do not fit in memory.
  public init(_ curvature: NetworkCurvature, onStep: (Int) -> Void = { _ in }) throws {
    let problem = curvature.problem
    let classes = problem.classCount
    threads = problem.threads
    try ClassDecomposition.check(problem)
    var counts = [Int](repeating: 0, count: classes)
    for label in problem.labels { counts[Int(label)] += 1 }
    weights = counts.map { Double($0) / Double(problem.sampleCount) }
    let probabilities = try curvature.logits().softmaxOfRows()
    let means = try VectorBasis(
      dimension: curvature.dimension, capacity: classes * classes, threads: threads)
    for c in 0..<classes {
      for other in 0..<classes {
        var cotangents = Matrix(rows: problem.sampleCount, columns: classes)
        for (sample, label) in problem.labels.enumerated() where Int(label) == c {
          let factor = probabilities[sample, other].squareRoot() / Double(counts[c])
          for k in 0..<classes {
            let unit = k == other ? 1.0 : 0.0
            cotangents[sample, k] = factor * (unit - probabilities[sample, k])
          }
        }
        means.append(try curvature.transposedJacobianProduct(cotangents))
        onStep(c * classes + other + 1)
      }
    }
    self.means = means
    // All else follows from the inner products of the δ_cc'.
    let gram = try means.gram()
    let parts = try ClassDecomposition.factors(weights).map { factors in
      try factors.timesTransposed(gram).timesTransposed(factors)
    }
    traces = parts.map { part in (0..<part.rows).reduce(0) { $0 + part[$1, $1] } }
    func spectrum(_ part: Matrix) throws -> [Double] {
      try part.symmetricEigenproblem().values.reversed().map { max($0, 0) }
    }
    classEigenvalues = try spectrum(parts[1])
    crossClassEigenvalues = try spectrum(parts[2])
  }

  /// Matrices F with G0, G1, G2 = (FΔ)ᵀ(FΔ), Δ the rows δ_cc'.
  private static func factors(_ weights: [Double]) -> [Matrix] {
    let classes = weights.count
    var diagonal = Matrix(rows: classes, columns: classes * classes)
    var classMeans = diagonal
    var deviations = Matrix(rows: classes * (classes - 1), columns: classes * classes)
    let share = 1 / Double(classes - 1)
    var row = 0
    for c in 0..<classes {
      let root = weights[c].squareRoot()
      diagonal[c, c * classes + c] = root
      let others = (0..<classes).filter { $0 != c }
      for other in others {
        classMeans[c, c * classes + other] = root * share * Double(classes - 1).squareRoot()
        for k in others {
          deviations[row, c * classes + k] = root * ((k == other ? 1 : 0) - share)
        }
        row += 1
      }
    }
    return [diagonal, classMeans, deviations]
  }

  /// δ_c for every class.
  public func classMeans() throws -> [[Double]] {
    let share = 1 / Double(classCount - 1)
    return try (0..<classCount).map { c in
      var coefficients = [Double](repeating: 0, count: classCount * classCount)
      for other in 0..<classCount where other != c {
        coefficients[c * classCount + other] = share
      }
      return try means.combination(coefficients)
    }
  }

  /// G0 v, G1 v and G2 v.
  public func products(_ v: [Double]) throws -> [[Double]] {
    let inner = try means.products(with: v)
    return try ClassDecomposition.factors(weights).map { factors in
      var coefficients = [Double](repeating: 0, count: inner.count)
      for row in 0..<factors.rows {
        let product = dot(factors.row(row), inner[...])
        for (column, factor) in factors.row(row).enumerated() {
          coefficients[column] += product * factor
        }
      }
      return try means.combination(coefficients)
    }
  }

  /// ‖PV‖²_F / k for P onto the span of the δ_c and k orthonormal vectors: 1 where they lie in it,
  /// C/P where they have nothing to do with it.
  public func overlap(with vectors: [[Double]]) throws -> Double {
    guard let first = vectors.first else { return 0 }
    let span = try VectorBasis(
      spanning: try classMeans(), dimension: first.count, threads: threads)
    var sum = 0.0
    for vector in vectors {
      for product in try span.products(with: vector) { sum += product * product }
    }
    return sum / Double(vectors.count)
  }

  private static func check(_ problem: CurvatureProblem) throws {
    let classes = problem.classCount
    func refuse(_ reason: String) -> CurvatureError {
      CurvatureError(
        kind: .usage, operation: "decompose the Gauss–Newton matrix by classes", reason: reason)
    }
    guard problem.objective.loss.name == "cross_entropy" else {
      throw refuse("it is done for cross-entropy, the loss is '\(problem.objective.loss.name)'")
    }
    guard problem.spectralDecoupling == 0, problem.featureDecay == 0 else {
      throw refuse("it is done for the loss alone, found penalties on logits or features")
    }
    guard classes > 1 else { throw refuse("there is one class") }
    let bytes =
      VectorBasis.byteCount(dimension: problem.layout.count, capacity: classes * classes + classes)
      + 32 * Double(classes) * Double(classes) * Double(classes) * Double(classes)
    guard bytes <= Double(problem.memoryLimit) else {
      throw refuse(
        "the vectors of \(classes) × \(classes) classes take \(ByteCount.text(bytes)), of "
          + "\(ByteCount.text(problem.memoryLimit)) that may be used")
    }
  }
}

extension Matrix {
  /// Softmax of each row.
  fileprivate func softmaxOfRows() -> Matrix {
    var result = self
    for row in 0..<rows {
      let largest = self.row(row).max() ?? 0
      var total = 0.0
      for column in 0..<columns {
        result[row, column] = exp(self[row, column] - largest)
        total += result[row, column]
      }
      for column in 0..<columns { result[row, column] /= total }
    }
    return result
  }
}
