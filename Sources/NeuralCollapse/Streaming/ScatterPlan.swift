import CRowKernels
import CollapseCore
import LinearAlgebra

/// What the second pass compares each row with: everything that follows from the class means and
/// the classifier, laid out for the kernels.
struct ScatterPlan: Sendable {
  enum Decisions: Sendable {
    case few(FewClassTables)
    case many(ManyClassVectors)
  }

  /// The means to decide by, where they are not the rows' own; `nil` for classes that have none.
  typealias DecidingMeans = [ArraySlice<Double>?]

  let classes: Int
  let columns: Int
  let stride: Int
  /// μ_c, rows of `stride`.
  let means: AlignedBuffer
  /// m_c = μ_c − μ_G.
  let centredMeans: AlignedBuffer
  /// 1/‖m_c‖ and 1/‖μ_c‖, zero where there is no direction: unit vectors are accumulated about
  /// the means', so that their spread keeps its digits near collapse.
  let centredInverseNorms: [Double]
  let inverseNorms: [Double]

  /// The rows z = h − μ_y is multiplied with: V_k/s_k, then those the decisions ask for.
  let factors: RowFactors?
  /// Number of directions V_k.
  let rank: Int
  /// Whether V_k/s_k are among the factors. Else Σ zzᵀ is summed up, which is less work where there
  /// are nearly as many directions as features.
  let projects: Bool
  /// Roots of the weights of the classes' samples in Σ_W, relative to one another, for Σ zzᵀ.
  let scatterScales: [Double]?
  /// s_k, which turn the scaled projections of z back into lengths, where there are any.
  let directionScales: [Double]
  let decisions: Decisions
  let hasClassifier: Bool
  let interruption: Interruption

  /// - Parameters:
  ///   - pairs: of the centred class means.
  ///   - withinWeights: of each class's samples in Σ_W.
  init(
    statistics: ClassStatistics, globalMean: [Double], between: BetweenDirections,
    pairs: PairStatistics, classifier: LinearClassifier?, decidingMeans: DecidingMeans?,
    withinWeights: [Double], options: AnalysisOptions
  ) throws {
    let stride = paddedStride(statistics.dimension)
    let count = statistics.labels.count
    let columns = statistics.dimension
    classes = count
    self.columns = columns
    self.stride = stride
    interruption = options.interruption
    hasClassifier = classifier != nil
    means = AlignedBuffer((0..<count).map { statistics.means.row($0) }, stride: stride)
    centredMeans = AlignedBuffer(count: count * stride)
    // By the kernel that measures the rows: one equal to its mean has its very direction.
    let deviation = AlignedBuffer(count: stride)
    var squares: [crowkernels_squares] = []
    for number in 0..<count {
      let mean = means.base + number * stride
      let centred = centredMeans.base + number * stride
      for column in 0..<columns { centred[column] = mean[column] - globalMean[column] }
      squares.append(
        crowkernels_subtract_mean(
          crowkernels_row(values: mean, is_double: true), mean, centred, deviation.base, stride))
    }
    func inverse(_ square: Double) -> Double { square > 0 ? 1 / square.squareRoot() : 0 }
    centredInverseNorms = squares.map { inverse($0.about_global_mean) }
    inverseNorms = squares.map { inverse($0.about_zero) }
    let rank = between.rank
    self.rank = rank
    let isMany = count > RowPartition.fewClasses
    // The rounding of Σ zzᵀ is magnified by the condition of Σ_B.
    let projects = !(isMany && 5 * rank > 3 * columns && between.condition < 1e5)
    self.projects = projects
    directionScales = try projects ? Array(between.singularValues()[..<rank]) : []
    var rows: [ArraySlice<Double>] = []
    if projects {
      let directions = try between.directions().scalingRows(by: directionScales.map { 1 / $0 })
      rows = (0..<rank).map { directions.row($0) }
    }
    if isMany {
      let largest = withinWeights.max()!
      let areEqual = withinWeights.min()! > (1 - 1e-12) * largest
      scatterScales =
        projects || areEqual ? nil : withinWeights.map { ($0 / largest).squareRoot() }
      decisions = .many(
        ManyClassVectors(
          statistics, centredMeans: centredMeans, stride: stride, globalMean: globalMean,
          pairs: pairs, classifier: classifier, decidingMeans: decidingMeans,
          isNarrow: options.decidesInFloat32
            ?? ManyClassVectors.areNarrow(
              rows: statistics.sampleCount, classes: count, columns: columns)))
    } else {
      scatterScales = nil
      let (tables, more) = try FewClassTables.make(
        statistics, centredMeans: centredMeans, stride: stride, between: between,
        classifier: classifier, decidingMeans: decidingMeans, firstColumn: rows.count)
      decisions = .few(tables)
      rows += more
    }
    factors = rows.isEmpty ? nil : try RowFactors(rows, depth: columns)
  }
}

extension FewClassTables {
  /// The tables, and the vectors z has to be multiplied with for them.
  static func make(
    _ statistics: ClassStatistics, centredMeans: AlignedBuffer, stride: Int,
    between: BetweenDirections, classifier: LinearClassifier?,
    decidingMeans: ScatterPlan.DecidingMeans?, firstColumn: Int
  ) throws -> (FewClassTables, [ArraySlice<Double>]) {
    let count = statistics.labels.count
    let means = statistics.means
    var rows: [ArraySlice<Double>] = []
    var logitOffsets: [Double] = []
    let bias = classifier?.bias ?? Array(repeating: 0, count: count)
    if let classifier {
      rows += (0..<count).map { classifier.weights.row($0) }
      let products = try means.timesTransposed(classifier.weights)
      logitOffsets = products.elements.indices.map { products.elements[$0] + bias[$0 % count] }
    }
    let others: ScatterPlan.DecidingMeans = decidingMeans ?? (0..<count).map { means.row($0) }
    let offsets: [Double] = (0..<count).flatMap { own in
      others.map { mean in mean.map { squaredDistance($0, means.row(own)) } ?? .infinity }
    }
    var decisionFactors: RowFactors?
    var decisionColumn: Int?
    if let decidingMeans {
      // About their own mean: what is common to all decides nothing and costs digits.
      let known = decidingMeans.compactMap { $0 }
      let centre =
        known.isEmpty
        ? []
        : Matrix(
          rows: known.count, columns: statistics.dimension, elements: known.flatMap { Array($0) }
        ).meanRow
      let zero = [Double](repeating: 0, count: statistics.dimension)
      decisionColumn = firstColumn + rows.count
      rows += decidingMeans.map { mean in
        mean.map { zip($0, centre).map { $0 - $1 }[...] } ?? zero[...]
      }
    } else if between.rank > 0 {
      let centred = Matrix(
        rows: count, columns: statistics.dimension,
        elements: centredMeans.elements(
          rows: count, columns: statistics.dimension, stride: stride))
      let coordinates = try centred.timesTransposed(between.directions())
      let scales = try between.singularValues()[..<between.rank]
      decisionFactors = try RowFactors(
        (0..<count).map { row in zip(coordinates.row(row), scales).map { $0 * $1 }[...] },
        depth: between.rank)
    }
    return (
      FewClassTables(
        logitOffsets: logitOffsets, logitColumn: firstColumn, bias: bias,
        inverseWeightNorms: (classifier?.weights.rowNorms ?? []).map { $0 > 0 ? 1 / $0 : 0 },
        decisionOffsets: offsets, decisionFactors: decisionFactors,
        decisionColumn: decisionColumn,
        directionScales: Array(try between.singularValues()[..<between.rank]),
        decisionRadii: (0..<count).map { own in
          let distances = (0..<count).filter { $0 != own }.map { offsets[own * count + $0] }
          return 0.25 * (1 - 1e-9) * (distances.min() ?? .infinity)
        }), rows
    )
  }
}

private func squaredDistance(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      guard let first = a.baseAddress, let second = b.baseAddress else { return 0 }
      return crowkernels_squared_distance(first, second, a.count)
    }
  }
}

extension ManyClassVectors {
  init(
    _ statistics: ClassStatistics, centredMeans: AlignedBuffer, stride: Int, globalMean: [Double],
    pairs: PairStatistics, classifier: LinearClassifier?,
    decidingMeans: ScatterPlan.DecidingMeans?, isNarrow: Bool
  ) {
    let count = statistics.labels.count
    self.isNarrow = isNarrow
    if let classifier {
      let logits = (0..<count).map { dot(classifier.weights.row($0), globalMean[...]) }
      centreLogits = logits
      weights = Side(
        .matrix(classifier.weights), columns: statistics.dimension, stride: stride,
        offsets: logits.indices.map { logits[$0] + (classifier.bias?[$0] ?? 0) },
        isNarrow: isNarrow)
      inverseWeightNorms = classifier.weights.rowNorms.map { $0 > 0 ? 1 / $0 : 0 }
    } else {
      (weights, centreLogits, inverseWeightNorms) = (nil, [], [])
    }
    func negativeHalfSquare(_ row: some Sequence<Double>) -> Double {
      -0.5 * row.reduce(0) { $0 + $1 * $1 }
    }
    if let decidingMeans {
      let zero = [Double](repeating: 0, count: statistics.dimension)
      let centred = decidingMeans.map { mean in
        mean.map { zip($0, globalMean).map { $0 - $1 }[...] } ?? zero[...]
      }
      means = Side(
        .buffer(AlignedBuffer(centred, stride: stride), count: count, stride: stride),
        columns: statistics.dimension, stride: stride,
        offsets: zip(decidingMeans, centred).map {
          $0 == nil ? -.infinity : negativeHalfSquare($1)
        },
        isNarrow: isNarrow)
      radii = Array(repeating: 0, count: count)
    } else {
      means = Side(
        .buffer(centredMeans, count: count, stride: stride), columns: statistics.dimension,
        stride: stride,
        offsets: (0..<count).map { number in
          negativeHalfSquare(
            UnsafeBufferPointer(start: centredMeans.base + number * stride, count: stride))
        },
        isNarrow: isNarrow)
      radii = pairs.nearestSquares.map { 0.25 * (1 - 1e-9) * $0 }
    }
  }
}
