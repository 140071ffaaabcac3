import CRowKernels
import CollapseCore
import LinearAlgebra

/// How the d×d scatter is accumulated: with which weights, and by which method.
struct SpectrumPlan {
  /// Factors by class for each triangular factor: all ones for the spectrum, then, when classes
  /// weigh differently in Σ_W, the roots of their weights per sample.
  let scales: [[Double]]
  let method: TriangularFactor.Method
  private let counts: [Int]
  /// √ of the common weight per sample in Σ_W when all are the same.
  private let commonScale: Double?

  /// - Parameter method: chosen once there is room for what it takes.
  init(
    _ analysis: Analysis, method: @autoclosure () throws -> TriangularFactor.Method
  ) throws {
    counts = analysis.statistics.counts
    let weights = zip(analysis.options.convention.withinShares(counts), counts).map {
      ($0 / Double($1)).squareRoot()
    }
    let ones = counts.map { _ in 1.0 }
    let same = analysis.options.convention.withinWeights == .samples || Set(counts).count == 1
    commonScale = same ? weights[0] : nil
    scales = same ? [ones] : [ones, weights]

    // The factors in use and waiting for their turn, the total, and the decompositions' copies.
    let factors = scales.count * (4 * analysis.options.threads + 1)
    let bytes =
      factors * TriangularFactor.byteCount(columns: analysis.columns)
      + 6 * 8 * analysis.columns * (analysis.columns + counts.count)
    let available =
      analysis.options.memoryLimit ?? AnalysisMemory.physical
    guard bytes <= available else {
      throw AnalysisError.scatterMemory(
        dimension: analysis.columns, bytes: bytes, available: available)
    }
    self.method = try method()
  }

  /// The rows from all over the set that decide on the method; `nil` where it is `orthogonal`: below
  /// 2³¹ multiplications there is nothing to gain.
  static func sample(
    _ partition: RowPartition, _ statistics: ClassStatistics
  ) -> [RowPartition.Stripe]? {
    let (samples, columns) = (statistics.sampleCount, statistics.dimension)
    guard samples > 16 * columns, samples * columns > (1 << 31) / columns else { return nil }
    let wanted = max(2 * columns, 512)
    let pieces = min(partition.stripes.count, 16)
    return (0..<pieces).map { piece in
      partition.stripes[piece * partition.stripes.count / pieces]
        .prefix((wanted + pieces - 1) / pieces)
    }
  }

  /// `gram` where the sample has no extreme ratio of singular values, so that the sum of the
  /// singular values is good to 10⁻¹¹; `orthogonal` otherwise.
  static func method(
    _ analysis: Analysis, sample reader: BlockReader
  ) throws -> TriangularFactor.Method {
    let columns = analysis.columns
    // The error Σ_k 2⁻⁵³σ₁²/σ_k, relative to Σσ: bounded from the norms of R and R⁻¹ alone, and only
    // where that says too little from the singular values themselves.
    let triangle = try triangle(analysis.statistics, reader: reader, by: .gram)
    let (norm, largest) = (triangle.frobeniusNorm, triangle.largestSingularValueBound)
    let bound =
      try 0x1p-53 * largest * largest * largest * Double(columns).squareRoot()
      * triangle.inverseNormOfTriangle() / (norm * norm)
    if bound < 1e-11 { return .gram }
    let values = try self.triangle(analysis.statistics, reader: reader, by: .orthogonal)
      .singularValues()
    let sum = values.reduce(0, +)
    let error = values.reduce(0) { $0 + 0x1p-53 * values[0] / $1 * values[0] / sum }
    return error < 1e-11 ? .gram : .orthogonal
  }

  /// R of the deviations of the sample.
  private static func triangle(
    _ statistics: ClassStatistics, reader: BlockReader, by method: TriangularFactor.Method
  ) throws -> Matrix {
    let columns = statistics.dimension
    let sample = try TriangularFactor(columns: columns, method: method)
    let stride = paddedStride(columns)
    let means = statistics.means
    let deviations = AlignedBuffer(count: reader.partition.blockRows * stride)
    for stripe in reader.partition.stripes {
      try reader.forEachBlock(of: stripe) { block in
        // Rows left out elsewhere; here their absence is only a smaller sample.
        block.leaveOutNonFinite()
        for row in 0..<block.count where block.classes[row] >= 0 {
          let start = Int(block.classes[row]) * columns
          crowkernels_widen(block[row], deviations.base + row * stride, columns)
          for column in 0..<columns {
            deviations.base[row * stride + column] -= means.elements[start + column]
          }
        }
        try sample.append(
          deviations.base, stride: stride, classes: block.classes,
          scales: Array(repeating: 1, count: means.rows), count: block.count)
      }
    }
    return try sample.triangle()
  }

  func spectrum(
    _ factors: [TriangularFactor], means: Matrix, centredMeans: Matrix,
    between: BetweenDirections, betweenShares: [Double]
  ) throws -> ScatterSpectrum {
    let within = try factors[0].triangle()
    return try ScatterSpectrum(
      within: within,
      weightedWithin: try commonScale.map { within.scaled(by: $0) } ?? factors[1].triangle(),
      means: means, centredMeans: centredMeans, counts: counts,
      weightedMeans: centredMeans.scalingRows(by: betweenShares.map { $0.squareRoot() }),
      between: between)
  }
}

extension Matrix {
  /// √(‖·‖₁‖·‖_∞) ≥ σ₁.
  fileprivate var largestSingularValueBound: Double {
    var columnSums = [Double](repeating: 0, count: columns)
    var largestRow = 0.0
    for row in 0..<rows {
      var sum = 0.0
      for column in 0..<columns {
        let magnitude = abs(elements[row * columns + column])
        sum += magnitude
        columnSums[column] += magnitude
      }
      largestRow = max(largestRow, sum)
    }
    return (largestRow * (columnSums.max() ?? 0)).squareRoot()
  }
}
