import LibC

/// A share of trials that turned out one way, and its 95 % confidence interval.
///
/// Source: Wilson, 1927.
package struct ShareInterval: Hashable, Sendable {
  package let hits: Int
  package let count: Int

  package init(hits: Int, of count: Int) {
    self.hits = hits
    self.count = count
  }

  package var share: Double { count > 0 ? Double(hits) / Double(count) : .nan }

  package var low: Double { bound(-1) }
  package var high: Double { bound(1) }

  private func bound(_ sign: Double) -> Double {
    guard count > 0 else { return sign < 0 ? 0 : 1 }
    let (n, z) = (Double(count), 1.959963984540054)
    let square = z * z / n
    let root = (share * (1 - share) / n + square / (4 * n)).squareRoot()
    return min(1, max(0, (share + square / 2 + sign * z * root) / (1 + square)))
  }

  /// `14 of 20, 0.48 … 0.85`.
  package var text: String {
    let format = NumberFormat.fixed(2)
    return "\(hits) of \(count), \(format.text(low)) … \(format.text(high))"
  }

  /// Fisher's exact test that the first share is the larger: the probability of as many hits or more
  /// among the first, given both counts and all hits.
  package static func isLarger(_ first: ShareInterval, than second: ShareInterval) -> Double {
    let (n, total) = (first.count, first.count + second.count)
    let hits = first.hits + second.hits
    func logChoose(_ n: Int, _ k: Int) -> Double {
      lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
    }
    return (first.hits...min(n, hits)).reduce(0) { sum, k in
      guard hits - k <= total - n else { return sum }
      return sum
        + exp(logChoose(n, k) + logChoose(total - n, hits - k) - logChoose(total, hits))
    }
  }
}
