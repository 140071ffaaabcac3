import Dispatch
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
    let next = Atomic(0)
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do {
          try body(index)
        } catch {
          // Later indices need not run; earlier ones are already taken, so the lowest wins.
          next.store(count, ordering: .relaxed)
          failure.withLock { current in
            if current.map({ index < $0.index }) ?? true { current = (index, error) }
          }
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }

  /// The results of `body` for each index in `0..<count`, in order, computed from at most
  /// `threads` threads.
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
