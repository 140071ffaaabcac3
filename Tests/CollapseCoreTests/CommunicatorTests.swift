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
