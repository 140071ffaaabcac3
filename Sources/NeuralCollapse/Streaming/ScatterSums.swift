import CRowKernels
import CollapseCore
import LinearAlgebra

/// What the second pass adds up over some rows.
final class ScatterSums: Accumulator, @unchecked Sendable {
  /// Σ‖z‖² and Σ‖diag(1/s) Vᵀz‖² per class.
  let withinSquares: AlignedBuffer
  let projectedSquares: AlignedBuffer
  let centred: DirectionSums
  let uncentred: DirectionSums
  var decisions: DecisionSums
  var loss = LossSums()
  /// The upper triangle of Σ zzᵀ, where the plan does not project.
  let scatter: ScatterMatrix?
  /// The triangular factors of z, when the spectrum is wanted.
  let factors: [TriangularFactor]

  init(plan: ScatterPlan, factors: Int, method: TriangularFactor.Method) throws {
    withinSquares = AlignedBuffer(count: plan.classes)
    projectedSquares = AlignedBuffer(count: plan.classes)
    centred = DirectionSums(inverseNorms: plan.centredInverseNorms, stride: plan.stride)
    uncentred = DirectionSums(inverseNorms: plan.inverseNorms, stride: plan.stride)
    decisions = DecisionSums(plan)
    scatter = plan.projects ? nil : try ScatterMatrix(columns: plan.columns)
    self.factors = try (0..<factors).map { _ in
      try TriangularFactor(columns: plan.columns, method: method)
    }
  }

  private enum CodingKeys: CodingKey {
    case withinSquares, projectedSquares, centred, uncentred, decisions, loss, scatter, factors
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func buffer(_ key: CodingKeys) throws -> AlignedBuffer {
      let elements = try container.decode([Double].self, forKey: key)
      let buffer = AlignedBuffer(count: elements.count)
      buffer.assign(elements)
      return buffer
    }
    withinSquares = try buffer(.withinSquares)
    projectedSquares = try buffer(.projectedSquares)
    centred = try container.decode(DirectionSums.self, forKey: .centred)
    uncentred = try container.decode(DirectionSums.self, forKey: .uncentred)
    decisions = try container.decode(DecisionSums.self, forKey: .decisions)
    loss = try container.decode(LossSums.self, forKey: .loss)
    scatter = try container.decodeIfPresent(ScatterMatrix.self, forKey: .scatter)
    factors = try container.decode([TriangularFactor].self, forKey: .factors)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(withinSquares.elements, forKey: .withinSquares)
    try container.encode(projectedSquares.elements, forKey: .projectedSquares)
    try container.encode(centred, forKey: .centred)
    try container.encode(uncentred, forKey: .uncentred)
    try container.encode(decisions, forKey: .decisions)
    try container.encode(loss, forKey: .loss)
    try container.encodeIfPresent(scatter, forKey: .scatter)
    try container.encode(factors, forKey: .factors)
  }

  func removeAll() {
    for buffer in [withinSquares, projectedSquares] { buffer.removeAll() }
    centred.removeAll()
    uncentred.removeAll()
    decisions.removeAll()
    loss = LossSums()
    scatter?.removeAll()
    for factor in factors { factor.removeAll() }
  }

  func add(_ block: (rows: MeasuredRows, order: RowOrder), classes: Range<Int>) {
    let rows = block.rows
    guard let stored = rows.block else { return }
    let plan = rows.plan
    for row in block.order.sort(stored, classes: classes) {
      let row = Int(row)
      let number = Int(stored.classes[row])
      let offset = number * plan.stride
      let squares = rows.squares[row]
      let centredDirection = centred.direction(
        of: number, mean: plan.centredMeans.base + offset, square: squares.about_global_mean,
        within: squares.within)
      let uncentredDirection = uncentred.direction(
        of: number, mean: plan.means.base + offset, square: squares.about_zero,
        within: squares.within)
      let spread = crowkernels_add_directions(
        rows.deviations.base + row * plan.stride, centredDirection, uncentredDirection,
        plan.columns)
      withinSquares.base[number] += squares.within
      if plan.projects { projectedSquares.base[number] += rows.projectedSquares[row] }
      centred.squares.base[number] += spread.centred
      uncentred.squares.base[number] += spread.uncentred
    }
  }

  /// Adds what is not summed up by class.
  func addDecisions(_ rows: MeasuredRows) {
    guard let block = rows.block else { return }
    decisions.add(rows, block)
    if rows.plan.hasClassifier {
      // Out of the object while rows are added: each access to it costs a check.
      var loss = LossSums()
      swap(&loss, &self.loss)
      loss.add(rows, block)
      swap(&loss, &self.loss)
    }
  }

  func merge(_ later: ScatterSums) throws {
    withinSquares.add(later.withinSquares)
    projectedSquares.add(later.projectedSquares)
    centred.merge(later.centred)
    uncentred.merge(later.uncentred)
    decisions.merge(later.decisions)
    loss.merge(later.loss)
    if let other = later.scatter { scatter?.merge(other) }
    for index in factors.indices { try factors[index].merge(later.factors[index]) }
  }
}

/// How many rows of each class are decided rightly.
struct DecisionSums: Sendable, Codable {
  private(set) var correct: [Int]
  private(set) var nearestMeanCorrect: [Int]
  private(set) var mismatches = 0
  /// Rows that float32 left in doubt, where it is asked first.
  private(set) var rechecked: Int?

  init(_ plan: ScatterPlan) {
    correct = Array(repeating: 0, count: plan.classes)
    nearestMeanCorrect = correct
    if case .many(let vectors) = plan.decisions, vectors.isNarrow { rechecked = 0 }
  }

  mutating func removeAll() {
    for index in correct.indices { (correct[index], nearestMeanCorrect[index]) = (0, 0) }
    (mismatches, rechecked) = (0, rechecked.map { _ in 0 })
  }

  mutating func add(_ rows: MeasuredRows, _ block: RowBlock) {
    let hasClassifier = rows.plan.hasClassifier
    for row in 0..<block.count where block.classes[row] >= 0 {
      let number = block.classes[row]
      if rows.nearest[row] == number { nearestMeanCorrect[Int(number)] += 1 }
      guard hasClassifier else { continue }
      if rows.decided[row] == number { correct[Int(number)] += 1 }
      if rows.decided[row] != rows.nearest[row] { mismatches += 1 }
    }
    rechecked? += rows.rechecked
  }

  mutating func merge(_ later: DecisionSums) {
    for index in correct.indices {
      correct[index] += later.correct[index]
      nearestMeanCorrect[index] += later.nearestMeanCorrect[index]
    }
    mismatches += later.mismatches
    if let more = later.rechecked { rechecked? += more }
  }
}

/// Cross-entropies and margins of some samples.
struct LossSums: Sendable, Codable {
  private(set) var crossEntropySum = 0.0
  private(set) var margins = MarginSums()
  private(set) var cosineMargins = MarginSums()

  mutating func add(_ rows: MeasuredRows, _ block: RowBlock) {
    for row in 0..<block.count where block.classes[row] >= 0 {
      crossEntropySum += rows.crossEntropies[row]
      guard rows.plan.classes > 1 else { continue }
      margins.add(rows.margins[row])
      cosineMargins.add(rows.cosineMargins[row])
    }
  }

  mutating func merge(_ later: LossSums) {
    crossEntropySum += later.crossEntropySum
    margins.merge(later.margins)
    cosineMargins.merge(later.cosineMargins)
  }
}

/// Margins of some samples: those that have one.
struct MarginSums: Sendable, Codable {
  private(set) var count = 0
  private(set) var sum = 0.0
  private(set) var least = Double.greatestFiniteMagnitude
  private(set) var sketch = QuantileSketch()

  mutating func add(_ margin: Double) {
    guard !margin.isNaN else { return }
    count += 1
    sum += margin
    least = min(least, margin)
    sketch.insert(margin)
  }

  mutating func merge(_ later: MarginSums) {
    count += later.count
    sum += later.sum
    least = min(least, later.least)
    sketch.merge(later.sketch)
  }
}
