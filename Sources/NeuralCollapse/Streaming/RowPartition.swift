import CollapseCore

/// The rows of a set cut into stripes, each summed up for itself, and stripes into blocks, each small
/// enough for the cache.
///
/// The cut depends on N, d and C alone, whatever files the rows are in, and sums of stripes are
/// merged along a balanced tree: they have the same bits for any number of threads.
struct RowPartition: Sendable {
  /// Rows of one shard.
  struct Segment: Sendable {
    let shard: Int
    let rows: Range<Int>
    /// The row of the whole set with which the segment begins.
    let firstRow: Int
  }

  struct Stripe: Sendable {
    /// One per shard that the stripe has rows of.
    let segments: [Segment]

    /// Its first `count` rows, or all.
    func prefix(_ count: Int) -> Stripe {
      var left = count
      return Stripe(
        segments: segments.compactMap { segment in
          guard left > 0 else { return nil }
          let rows = segment.rows.prefix(left)
          left -= rows.count
          return Segment(shard: segment.shard, rows: rows, firstRow: segment.firstRow)
        })
    }
  }

  /// Up to so many classes tables of C² stay in the cache and each thread has sums of its own;
  /// beyond, all threads work on one stripe and share its sums.
  static let fewClasses = 256

  let stripes: [Stripe]
  /// Rows per stripe, a multiple of `readRows`; the last may have fewer.
  let height: Int
  /// Rows per block.
  let blockRows: Int
  /// Rows read at once, a multiple of `blockRows`.
  let readRows: Int
  /// Whether a stripe is the work of all threads.
  let sharesStripes: Bool

  private init(stripes: [Stripe], of other: RowPartition) {
    self.stripes = stripes
    (height, blockRows) = (other.height, other.blockRows)
    (readRows, sharesStripes) = (other.readRows, other.sharesStripes)
  }

  /// - Parameter products: columns of the widest product a block is multiplied by.
  init(rowCounts: [Int], columns: Int, classes: Int, products: Int, blockRows: Int?) {
    sharesStripes = classes > RowPartition.fewClasses
    let block: Int
    if sharesStripes {
      // A product with a tile of the classes costs a copy of the tile: it is to serve many rows.
      block = blockRows ?? max(64, min(512, (1 << 19) / max(columns, 1) / 8 * 8))
      readRows = block
    } else {
      // A block shares the second-level cache with the means; but many factors must be read, and
      // copied where BLAS multiplies, for more rows than fit there.
      let cached = max(8, min(128, 32768 / max(columns, 1) / 8 * 8))
      block = blockRows ?? max(cached, min(256, products / 2 / 8 * 8))
      readRows = block * max(1, min(2048, (1 << 16) / max(columns, 1)) / block)
    }
    self.blockRows = block
    let perClass = classes > 2048 ? 16 : 8
    height = (max(2048, perClass * classes) + readRows - 1) / readRows * readRows
    stripes = RowPartition.stripes(of: rowCounts, height: height)
  }

  private static func stripes(of rowCounts: [Int], height: Int) -> [Stripe] {
    var stripes: [Stripe] = []
    var segments: [Segment] = []
    var (first, filled) = (0, 0)
    for (shard, count) in rowCounts.enumerated() {
      var start = 0
      while start < count {
        let rows = start..<min(start + height - filled, count)
        segments.append(Segment(shard: shard, rows: rows, firstRow: first + start))
        filled += rows.count
        start = rows.upperBound
        if filled == height {
          stripes.append(Stripe(segments: segments))
          (segments, filled) = ([], 0)
        }
      }
      first += count
    }
    return segments.isEmpty ? stripes : stripes + [Stripe(segments: segments)]
  }

  /// The same stripes in the opposite order: a second pass that begins where the first ended finds
  /// the last rows in the cache.
  var reversed: RowPartition { replacingStripes(stripes.reversed()) }

  /// The same cut of rows that are in memory one after another: of `count` from `first` on, which
  /// begins a stripe.
  func piece(first: Int, count: Int) -> RowPartition {
    replacingStripes(
      stride(from: 0, to: count, by: height).map { start in
        Stripe(segments: [
          Segment(
            shard: 0, rows: start..<min(start + height, count), firstRow: first + start)
        ])
      })
  }

  /// Other stripes, cut into blocks alike.
  func replacingStripes(_ stripes: [Stripe]) -> RowPartition {
    RowPartition(stripes: stripes, of: self)
  }

  /// Sums up the stripes of a part and merges the sums along a balanced tree over all stripes, as
  /// far as they go.
  ///
  /// - Parameter sum: sums up a stripe on the given number of threads.
  func fold<Sum: Sendable>(
    _ part: AnalysisPart, threads: Int, _ sum: @Sendable (Stripe, _ threads: Int) throws -> Sum,
    merge: @Sendable (Sum, Sum) throws -> Sum
  ) throws -> [SumNode<Sum>] {
    try Parallel.fold(
      part.stripes(of: stripes.count), of: stripes.count, threads: sharesStripes ? 1 : threads
    ) { index in
      try sum(stripes[index], sharesStripes ? threads : 1)
    } merge: {
      try merge($0, $1)
    }
  }

  /// The classes in parts for threads that share sums by class.
  static func classRanges(_ classes: Int, threads: Int) -> [Range<Int>] {
    let parts = max(1, min(classes, threads == 1 ? 1 : 4 * threads))
    return (0..<parts).map { classes * $0 / parts..<classes * ($0 + 1) / parts }
  }
}
