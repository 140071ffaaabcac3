import CollapseCore
import Testing

@Suite struct ParallelFoldTests {
  /// Which sums were merged, as brackets.
  private func tree(_ count: Int, threads: Int) throws -> String? {
    try Parallel.fold(count, threads: threads) {
      "\($0)"
    } merge: {
      "(\($0) \($1))"
    }
  }

  /// The tree hangs on the number of parts alone.
  @Test(arguments: [1, 2, 3, 8]) func balancedWhateverTheThreads(threads: Int) throws {
    #expect(try tree(0, threads: threads) == nil)
    #expect(try tree(1, threads: threads) == "0")
    #expect(try tree(3, threads: threads) == "((0 1) 2)")
    #expect(try tree(4, threads: threads) == "((0 1) (2 3))")
    #expect(try tree(7, threads: threads) == "(((0 1) (2 3)) ((4 5) 6))")
    #expect(try tree(100, threads: threads) == tree(100, threads: 1))
  }

  /// Sums that are pushed without a word of how many there will be, in whatever order.
  @Test(arguments: [0, 1, 2, 3, 7, 8, 37]) func aWidthThatIsKnownLastGivesTheSameTree(
    count: Int
  ) throws {
    let pushed = MergeTree<String>(width: nil) { "(\($0) \($1))" }
    for part in (0..<count).reversed() {
      try pushed.add(SumNode(level: 0, index: part, sum: "\(part)"))
    }
    let nodes = try pushed.finish()
    #expect(nodes.map(\.sum) == [try tree(count, threads: 1)].compactMap(\.self))
    #expect(nodes.allSatisfy { $0.parts(of: count) == 0..<count })
  }

  @Test func theFirstErrorIsThrown() {
    struct Failure: Error, Equatable { let part: Int }
    let error = #expect(throws: Failure.self) {
      try Parallel.fold(50, threads: 4) { part -> Int in
        if part >= 7 { throw Failure(part: part) }
        return part
      } merge: {
        $0 + $1
      }
    }
    #expect(error == Failure(part: 7))
  }
}
