public import CollapseCore
import LinearAlgebra

/// Features of samples of no class, and what they are called in the keys of measures.
public struct OutOfDistributionSet: Sendable {
  /// What the keys of its measures hold.
  public let name: String
  /// Rows of d numbers, as many per row as the features of the classes.
  public let features: any RowBlocks

  /// Samples of no class, under a name.
  public init(name: String, features: any RowBlocks) {
    (self.name, self.features) = (name, features)
  }
}

/// How well scores tell rows of the classes from those of an out-of-distribution set.
struct OutOfDistributionScores {
  /// ‖P h‖/‖h‖, P the projector on the top principal directions of the training features (NECO).
  var projection: [Double] = []
  /// The same times the largest logit.
  var projectionTimesLogit: [Double] = []
  /// ⟨h − μ_G, w_k⟩/‖h − μ_G‖ of the class k decided for, and α‖h‖₁ added (NCI).
  var proximity: [Double] = []
}

/// Computes the scores of rows.
struct OutOfDistributionScorer: Sendable {
  private let columns: Int
  private let globalMean: [Double]
  private let directions: RowFactors
  private let weights: RowFactors?
  private let logitOffsets: [Double]
  private let centreLogits: [Double]
  private let magnitudeShare: Double
  private let threads: Int
  private let interruption: Interruption

  /// - Parameters:
  ///   - training: the features whose principal directions count.
  ///   - rank: how many of them.
  init(
    training: [any RowBlocks], rank: Int, globalMean: [Double], classifier: LinearClassifier?,
    options: AnalysisOptions
  ) throws {
    let columns = globalMean.count
    self.columns = columns
    self.globalMean = globalMean
    magnitudeShare = options.magnitudeShare
    threads = options.threads
    interruption = options.interruption
    let count = training.reduce(0) { $0 + $1.rowCount }
    var mean = [Double](repeating: 0, count: columns)
    let gram = try GramSum(columns: columns)
    for pass in [0, 1] {
      for rows in training {
        try OutOfDistributionScorer.forEachBlock(of: rows, options.interruption) {
          block, rowCount in
          for row in 0..<rowCount {
            let start = block + row * rows.columnCount
            if pass == 0 {
              for column in 0..<rows.columnCount { mean[column] += start[column] / Double(count) }
            } else {
              for column in 0..<rows.columnCount { start[column] -= mean[column] }
              gram.append(start, scale: 1)
            }
          }
        }
      }
    }
    let vectors = try gram.symmetricMatrix().symmetricEigenproblem().vectors
    // Ascending: the last are the principal ones.
    directions = try RowFactors(
      (0..<rank).map { vectors.row(vectors.rows - 1 - $0) }, depth: columns)
    weights = try classifier.map { classifier in
      try RowFactors((0..<classifier.classCount).map { classifier.weights.row($0) }, depth: columns)
    }
    centreLogits =
      classifier.map { classifier in
        (0..<classifier.classCount).map { dot(classifier.weights.row($0), globalMean[...]) }
      } ?? []
    logitOffsets = classifier?.bias ?? Array(repeating: 0, count: centreLogits.count)
  }

  private static let blockRows = 1024

  private static func forEachBlock(
    of rows: any RowBlocks, _ interruption: Interruption,
    _ body: (UnsafeMutablePointer<Double>, Int) throws -> Void
  ) throws {
    let buffer = AlignedBuffer(count: blockRows * rows.columnCount)
    for start in stride(from: 0, to: rows.rowCount, by: blockRows) {
      try interruption.check()
      let range = start..<min(start + blockRows, rows.rowCount)
      try rows.read(
        range,
        into: UnsafeMutableBufferPointer(start: buffer.base, count: range.count * rows.columnCount)
      )
      try body(buffer.base, range.count)
    }
  }

  /// The scores of the rows that have a direction; with `isWanted` only of those it lets through.
  func scores(
    of rows: any RowBlocks, isWanted: @Sendable (Range<Int>) throws -> [Bool]? = { _ in nil }
  ) throws -> OutOfDistributionScores {
    let size = OutOfDistributionScorer.blockRows
    let parts = try Parallel.map((rows.rowCount + size - 1) / size, threads: threads) { part in
      try interruption.check()
      let range = part * size..<min((part + 1) * size, rows.rowCount)
      let buffer = AlignedBuffer(count: range.count * columns)
      try rows.read(
        range,
        into: UnsafeMutableBufferPointer(start: buffer.base, count: range.count * columns))
      return scores(of: buffer.base, count: range.count, wanted: try isWanted(range))
    }
    return parts.reduce(into: OutOfDistributionScores()) { whole, part in
      whole.projection += part.projection
      whole.projectionTimesLogit += part.projectionTimesLogit
      whole.proximity += part.proximity
    }
  }

  private func scores(
    of rows: UnsafePointer<Double>, count: Int, wanted: [Bool]?
  ) -> OutOfDistributionScores {
    var scores = OutOfDistributionScores()
    let inside = AlignedBuffer(count: count * directions.productStride)
    directions.multiply(rows, rowCount: count, stride: columns, into: inside.base)
    let products = AlignedBuffer(count: count * (weights?.productStride ?? 0))
    weights?.multiply(rows, rowCount: count, stride: columns, into: products.base)
    for row in 0..<count where wanted?[row] ?? true {
      let own = UnsafeBufferPointer(start: rows + row * columns, count: columns)
      let length = own.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0, length.isFinite else { continue }
      let projected = UnsafeBufferPointer(
        start: inside.base + row * directions.productStride, count: directions.count
      ).reduce(0) { $0 + $1 * $1 }.squareRoot()
      scores.projection.append(projected / length)
      guard let weights else { continue }
      let logits = products.base + row * weights.productStride
      var (best, largest) = (0, -Double.infinity)
      for index in 0..<weights.count where logits[index] + logitOffsets[index] > largest {
        (best, largest) = (index, logits[index] + logitOffsets[index])
      }
      scores.projectionTimesLogit.append(projected / length * largest)
      let about = zip(own, globalMean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        .squareRoot()
      let proximity = about > 0 ? (logits[best] - centreLogits[best]) / about : 0
      let magnitude = own.reduce(0) { $0 + abs($1) }
      scores.proximity.append(proximity + magnitudeShare * magnitude)
    }
    return scores
  }
}

extension Analysis {
  /// `ood_<name>_…` for every out-of-distribution set.
  ///
  /// - Parameter shards: the rows of the classes.
  func outOfDistributionMeasures(
    _ shards: [LabeledFeatures], globalMean: [Double], classifier: LinearClassifier?
  ) throws -> OutOfDistributionFindings {
    var findings = OutOfDistributionFindings()
    guard !options.outOfDistributionSets.isEmpty else { return findings }
    for set in options.outOfDistributionSets where set.features.columnCount != columns {
      throw AnalysisError.outOfDistributionDimension(
        expected: columns, found: set.features.columnCount)
    }
    let rank = min(
      options.principalDirections ?? max(1, statistics.labels.count - 1), columns)
    let scorer = try OutOfDistributionScorer(
      training: options.principalFeatures ?? shards.map(\.features), rank: rank,
      globalMean: globalMean, classifier: classifier, options: options)
    let index = LabelIndex(labels: statistics.labels)
    var inner = OutOfDistributionScores()
    for shard in shards {
      let part = try scorer.scores(of: shard.features) { range in
        var labels = [Int64](repeating: 0, count: range.count)
        try labels.withUnsafeMutableBufferPointer { try shard.labels.read(range, into: $0) }
        return labels.map { index($0) >= 0 }
      }
      inner.projection += part.projection
      inner.projectionTimesLogit += part.projectionTimesLogit
      inner.proximity += part.proximity
    }
    for set in options.outOfDistributionSets {
      let outer = try scorer.scores(of: set.features)
      let scores: [(String, [Double], [Double])] = [
        ("neco", inner.projection, outer.projection),
        ("neco_logit", inner.projectionTimesLogit, outer.projectionTimesLogit),
        ("nci", inner.proximity, outer.proximity),
      ]
      for (name, inner, outer) in scores {
        guard !inner.isEmpty, !outer.isEmpty else {
          findings.undefined(
            set.name, name,
            classifier == nil && name != "neco" ? "no classifier" : "no row with a direction")
          continue
        }
        findings.record(ScoreSeparation(inner: inner, outer: outer), of: set.name, by: name)
      }
    }
    return findings
  }
}
