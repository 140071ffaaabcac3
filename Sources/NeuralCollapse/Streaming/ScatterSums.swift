import Tensors

/// What the second pass adds up over some rows; sums of disjoint rows add.
final class ScatterSums: @unchecked Sendable {
  let classes: Int
  let stride: Int
  /// Σ‖z‖² and Σ‖diag(1/s) Vᵀz‖² per class.
  let withinSquares: AlignedBuffer
  let projectedSquares: AlignedBuffer
  let centred: DirectionSums
  let uncentred: DirectionSums
  /// Samples per class the classifier decides correctly, and the nearest mean does.
  var correct: [Int]
  var nearestMeanCorrect: [Int]
  var mismatches = 0
  var loss = LossSums()
  /// The triangular factors of z, when the spectrum is wanted.
  var factors: [TriangularFactor]

  init(plan: ScatterPlan, factors: Int, method: TriangularFactor.Method) {
    classes = plan.classes
    stride = plan.stride
    withinSquares = AlignedBuffer(count: classes)
    projectedSquares = AlignedBuffer(count: classes)
    centred = DirectionSums(classes: classes, stride: stride)
    uncentred = DirectionSums(classes: classes, stride: stride)
    correct = Array(repeating: 0, count: classes)
    nearestMeanCorrect = correct
    self.factors = (0..<factors).map { _ in TriangularFactor(columns: plan.columns, method: method)
    }
  }

  func add(_ other: ScatterSums) throws {
    withinSquares.add(other.withinSquares)
    projectedSquares.add(other.projectedSquares)
    centred.add(other.centred)
    uncentred.add(other.uncentred)
    for index in correct.indices {
      correct[index] += other.correct[index]
      nearestMeanCorrect[index] += other.nearestMeanCorrect[index]
    }
    mismatches += other.mismatches
    loss.add(other.loss)
    for index in factors.indices { try factors[index].merge(other.factors[index]) }
  }
}

/// Sums of unit vectors about an origin per class.
final class DirectionSums: @unchecked Sendable {
  let stride: Int
  var counts: [Int]
  /// Σ‖u − o_c‖² per class.
  let squares: AlignedBuffer
  /// Σ(u − o_c), classes × stride.
  let offsets: AlignedBuffer

  init(classes: Int, stride: Int) {
    self.stride = stride
    counts = Array(repeating: 0, count: classes)
    squares = AlignedBuffer(count: classes)
    offsets = AlignedBuffer(count: classes * stride)
  }

  func add(_ other: DirectionSums) {
    for index in counts.indices { counts[index] += other.counts[index] }
    squares.add(other.squares)
    offsets.add(other.offsets)
  }

  /// The mean unit vector and the spread of each class.
  func statistics(about origins: AlignedBuffer, columns: Int) -> DirectionStatistics {
    var means = Matrix(rows: counts.count, columns: columns)
    let spreads: [Double?] = counts.indices.map { number in
      guard counts[number] > 0 else { return nil }
      let count = Double(counts[number])
      var squareOfMean = 0.0
      for column in 0..<columns {
        let offset = offsets.base[number * stride + column] / count
        means[number, column] = origins.base[number * stride + column] + offset
        squareOfMean += offset * offset
      }
      // The origin is the direction of the class mean: the mean offset is of second order in the
      // spread, so nothing cancels here.
      return max(0, squares.base[number] / count - squareOfMean)
    }
    return DirectionStatistics(counts: counts, meanDirections: means, spreads: spreads)
  }
}

/// The unit vectors of each class: how many, their mean ū_c and mean‖u − ū_c‖² = 1 − ‖ū_c‖².
struct DirectionStatistics: Sendable {
  let counts: [Int]
  /// ū_c, classes × d; zero for a class without directions.
  let meanDirections: Matrix
  /// `nil` for a class without directions.
  let spreads: [Double?]
}

/// Cross-entropies and margins of some samples.
struct LossSums: Sendable {
  var crossEntropySum = 0.0
  var marginSum = 0.0
  var marginMin = Double.infinity
  var margins = QuantileSketch()

  mutating func add(_ other: LossSums) {
    crossEntropySum += other.crossEntropySum
    marginSum += other.marginSum
    marginMin = min(marginMin, other.marginMin)
    margins.merge(other.margins)
  }
}
