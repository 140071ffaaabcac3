import CRowKernels
import CollapseCore

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
    centred = DirectionSums(inverseNorms: plan.centredInverseNorms, stride: stride)
    uncentred = DirectionSums(inverseNorms: plan.inverseNorms, stride: stride)
    correct = Array(repeating: 0, count: classes)
    nearestMeanCorrect = correct
    self.factors = (0..<factors).map { _ in TriangularFactor(columns: plan.columns, method: method)
    }
  }

  func removeAll() {
    for buffer in [withinSquares, projectedSquares] { buffer.removeAll() }
    centred.removeAll()
    uncentred.removeAll()
    for index in correct.indices { (correct[index], nearestMeanCorrect[index]) = (0, 0) }
    (mismatches, loss) = (0, LossSums())
    for factor in factors { factor.removeAll() }
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

/// Sums of unit vectors about the direction o_c of a mean per class.
final class DirectionSums: @unchecked Sendable {
  let stride: Int
  /// 1/‖mean‖ per class, 0 where the mean is zero and o_c with it.
  private let inverseNorms: [Double]
  /// How many rows have a direction.
  let counts: UnsafeMutablePointer<Int>
  /// Σ‖u − o_c‖² per class.
  let squares: AlignedBuffer
  /// Σ(u − o_c), classes × stride.
  let offsets: AlignedBuffer

  init(inverseNorms: [Double], stride: Int) {
    self.stride = stride
    self.inverseNorms = inverseNorms
    counts = .allocate(capacity: inverseNorms.count)
    counts.initialize(repeating: 0, count: inverseNorms.count)
    squares = AlignedBuffer(count: inverseNorms.count)
    offsets = AlignedBuffer(count: inverseNorms.count * stride)
  }

  deinit { counts.deallocate() }

  /// Counts a row of class `number`, and says how its direction is added: not at all where it has
  /// none.
  ///
  /// - Parameters:
  ///   - square: the squared length of the row, about what the mean is about.
  ///   - within: ‖z‖².
  func direction(
    of number: Int, mean: UnsafePointer<Double>, square: Double, within: Double
  ) -> crowkernels_direction {
    var direction = crowkernels_direction(
      mean: mean, share: 0, scale: 0, excess: 0, sums: offsets.base + number * stride)
    guard square > 0 else { return direction }
    counts[number] += 1
    direction.scale = 1 / square.squareRoot()
    // Of the two ways to put it the one whose terms are small: for a short z scale·z + excess·mean,
    // which keeps its digits near collapse.
    direction.share = within <= square ? 0 : 1
    direction.excess = (1 - direction.share) * direction.scale - inverseNorms[number]
    return direction
  }

  func removeAll() {
    counts.update(repeating: 0, count: inverseNorms.count)
    squares.removeAll()
    offsets.removeAll()
  }

  func add(_ other: DirectionSums) {
    for index in inverseNorms.indices { counts[index] += other.counts[index] }
    squares.add(other.squares)
    offsets.add(other.offsets)
  }

  /// The mean unit vector and the spread of each class, whose mean is a row of `means`.
  func statistics(of means: Matrix) -> DirectionStatistics {
    var directions = Matrix(rows: means.rows, columns: means.columns)
    let spreads: [Double?] = inverseNorms.indices.map { number in
      guard counts[number] > 0 else { return nil }
      let count = Double(counts[number])
      var squareOfMean = 0.0
      for column in 0..<means.columns {
        let offset = offsets.base[number * stride + column] / count
        directions[number, column] = means[number, column] * inverseNorms[number] + offset
        squareOfMean += offset * offset
      }
      // The origin is the direction of the class mean: the mean offset is of second order in the
      // spread, so nothing cancels here.
      return max(0, squares.base[number] / count - squareOfMean)
    }
    return DirectionStatistics(
      counts: inverseNorms.indices.map { counts[$0] }, meanDirections: directions,
      spreads: spreads)
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
