public import CollapseCore
import LinearAlgebra

extension CollapseAnalyzer {
  /// What can be measured of features of a network that predicts t numbers: NRC1 to NRC3
  /// (Andriopoulos et al. 2024), and what needs neither labels nor targets.
  ///
  /// - Parameters:
  ///   - features: N rows of d numbers.
  ///   - targets: N rows of t numbers.
  ///   - weights: W of the last layer, t × d; without it `nrc2` and `nrc3` are undefined.
  /// - Throws: ``AnalysisError`` for input that cannot be analyzed, and what the readers throw.
  public func analyzeRegression(
    features: any RowBlocks, targets: any RowBlocks, weights: Matrix?
  ) throws -> CollapseReport {
    guard targets.rowCount == features.rowCount else {
      throw AnalysisError.targetCount(rows: features.rowCount, targets: targets.rowCount)
    }
    if let weights {
      guard weights.columns == features.columnCount else {
        throw AnalysisError.weightColumns(expected: features.columnCount, found: weights.columns)
      }
      guard weights.rows == targets.columnCount else {
        throw AnalysisError.targetWeights(targets: targets.columnCount, rows: weights.rows)
      }
      guard weights.elements.allSatisfy(\.isFinite) else { throw AnalysisError.nonFiniteClassifier }
    }
    // Refuses rows that are no numbers before anything else is made of them.
    var strict = options
    strict.droppingNonFinite = false
    var report = try CollapseAnalyzer(options: strict).analyzeUnlabelled([features])
    let measured = try RegressionMeasures(
      features: options.unitNorm ? features.atUnitLength : features, targets: targets,
      weights: weights, options: options)
    report.measures = measured.measures + report.measures
    report.series[TableKey.targetSingularValues.key] = measured.targetValues
    if measured.zeroRows > 0 {
      report.warnings.append(
        "\(measured.zeroRows) zero vector\(measured.zeroRows == 1 ? "" : "s") among the features: "
          + "no direction, left out of NRC1 and NRC2")
    }
    return report
  }
}

/// NRC1 to NRC3, in three passes over the rows of which the first takes a d×d matrix.
private struct RegressionMeasures {
  private(set) var measures: [(key: String, measurement: Measurement)] = []
  /// Rows without a direction.
  private(set) var zeroRows = 0
  /// The roots of the eigenvalues of the targets' covariance, descending.
  let targetValues: [Double]

  init(
    features: any RowBlocks, targets: any RowBlocks, weights: Matrix?, options: AnalysisOptions
  ) throws {
    let columns = features.columnCount
    let targetCount = targets.columnCount
    let (values, vectors) = try RegressionMeasures.covariance(targets, options)
      .symmetricEigenproblem()
    targetValues = values.reversed().map { max($0, 0).squareRoot() }

    let principal = try RegressionMeasures.principalDirections(
      features, count: min(targetCount, columns), options)
    let (outside, zero) = try RegressionMeasures.residuals(
      features, [principal] + (weights.map { [try RegressionMeasures.span(of: $0)] } ?? []), options
    )
    zeroRows = zero
    let measured = features.rowCount - zero
    func mean(_ sum: Double) -> Measurement {
      measured == 0 ? .undefined("every feature vector is zero") : .value(sum / Double(measured))
    }
    measures.append((Measure.nrc1.key, mean(outside[0])))
    let ofWeights = [Measure.nrc2, .nrc3]
    guard let weights else {
      measures += ofWeights.map { ($0.key, .undefined("no weights")) }
      return
    }
    if weights.frobeniusNorm == 0 {
      measures += ofWeights.map { ($0.key, .undefined("the weights are zero")) }
      return
    }
    measures.append((Measure.nrc2.key, mean(outside[1])))
    measures.append(
      (
        Measure.nrc3.key,
        try RegressionMeasures.structure(weights, values: values, vectors: vectors)
      ))
  }

  private static let blockRows = 1024

  private static func forEachRow(
    of rows: any RowBlocks, _ options: AnalysisOptions,
    _ body: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) throws {
    let columns = rows.columnCount
    let buffer = AlignedBuffer(count: blockRows * columns)
    for start in stride(from: 0, to: rows.rowCount, by: blockRows) {
      try options.interruption.check()
      let range = start..<min(start + blockRows, rows.rowCount)
      try rows.read(
        range,
        into: UnsafeMutableBufferPointer(start: buffer.base, count: range.count * columns))
      for row in 0..<range.count {
        try body(
          UnsafeMutableBufferPointer(start: buffer.base + row * columns, count: columns))
      }
    }
  }

  /// Of the targets about their mean, divided by N.
  private static func covariance(
    _ targets: any RowBlocks, _ options: AnalysisOptions
  ) throws -> Matrix {
    let (rows, columns) = (targets.rowCount, targets.columnCount)
    var mean = [Double](repeating: 0, count: columns)
    var (row, bad, count) = (0, [Int](), 0.0)
    try forEachRow(of: targets, options) { target in
      if !target.allSatisfy(\.isFinite) { bad.append(row) }
      row += 1
      count += 1
      for column in 0..<columns { mean[column] += (target[column] - mean[column]) / count }
    }
    guard bad.isEmpty else {
      throw AnalysisError.nonFiniteTargets(rows: Array(bad.prefix(10)), count: bad.count)
    }
    let gram = try GramSum(columns: columns)
    let scale = 1 / Double(rows).squareRoot()
    try forEachRow(of: targets, options) { target in
      for column in 0..<columns { target[column] -= mean[column] }
      gram.append(target.baseAddress!, scale: scale)
    }
    return gram.symmetricMatrix()
  }

  /// The right singular vectors of the largest singular values, as rows.
  private static func principalDirections(
    _ features: any RowBlocks, count: Int, _ options: AnalysisOptions
  ) throws -> Matrix {
    let columns = features.columnCount
    let bytes = 8 * 4 * columns * columns
    let available = options.memoryLimit ?? AnalysisMemory.physical
    guard bytes <= available else {
      throw AnalysisError.scatterMemory(dimension: columns, bytes: bytes, available: available)
    }
    let gram = try GramSum(columns: columns)
    try forEachRow(of: features, options) { gram.append($0.baseAddress!, scale: 1) }
    let vectors = try gram.symmetricMatrix().symmetricEigenproblem().vectors
    return vectors.selectingRows((0..<count).map { vectors.rows - 1 - $0 })
  }

  /// An orthonormal basis of the span of the rows.
  private static func span(of weights: Matrix) throws -> Matrix {
    let (values, vectors) = try weights.singularValueDecomposition()
    let limit = Double(max(weights.rows, weights.columns)) * 0x1p-52 * (values.first ?? 0)
    return vectors.selectingRows(Array(0..<values.count { $0 > limit }))
  }

  /// Σ‖h̃ − Σ_k ⟨h̃, b_k⟩ b_k‖² for each basis, the difference taken before it is squared; and how many
  /// rows have no direction.
  private static func residuals(
    _ features: any RowBlocks, _ bases: [Matrix], _ options: AnalysisOptions
  ) throws -> ([Double], zero: Int) {
    let columns = features.columnCount
    var sums = [Double](repeating: 0, count: bases.count)
    var zero = 0
    try forEachRow(of: features, options) { row in
      let largest = row.reduce(0) { max($0, $1.magnitude) }
      guard largest > 0 else {
        zero += 1
        return
      }
      // About the largest, so that no square overflows or vanishes.
      let length = row.reduce(0) { $0 + $1 / largest * ($1 / largest) }.squareRoot()
      for column in 0..<columns { row[column] = row[column] / largest / length }
      for (index, basis) in bases.enumerated() {
        var rest = Array(row)
        for direction in 0..<basis.rows {
          basis.elements.withUnsafeBufferPointer { elements in
            let vector = elements.baseAddress! + direction * columns
            var product = 0.0
            for column in 0..<columns { product += vector[column] * row[column] }
            for column in 0..<columns { rest[column] -= product * vector[column] }
          }
        }
        sums[index] += rest.reduce(0) { $0 + $1 * $1 }
      }
    }
    return (sums, zero)
  }

  /// The least ‖G − A/‖A‖‖² over s = γ^½, with G = WWᵀ/‖WWᵀ‖ and A = S − sI, S = Σ^½. It is
  /// 2 − 2⟨G, A⟩/‖A‖, whose derivative vanishes at one s alone: that and both ends are compared.
  private static func structure(
    _ weights: Matrix, values: [Double], vectors: Matrix
  ) throws -> Measurement {
    let count = weights.rows
    guard count > 1 else {
      return .undefined("one target: every W has the form that its variance gives")
    }
    let roots = values.map { max($0, 0).squareRoot() }
    guard let largest = roots.last, largest > 0 else {
      return .undefined("the targets do not vary")
    }
    let gram = try weights.timesTransposed(weights)
    let inverse = 1 / gram.frobeniusNorm
    // S = VᵀΛV of eigenvectors in rows.
    let root = try vectors.transposed.timesTransposed(
      vectors.scalingRows(by: roots).transposed)
    let (a, b) = (
      inverse * dot(gram.elements[...], root.elements[...]),
      inverse * (0..<count).reduce(0) { $0 + gram[$1, $1] }
    )
    let (c, e, t) = (
      roots.reduce(0) { $0 + $1 * $1 }, roots.reduce(0, +), Double(count)
    )
    var candidates = [0, roots[0]]
    let stationary = (a * e - b * c) / (a * t - b * e)
    if stationary > 0, stationary < roots[0] { candidates.append(stationary) }
    let distances = candidates.compactMap { shift -> Double? in
      // The square of ‖S − sI‖ from the eigenvalues, none of which is lost to a difference of sums.
      let norm = roots.reduce(0) { $0 + ($1 - shift) * ($1 - shift) }.squareRoot()
      guard norm > 1e-12 * largest else { return nil }
      return (0..<count * count).reduce(0) { sum, index in
        let own = root.elements[index] - (index % (count + 1) == 0 ? shift : 0)
        let difference = inverse * gram.elements[index] - own / norm
        return sum + difference * difference
      }
    }
    return distances.min().map { .value($0) } ?? .undefined("the targets do not vary")
  }
}
