/// Quantiles of a stream of numbers in bounded memory, each within 2⁻¹⁵ of its magnitude
/// (3·10⁻⁵); the least and the largest number exactly.
///
/// Numbers are counted in buckets of equal sign, exponent and 14 leading bits of the significand,
/// so a factor of two holds 16 384 buckets. Counts add: the sketch of a union does not depend on
/// order or grouping.
struct QuantileSketch: Sendable {
  private static let droppedBits: UInt64 = 52 - 14

  private var counts: [Int32: Int] = [:]
  private(set) var count = 0
  private var least = Double.infinity
  private var largest = -Double.infinity

  /// - Precondition: `value` is not NaN.
  mutating func insert(_ value: Double) {
    counts[QuantileSketch.bucket(of: value), default: 0] += 1
    count += 1
    least = min(least, value)
    largest = max(largest, value)
  }

  mutating func merge(_ other: QuantileSketch) {
    counts.merge(other.counts, uniquingKeysWith: +)
    count += other.count
    least = min(least, other.least)
    largest = max(largest, other.largest)
  }

  /// The numbers below which the given shares of the numbers lie, or `nil` for an empty sketch:
  /// for probability p the number of rank p(N−1), rounded down, from the least.
  func quantiles(_ probabilities: [Double]) -> [Double]? {
    guard count > 0 else { return nil }
    let buckets = counts.sorted { $0.key < $1.key }
    return probabilities.map { probability in
      let rank = Int(probability * Double(count - 1))
      if rank == 0 { return least }
      if rank == count - 1 { return largest }
      var below = 0
      for (bucket, number) in buckets {
        below += number
        if below > rank { return min(max(QuantileSketch.middle(of: bucket), least), largest) }
      }
      return largest
    }
  }

  /// Numbers the buckets in the order of the numbers they hold.
  private static func bucket(of value: Double) -> Int32 {
    let magnitude = Int32(value.magnitude.bitPattern >> droppedBits)
    return value < 0 ? ~magnitude : magnitude
  }

  private static func middle(of bucket: Int32) -> Double {
    let magnitude = UInt64(bucket < 0 ? ~bucket : bucket)
    if magnitude == 0 { return 0 }
    let middle = Double(bitPattern: magnitude << droppedBits | 1 << (droppedBits - 1))
    return bucket < 0 ? -middle : middle
  }
}
