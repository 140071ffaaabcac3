import CollapseCore
import LinearAlgebra

/// A value of a pair of classes, by their places in the report's list.
public struct PairValue: Sendable, Hashable, Codable {
  /// The place of one class in ``CollapseReport/classes``, from 0.
  public var first: Int
  /// The place of the other: of its row of the classifier, where the pair is of a mean and a row.
  public var second: Int
  /// The value of the two, a cosine.
  public var value: Double

  /// A value of the classes at two places.
  public init(first: Int, second: Int, value: Double) {
    (self.first, self.second, self.value) = (first, second, value)
  }
}

/// The values over pairs of classes: their moments and largest, and those that go into the report.
struct PairTable: Sendable {
  private(set) var moments = Moments()
  private(set) var largest = -Double.infinity
  /// classes × classes; `nil` where it is not wanted.
  private(set) var table: [[Double?]]?
  /// The largest values, then the smallest, where they are wanted.
  private(set) var extremes: [PairValue] = []

  /// - Parameters:
  ///   - vectors: one per class; products of rows of these, or with rows of `others`.
  ///   - isKnown: whether a class takes part, for the vectors and for the others.
  init(
    _ vectors: Matrix, _ others: Matrix? = nil, isKnown: ([Bool], [Bool]), wanted: PairTables,
    _ tiles: PairTiles
  ) throws {
    let count = vectors.rows
    let isWhole =
      wanted == .all || (wanted == .automatic && count <= PairTables.fewClasses)
    let isSymmetric = others == nil
    var sums = try tiles.fold(vectors, others) {
      Sums(keepsExtremes: wanted == .extremes)
    } add: { tile, sums in
      for first in tile.rows where isKnown.0[first] {
        var values: [Double] = []
        for second in tile.columns(of: first) where isKnown.1[second] {
          values.append(tile[first, second])
          if isWhole || sums.keepsExtremes {
            sums.note(PairValue(first: first, second: second, value: tile[first, second]))
          }
        }
        sums.moments.merge(Moments(values))
        for value in values { sums.largest = max(sums.largest, value) }
      }
    } merge: {
      $0.merge($1)
    }
    moments = sums.moments
    largest = sums.largest
    if isWhole {
      var table = [[Double?]](repeating: Array(repeating: nil, count: count), count: count)
      for pair in sums.pairs {
        table[pair.first][pair.second] = pair.value
        if isSymmetric { table[pair.second][pair.first] = pair.value }
      }
      self.table = table
    } else if wanted == .extremes {
      sums.trim()
      extremes = sums.top + sums.bottom
    }
  }

  private struct Sums: Sendable {
    var moments = Moments()
    var largest = -Double.infinity
    let keepsExtremes: Bool
    var pairs: [PairValue] = []
    /// The most extreme of the last time they were sorted, and what came since.
    var top: [PairValue] = []
    var bottom: [PairValue] = []
    /// The values that a pair has to reach to be among them.
    private var (least, greatest) = (-Double.infinity, Double.infinity)

    init(keepsExtremes: Bool) { self.keepsExtremes = keepsExtremes }

    mutating func note(_ pair: PairValue) {
      guard keepsExtremes else { return pairs.append(pair) }
      if pair.value >= least { top.append(pair) }
      if pair.value <= greatest { bottom.append(pair) }
      if max(top.count, bottom.count) > 8 * PairTables.extremeCount { trim() }
    }

    mutating func trim() {
      func place(_ pair: PairValue) -> (Int, Int) { (pair.first, pair.second) }
      top.sort { $0.value != $1.value ? $0.value > $1.value : place($0) < place($1) }
      bottom.sort { $0.value != $1.value ? $0.value < $1.value : place($0) < place($1) }
      top = Array(top.prefix(PairTables.extremeCount))
      bottom = Array(bottom.prefix(PairTables.extremeCount))
      if top.count == PairTables.extremeCount { least = top.last!.value }
      if bottom.count == PairTables.extremeCount { greatest = bottom.last!.value }
    }

    mutating func merge(_ other: Sums) {
      moments.merge(other.moments)
      largest = max(largest, other.largest)
      pairs += other.pairs
      top += other.top
      bottom += other.bottom
      if keepsExtremes { trim() }
    }
  }
}

extension Findings {
  /// Records what the report is to hold of a table.
  mutating func record(_ table: PairTable, as key: TableKey) {
    if let values = table.table { perPair[key.key] = values }
    if !table.extremes.isEmpty { extremePairs[key.key] = table.extremes }
  }
}
