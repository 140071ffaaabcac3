public import CollapseCore
import LinearAlgebra

/// What one pass of an analysis summed up over a part of the rows. The sums of all parts merge to
/// those of the whole, with the same bits for any cut.
public struct PartialSums: Sendable, Codable {
  /// What is summed up.
  public enum Pass: String, Sendable, Hashable, Codable {
    /// Counts and means of the classes.
    case means
    /// Everything that is measured about the means.
    case scatter
  }

  /// What the parts of one analysis have in common.
  struct Frame: Sendable, Hashable, Codable {
    let pass: Pass
    /// N and d, of all parts together.
    let rows: Int
    let columns: Int
    /// The stripes that the rows are cut into.
    let stripes: Int
    /// Every label that counts, ascending.
    let labels: [Int64]

    init(_ pass: Pass, _ shape: RowShape, _ reader: BlockReader, labels: [Int64]) {
      self.pass = pass
      (rows, columns) = (shape.rowCount, shape.columns)
      stripes = reader.partition.stripes.count
      self.labels = labels
    }
  }

  let frame: Frame
  /// The part of the rows that was summed up.
  public let part: AnalysisPart
  /// The nodes of the tree over all stripes that this part has.
  let means: [SumNode<MeanSums>]
  let scatter: [SumNode<ScatterSums>]
  /// How the spectrum is accumulated, where it is.
  let method: TriangularFactor.Method?

  /// The pass that summed it up.
  public var pass: Pass { frame.pass }
  /// N and d of the whole set.
  public var rows: Int { frame.rows }
  /// Number of features, d.
  public var columns: Int { frame.columns }
  /// Number of classes that occur in the whole set and count, C.
  public var classes: Int { frame.labels.count }
}

extension PartialSums {
  /// The sums of all parts, with the method of this.
  func replacing(
    means: [SumNode<MeanSums>] = [], scatter: [SumNode<ScatterSums>] = []
  ) -> PartialSums {
    PartialSums(frame: frame, part: .whole, means: means, scatter: scatter, method: method)
  }
}

/// Parts that make no analysis together.
public enum PartialSumsError: ClassifiedError, Hashable {
  /// Parts of several analyses: the place of the first that is of another than part 0.
  case differs(place: Int, what: String)
  /// Some of `count` parts, counted from 0, are not there.
  case missing(parts: [Int], count: Int)
  /// A part, counted from 0, is there more than once.
  case twice(part: Int)
  /// The partial at a place, from 0, is of the other pass than `expected`.
  case wrongPass(place: Int, expected: PartialSums.Pass)
  /// A rank was given other rows than rank 0.
  case otherRows(rank: Int)
  /// Something asked for, in words, needs all rows at once, which no part has.
  case takesAllRows(String)
  /// Numbers that no pass leaves.
  case malformed(place: Int, what: String)

  public var kind: FailureKind {
    switch self {
    case .takesAllRows: .usage
    case .missing: .missingInput
    default: .badInput
    }
  }

  public var description: String {
    switch self {
    case .differs(let place, let what): "partial \(place + 1) is of another analysis: \(what)"
    case .missing(let parts, let count):
      "of \(count) parts \(parts.prefix(8).map { "\($0 + 1)" }.joined(separator: ", "))"
        + (parts.count > 8 ? " and \(parts.count - 8) more" : "")
        + (parts.count == 1 ? " is missing" : " are missing")
    case .otherRows(let rank):
      "rank \(rank) sees other rows than rank 0: all ranks of one analysis are given the same files"
    case .twice(let part): "part \(part + 1) is there twice"
    case .wrongPass(let place, .means):
      "partial \(place + 1) is of the second pass, expected those of the first"
    case .wrongPass(let place, .scatter):
      "partial \(place + 1) is of the first pass, expected those of the second"
    case .malformed(let place, let what):
      "partial \(place + 1) holds what no analysis writes: \(what); make it again"
    case .takesAllRows(let what):
      "\(what) takes all rows at once: an analysis in parts has them not"
    }
  }
}

extension [PartialSums] {
  /// Checks that they are all parts of one pass of one analysis, each once.
  func check(_ pass: PartialSums.Pass) throws -> PartialSums.Frame {
    guard let first = self.first else { throw PartialSumsError.missing(parts: [0], count: 1) }
    let frame = first.frame
    var seen = [Bool](repeating: false, count: first.part.count)
    for (place, sums) in enumerated() {
      let other = sums.frame
      guard other.pass == pass else {
        throw PartialSumsError.wrongPass(place: place, expected: pass)
      }
      func agree(_ what: String, _ value: Int, _ expected: Int) throws {
        guard value != expected else { return }
        throw PartialSumsError.differs(
          place: place, what: "\(value) \(what), that of partial 1 has \(expected)")
      }
      try agree("parts", sums.part.count, first.part.count)
      try agree("rows", other.rows, frame.rows)
      try agree("features", other.columns, frame.columns)
      try agree("classes", other.labels.count, frame.labels.count)
      try agree("stripes", other.stripes, frame.stripes)
      guard other == frame, sums.method == first.method else {
        throw PartialSumsError.differs(place: place, what: "it has other classes or options")
      }
      if seen[sums.part.index] { throw PartialSumsError.twice(part: sums.part.index) }
      seen[sums.part.index] = true
    }
    try checkSizes()
    let missing = seen.indices.filter { !seen[$0] }
    guard missing.isEmpty else {
      throw PartialSumsError.missing(parts: missing, count: seen.count)
    }
    return frame
  }
}

/// The nodes of one tree merged to its root; they stay what they are.
///
/// - Throws: ``PartialSumsError`` where they do not reach it.
func root<Sum: Accumulator>(
  _ nodes: [SumNode<Sum>], stripes: Int, threads: Int
) throws -> SumNode<Sum> {
  // Merging uses sums up, and these may be wanted again.
  let copies =
    nodes.count == 1
    ? nodes
    : try nodes.map { node in
      SumNode(
        level: node.level, index: node.index,
        sum: try ArrayCoding.decode(Sum.self, from: ArrayCoding.encode(node.sum)))
    }
  let left = try Parallel.merge(copies, of: stripes, threads: threads) { earlier, later in
    try earlier.merge(later)
    return earlier
  }
  guard left.count == 1, left[0].parts(of: stripes) == 0..<stripes else {
    throw PartialSumsError.differs(place: 0, what: "stripes of rows are missing")
  }
  return left[0]
}

extension [PartialSums] {
  /// Those of all parts of the first pass as one.
  ///
  /// - Throws: ``PartialSumsError`` where they are not all of one analysis.
  public func merged(threads: Int = 1) throws -> PartialSums {
    let frame = try check(.means)
    let sums = try root(flatMap(\.means), stripes: frame.stripes, threads: threads)
    return PartialSums(frame: frame, part: .whole, means: [sums], scatter: [], method: nil)
  }
}
