import CollapseCore
import Testing

@Suite struct ParallelTests {
  @Test(arguments: [1, 2, 8]) func resultsAreInOrder(threads: Int) throws {
    #expect(try Parallel.map(1000, threads: threads) { $0 * $0 } == (0..<1000).map { $0 * $0 })
  }

  @Test(arguments: [1, 2, 8]) func theFirstFailureIsThrown(threads: Int) {
    struct Failed: Error, Equatable { let index: Int }
    #expect(throws: Failed(index: 3)) {
      try Parallel.forEach(1000, threads: threads) { if $0 >= 3 { throw Failed(index: $0) } }
    }
  }
}
