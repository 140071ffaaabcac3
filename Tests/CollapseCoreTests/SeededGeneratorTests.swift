import CollapseCore
import Testing

@Suite struct SeededGeneratorTests {
  @Test func matchesThePublishedGenerator() {
    // First outputs of xoshiro256** from the state 1, 2, 3, 4 (reference C code).
    var generator = SeededGenerator(state: [1, 2, 3, 4])
    let drawn = (0..<5).map { _ in generator.next() }
    #expect(
      drawn == [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360])
  }

  @Test func continuesFromAStoredState() {
    var first = SeededGenerator(seed: 7)
    _ = first.permutation(100)
    var second = SeededGenerator(state: first.state)
    #expect((0..<10).map { _ in first.next() } == (0..<10).map { _ in second.next() })
  }

  @Test func streamsDiffer() {
    var data = SeededGenerator(seed: 7, stream: "data")
    var weights = SeededGenerator(seed: 7, stream: "weights")
    #expect(data.next() != weights.next())
  }

  @Test func permutationHoldsEveryIndexOnce() {
    var generator = SeededGenerator(seed: 1)
    #expect(generator.permutation(257).sorted() == Array(0..<257))
  }

  @Test func normalHasUnitVariance() {
    var generator = SeededGenerator(seed: 3)
    let draws = (0..<20_000).map { _ in generator.normal() }
    let mean = draws.reduce(0, +) / 20_000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    // Five standard errors: 1/√N for the mean, √(2/N) for the variance.
    #expect(abs(mean) < 5 / 20_000.0.squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / 20_000.0).squareRoot())
  }
}
