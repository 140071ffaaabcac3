import CRowKernels
import CollapseCore

/// What the second pass compares each row with: everything that follows from the class means and
/// the classifier, laid out for the kernels.
struct ScatterPlan: Sendable {
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

  /// The rows z = h − μ_y is multiplied with: V_k/s_k, then W, then the means to decide by when
  /// they are not the rows' own.
  let factors: RowFactors
  /// Number of directions V_k.
  let rank: Int
  /// μ_c·w_k + b_k, classes × classes, so that a logit is z·w_k plus an element of this; empty
  /// without a classifier.
  let logitOffsets: [Double]
  /// Where z·w_0 stands in a row of products.
  var logitColumn: Int { rank }

  /// ‖a_k − μ_c‖² for the means a_k to decide by, classes × classes; infinite where class k has
  /// none.
  let decisionOffsets: [Double]
  /// s_k (m_c·V_k), classes × rank: turns the projections of z into z·m_c. `nil` when the means to
  /// decide by are rows of `factors`, from `decisionColumn`, or do not differ.
  let decisionFactors: RowFactors?
  let decisionColumn: Int
  /// s_k, which turn the scaled projections of z back into lengths.
  let directionScales: [Double]
  /// ¼ min_k ‖a_k − μ_c‖² per class, less a little for rounding: where the projection of z onto the
  /// directions is shorter, the row's own mean is the nearest, by the triangle inequality.
  let decisionRadii: [Double]

  var hasClassifier: Bool { !logitOffsets.isEmpty }

  init(
    statistics: ClassStatistics, centredMeans: Matrix, between: BetweenDirections,
    classifier: LinearClassifier?, decidingMeans: [ArraySlice<Double>?]?, threads: Int
  ) {
    let stride = paddedStride(statistics.dimension)
    let count = statistics.labels.count
    let means = statistics.means
    func padded(_ matrix: Matrix) -> AlignedBuffer {
      AlignedBuffer((0..<matrix.rows).map { matrix.row($0) }, stride: stride)
    }
    classes = count
    columns = statistics.dimension
    self.stride = stride
    let paddedMeans = padded(means)
    let paddedCentred = padded(centredMeans)
    (self.means, self.centredMeans) = (paddedMeans, paddedCentred)
    // By the kernel that measures the rows: one equal to its mean has its very direction.
    let deviation = AlignedBuffer(count: stride)
    let squares = (0..<count).map { number in
      let mean = paddedMeans.base + number * stride
      return crowkernels_subtract_mean(
        crowkernels_row(values: mean, is_double: true), mean,
        paddedCentred.base + number * stride, deviation.base, stride)
    }
    func inverse(_ square: Double) -> Double { square > 0 ? 1 / square.squareRoot() : 0 }
    centredInverseNorms = squares.map { inverse($0.about_global_mean) }
    inverseNorms = squares.map { inverse($0.about_zero) }
    rank = between.rank

    let directions = between.directions.scalingRows(
      by: between.singularValues[..<between.rank].map { 1 / $0 })
    var rows = (0..<between.rank).map { directions.row($0) }
    if let classifier {
      rows += (0..<count).map { classifier.weights.row($0) }
      let products = means.timesTransposed(classifier.weights)
      let bias = classifier.bias ?? Array(repeating: 0, count: count)
      logitOffsets = products.elements.indices.map { products.elements[$0] + bias[$0 % count] }
    } else {
      logitOffsets = []
    }
    decisionColumn = rows.count
    if let decidingMeans {
      // About their own mean: what is common to all decides nothing and costs digits.
      let known = decidingMeans.compactMap { $0 }
      let elements = known.flatMap { Array($0) }
      let centre =
        known.isEmpty
        ? [] : Matrix(rows: known.count, columns: columns, elements: elements).meanRow
      let zero = [Double](repeating: 0, count: columns)
      rows += decidingMeans.map { mean in
        mean.map { zip($0, centre).map { $0 - $1 }[...] } ?? zero[...]
      }
      decisionFactors = nil
      decisionOffsets = (0..<count).flatMap { own in
        decidingMeans.map { mean in
          mean.map { zip($0, means.row(own)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
            ?? .infinity
        }
      }
    } else {
      let coordinates = centredMeans.timesTransposed(between.directions)
      let scales = Array(between.singularValues[..<between.rank])
      decisionFactors =
        between.rank == 0
        ? nil
        : RowFactors(
          (0..<count).map { row in zip(coordinates.row(row), scales).map { $0 * $1 }[...] },
          depth: between.rank)
      var offsets = [Double](repeating: 0, count: count * count)
      var pair = 0
      let distances = means.squaredRowDistances(threads: threads)
      for first in 0..<count {
        for second in first + 1..<count {
          offsets[first * count + second] = distances[pair]
          offsets[second * count + first] = distances[pair]
          pair += 1
        }
      }
      decisionOffsets = offsets
    }
    directionScales = Array(between.singularValues[..<between.rank])
    decisionRadii = (0..<count).map { [decisionOffsets] own in
      let others = (0..<count).filter { $0 != own }.map { decisionOffsets[own * count + $0] }
      return 0.25 * (1 - 1e-9) * (others.min() ?? .infinity)
    }
    factors = RowFactors(rows, depth: columns)
  }
}

/// The directions in which the class means differ: the right singular vectors of M√(Σ_B weights)
/// whose singular values stand above rounding.
struct BetweenDirections: Sendable {
  /// All min(C, d) singular values, descending.
  let singularValues: [Double]
  /// max(C,d)·2⁻⁵²·max‖μ_c‖; smaller singular values are rounding.
  let tolerance: Double
  /// Number of directions kept: at most min(C−1, d).
  let rank: Int
  /// V_k, rank × d.
  let directions: Matrix

  init(means: Matrix, centredMeans: Matrix, weights: [Double]) throws {
    let (values, vectors) = try centredMeans.scalingRows(by: weights.map { $0.squareRoot() })
      .singularValueDecomposition()
    singularValues = values
    tolerance =
      Double(max(means.rows, means.columns)) * 0x1p-52 * (means.rowNorms.max() ?? 0)
    let above = values.filter { [tolerance] in $0 > tolerance }.count
    rank = min(above, means.rows - 1, means.columns)
    directions = vectors.selectingRows(Array(0..<rank))
  }
}
