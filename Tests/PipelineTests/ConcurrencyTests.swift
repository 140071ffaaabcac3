import Pipeline
import Testing

@Suite struct ConcurrencyTests {
  private func concurrency(
    asked: Int? = nil, runs: [Int], threads: Int = 1, processors: Int = 8, memory: Int = 1000
  ) -> Concurrency {
    Concurrency(
      asked: asked, runMemory: runs, threads: threads, processors: processors, freeMemory: memory)
  }

  @Test func asManyAsProcessorsHaveThreadsFor() {
    #expect(concurrency(runs: Array(repeating: 1, count: 24)).jobs == 8)
    #expect(concurrency(runs: Array(repeating: 1, count: 24), threads: 3).jobs == 2)
    #expect(concurrency(runs: Array(repeating: 1, count: 24), threads: 16).jobs == 1)
    #expect(concurrency(runs: [1, 1, 1]).jobs == 3)
    #expect(concurrency(runs: [1, 1, 1]).runs == 3)
    #expect(concurrency(runs: []).jobs == 1 && concurrency(runs: []).runs == 0)
  }

  @Test func theCallerMayWantMoreThanProcessors() {
    #expect(concurrency(asked: 12, runs: Array(repeating: 1, count: 24)).jobs == 12)
    #expect(concurrency(asked: 1, runs: Array(repeating: 1, count: 24)).jobs == 1)
  }

  @Test func theLargestRunsTogetherFitTheMemory() {
    let limited = concurrency(runs: [100, 600, 300, 200, 100])
    #expect(limited.jobs == 2)  // 600 + 300, and 200 more would not fit
    #expect(limited.withoutMemoryLimit == 5)
    #expect(concurrency(asked: 2, runs: [100, 600, 300]).withoutMemoryLimit == nil)
  }

  @Test func oneRunGoesOnHoweverLargeItIs() {
    #expect(concurrency(runs: [5000, 5000]).jobs == 1)
  }
}
