import CollapseCore
import LibC
import Synchronization

/// The rows of a set cut into stripes, each summed up by one thread, and stripes into blocks, each
/// small enough for the cache.
///
/// The cut depends on N, d and C alone, and stripes are merged in their order: the sums have the
/// same bits for any number of threads.
struct RowPartition: Sendable {
  struct Stripe: Sendable {
    let shard: Int
    let rows: Range<Int>
    /// The row of the whole set with which the stripe begins.
    let firstRow: Int
  }

  let stripes: [Stripe]
  /// Rows per block.
  let blockRows: Int
  /// Rows read at once, a multiple of `blockRows`.
  let readRows: Int

  private init(stripes: [Stripe], blockRows: Int, readRows: Int) {
    (self.stripes, self.blockRows, self.readRows) = (stripes, blockRows, readRows)
  }

  /// - Parameter products: columns of the widest product a block is multiplied by.
  init(rowCounts: [Int], columns: Int, classes: Int, products: Int, blockRows: Int?) {
    // A block shares the second-level cache with the means; but many factors must be read, and
    // copied where BLAS multiplies, for more rows than fit there.
    let cached = max(8, min(128, 32768 / max(columns, 1) / 8 * 8))
    let block = blockRows ?? max(cached, min(256, products / 2 / 8 * 8))
    self.blockRows = block
    readRows = block * max(1, min(2048, (1 << 16) / max(columns, 1)) / block)
    let height = (max(2048, 8 * classes) + readRows - 1) / readRows * readRows
    var stripes: [Stripe] = []
    var first = 0
    for (shard, count) in rowCounts.enumerated() {
      for start in stride(from: 0, to: count, by: height) {
        stripes.append(
          Stripe(
            shard: shard, rows: start..<min(start + height, count), firstRow: first + start))
      }
      first += count
    }
    self.stripes = stripes
  }

  /// The same stripes in the opposite order: a second pass that begins where the first ended finds
  /// the last rows in the cache.
  var reversed: RowPartition {
    RowPartition(stripes: stripes.reversed(), blockRows: blockRows, readRows: readRows)
  }

  /// Sums up every stripe on up to `threads` threads and merges the sums in the order of the
  /// stripes.
  func fold<Sum: Sendable>(
    threads: Int, _ sum: @Sendable (Stripe) throws -> Sum,
    merge: @Sendable (Sum) throws -> Void
  ) throws {
    let waiting = Mutex(Waiting<Sum>())
    let failed = Atomic(false)
    try Parallel.forEach(stripes.count, threads: threads) { index in
      do {
        // A sum waits for those before it; this bounds how many can wait.
        while !failed.load(ordering: .relaxed),
          waiting.withLock({ index > $0.next + threads })
        { sched_yield() }
        let result = try sum(stripes[index])
        try waiting.withLock { state in
          state.sums[index] = result
          while let ready = state.sums.removeValue(forKey: state.next) {
            try merge(ready)
            state.next += 1
          }
        }
      } catch {
        failed.store(true, ordering: .relaxed)
        throw error
      }
    }
  }
}

/// Sums of stripes that were ready before their turn.
private struct Waiting<Sum> {
  var sums: [Int: Sum] = [:]
  var next = 0
}
