import CollapseCore

/// Tests that assume nothing of the distribution: how often chance alone, in orders or signs drawn
/// at random, gives what was seen or more. One-sided; seeded, so a report says the same each time.
package enum PermutationTest {
  /// Draws beside the observed one.
  private static let draws = 9999

  /// Page's trend test: whether, block by block, values rise with their place.
  ///
  /// - Parameter blocks: one per seed, values in the order of the treatment; of equal lengths.
  /// - Returns: the probability of Page's L = Σ_j j Σ_b rank_bj or more under random orders within
  ///   blocks; `nil` with fewer than three places or no block.
  package static func risingTrend(_ blocks: [[Double]]) -> Double? {
    guard let count = blocks.first?.count, count >= 3 else { return nil }
    let ranks = blocks.map(Ranks.of)
    func statistic(_ orders: [[Int]]?) -> Double {
      var sum = 0.0
      for (block, values) in ranks.enumerated() {
        for place in 0..<count {
          sum += Double(place + 1) * values[orders?[block][place] ?? place]
        }
      }
      return sum
    }
    let observed = statistic(nil)
    return share { generator in
      statistic(ranks.map { _ in generator.permutation(count) }) >= observed
    }
  }

  /// Whether two orders agree: the probability of Spearman's ρ or more under random pairings.
  package static func agreement(_ x: [Double], _ y: [Double]) -> Double? {
    guard let observed = Ranks.correlation(x, y) else { return nil }
    return share { generator in
      let order = generator.permutation(y.count)
      return Ranks.correlation(x, order.map { y[$0] })! >= observed
    }
  }

  /// Whether differences are positive: the probability of their sum or more when each has either
  /// sign with equal chance. Exact for up to twelve differences.
  package static func positive(_ differences: [Double]) -> Double? {
    guard !differences.isEmpty else { return nil }
    let observed = differences.reduce(0, +)
    // Signs change the order of rounding: what differs by that much is equal.
    let slack = 1e-12 * differences.reduce(0) { $0 + abs($1) }
    func reaches(_ isNegative: (Int) -> Bool) -> Bool {
      var sum = 0.0
      for (index, value) in differences.enumerated() { sum += isNegative(index) ? -value : value }
      return sum >= observed - slack
    }
    if differences.count <= 12 {
      let all = 1 << differences.count
      let count = (0..<all).count { signs in reaches { signs >> $0 & 1 == 1 } }
      return Double(count) / Double(all)
    }
    return share { generator in
      let signs = differences.map { _ in generator.next() >> 63 == 1 }
      return reaches { signs[$0] }
    }
  }

  /// (1 + hits) / (1 + draws): the observed arrangement counts as one draw.
  private static func share(_ hits: (inout SeededGenerator) -> Bool) -> Double {
    var generator = SeededGenerator(seed: 1, stream: "permutation test")
    let count = (0..<draws).count { _ in hits(&generator) }
    return Double(1 + count) / Double(1 + draws)
  }
}
