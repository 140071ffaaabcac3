import CollapseCore
import Synchronization
import Testing

@Suite struct CommunicatorTests {
  @Test(arguments: [1, 2, 3, 5, 8, 13, 64]) func whatRank0HasAllHave(size: Int) throws {
    let got = try ThreadRanks.run(size) { ranks in
      try ranks.broadcast(ranks.rank == 0 ? Array("all".utf8) : [])
    }
    #expect(got == Array(repeating: Array("all".utf8), count: size))
  }

  /// The tree hangs on the number of parts alone, and no rank merges more than its own parts and,
  /// of each other that it takes in, a node for each level of the tree.
  @Test(arguments: [1, 2, 3, 5, 64]) func sumsOfRanksAreThoseOfOne(size: Int) throws {
    let parts = 1024
    let whole = try Parallel.fold(parts, threads: 1) {
      "\($0)"
    } merge: {
      "(\($0) \($1))"
    }
    let merges = Mutex([Int](repeating: 0, count: size))
    let results = try ThreadRanks.run(size) { ranks in
      let range = parts * ranks.rank / size..<parts * (ranks.rank + 1) / size
      let mine = try Parallel.fold(range, of: parts, threads: 1) {
        "\($0)"
      } merge: {
        "(\($0) \($1))"
      }
      return try ranks.reduce(mine, of: parts) { earlier, later in
        merges.withLock { $0[ranks.rank] += 1 }
        return "(\(earlier) \(later))"
      }
    }
    #expect(results.compactMap(\.self).count == 1)
    #expect(results[0]?.map(\.sum) == [whole!])
    let most = merges.withLock { $0.max() ?? 0 }
    // Ranks that begin at powers of two: one for each turn. Others besides: up to the height of the tree
    // at a turn.
    #expect(most <= (size.nonzeroBitCount == 1 ? 6 : 3 * 10))
    #expect(merges.withLock { $0.reduce(0, +) } <= (size - 1) * 10)
  }

  @Test(arguments: [1, 2, 3, 5, 8, 13, 64]) func whatEachHasAllHave(size: Int) throws {
    let got = try ThreadRanks.run(size) { try $0.gather("rank \($0.rank)") }
    #expect(got == Array(repeating: (0..<size).map { "rank \($0)" }, count: size))
  }

  /// Ranks on one machine that may use the same processors share them.
  @Test func ranksShareTheProcessors() throws {
    let shares = try ThreadRanks.run(3) { try $0.processorShare() }
    #expect(shares == Array(repeating: max(1, Processors.count / 3), count: 3))
    #expect(try SingleProcess().processorShare() == Processors.count)
  }

  private struct Damaged: ClassifiedError, Equatable {
    let rank: Int
    var kind: FailureKind { .badInput }
    var description: String { "the rows of rank \(rank) are damaged" }
  }

  /// All end with the error of the lowest rank that failed, whose own it is there alone.
  @Test(arguments: [2, 3, 5, 64]) func whatOneCannotDoAllLeave(size: Int) throws {
    let last = size - 1
    let failures = try ThreadRanks.run(size) { ranks -> RankFailure? in
      #expect(try ranks.together { ranks.rank } == ranks.rank)
      do {
        try ranks.together { if ranks.rank >= last / 2 + 1 { throw Damaged(rank: ranks.rank) } }
        return nil
      } catch let failure as RankFailure {
        return failure
      }
    }
    let first = last / 2 + 1
    for (rank, failure) in failures.enumerated() {
      let failure = try #require(failure)
      #expect(failure.rank == first && failure.kind == .badInput)
      #expect(failure.description == "the rows of rank \(first) are damaged")
      #expect(failure.cause as? Damaged == (rank == first ? Damaged(rank: first) : nil))
    }
  }

  @Test func whoIsInterruptedInterruptsAll() throws {
    let ends = try ThreadRanks.run(3) { ranks -> Bool in
      do {
        try ranks.together { if ranks.rank == 2 { throw WorkInterrupted() } }
        return false
      } catch is WorkInterrupted {
        return true
      }
    }
    #expect(ends == [true, true, true])
  }

  @Test func aRankThatFailsEndsThoseThatWaitForIt() {
    struct Failure: Error, Equatable { let rank: Int }
    let error = #expect(throws: Failure.self) {
      try ThreadRanks.run(3) { ranks -> [UInt8] in
        if ranks.rank == 0 { throw Failure(rank: 0) }
        return try ranks.broadcast([])
      }
    }
    #expect(error == Failure(rank: 0))
  }
}
