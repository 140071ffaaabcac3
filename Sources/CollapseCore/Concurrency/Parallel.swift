import Synchronization

/// Loops spread over threads.
public enum Parallel {
  /// Calls `body` once for each index in `0..<count` from at most `threads` threads.
  ///
  /// Which thread takes which index is not defined, so `body` must write to a place of its own
  /// for each index. When calls throw, the loop stops early and the error of the lowest index
  /// that failed is thrown.
  public static func forEach(
    _ count: Int, threads: Int, _ body: @Sendable (Int) throws -> Void
  ) throws {
    guard count > 0 else { return }
    let lowestFailed = Atomic(Int.max)
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    // Threads of its own, which end with the loop: no pool is left that a child process, forked
    // between two loops, would wait for in vain.
    HostThreads.forEach(count, threads: threads) { index in
      // Of those that come after a failure none need run.
      guard index < lowestFailed.load(ordering: .relaxed) else { return }
      do {
        try body(index)
      } catch {
        lowestFailed.min(index, ordering: .relaxed)
        failure.withLock { current in
          if current.map({ index < $0.index }) ?? true { current = (index, error) }
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }

  /// The results of `body` for each index in `0..<count`, in order, computed from at most
  /// `threads` threads.
  ///
  /// - Throws: what `body` throws.
  public static func map<Result: Sendable>(
    _ count: Int, threads: Int, _ body: @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: count))
    try forEach(count, threads: threads) { index in
      let result = try body(index)
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0.map { $0! } }
  }
}
