/// How many runs go on at once.
public struct Concurrency: Sendable, Hashable {
  /// Runs with something to do beside the report.
  public let runs: Int
  /// Runs at a time.
  public let jobs: Int
  /// Threads of each.
  public let threads: Int
  /// How many runs the processors, or the caller, would have let go on at once, where memory lets
  /// fewer.
  public let withoutMemoryLimit: Int?

  /// As many runs as there are processors for their threads and memory for their arrays.
  ///
  /// - Parameters:
  ///   - asked: the number of runs the caller wants; memory may still allow fewer.
  ///   - runMemory: bytes each run needs, in any order.
  ///   - threads: threads of each run.
  ///   - freeMemory: bytes that may be used.
  package init(asked: Int?, runMemory: [Int], threads: Int, processors: Int, freeMemory: Int) {
    let wanted = max(1, min(runMemory.count, asked ?? processors / max(1, threads)))
    var fitting = 0
    var used = 0
    // The largest together, for any of the runs may meet.
    for memory in runMemory.sorted(by: >).prefix(wanted) {
      used += memory
      if used > freeMemory { break }
      fitting += 1
    }
    runs = runMemory.count
    jobs = max(1, fitting)
    self.threads = threads
    withoutMemoryLimit = jobs < wanted ? wanted : nil
  }
}
