import CollapseCore

/// Quantiles of a stream of numbers in bounded memory, each within 2⁻¹⁵ of its magnitude
/// (3·10⁻⁵); the least and the largest number exactly.
///
/// Numbers are counted in buckets of equal sign, exponent and 14 leading bits of the significand,
/// so a factor of two holds 16 384 buckets. Counts add: the sketch of a union does not depend on
/// order or grouping.
struct QuantileSketch: Sendable, Codable {
  private static let droppedBits: UInt64 = 52 - 14
  /// Numbers that wait before they are sorted into buckets.
  private static let pendingLimit = 1 << 16

  /// The buckets that hold numbers, ascending, and how many each holds.
  private var counted: [(bucket: Int32, count: Int)] = []
  /// Buckets of the latest numbers, in the order they came.
  private var pending: [Int32] = []
  private(set) var count = 0
  private var least = Double.infinity
  private var largest = -Double.infinity

  private enum CodingKeys: CodingKey { case buckets, counts, count, least, largest }

  init() {}

  /// Whether it is what numbers leave: its buckets ascend, and their counts add up.
  var isSound: Bool {
    counted.map(\.count).areCounts && count == counted.reduce(pending.count) { $0 + $1.count }
      && zip(counted, counted.dropFirst()).allSatisfy { $0.bucket < $1.bucket }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let counts = try container.decode([Int].self, forKey: .counts)
    let buckets = try container.decode([Int32].self, forKey: .buckets)
    guard buckets.count == counts.count else {
      throw ArrayCodingError("\(buckets.count) buckets with \(counts.count) counts")
    }
    counted = zip(buckets, counts).map { ($0, $1) }
    count = try container.decode(Int.self, forKey: .count)
    guard count > 0 else { return }
    least = try container.decode(Double.self, forKey: .least)
    largest = try container.decode(Double.self, forKey: .largest)
  }

  func encode(to encoder: any Encoder) throws {
    var all = self
    all.countPending()
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(all.counted.map(\.bucket), forKey: .buckets)
    try container.encode(all.counted.map(\.count), forKey: .counts)
    try container.encode(count, forKey: .count)
    guard count > 0 else { return }
    try container.encode(least, forKey: .least)
    try container.encode(largest, forKey: .largest)
  }

  /// - Precondition: `value` is not NaN.
  mutating func insert(_ value: Double) {
    pending.append(QuantileSketch.bucket(of: value))
    count += 1
    least = min(least, value)
    largest = max(largest, value)
    if pending.count >= QuantileSketch.pendingLimit { countPending() }
  }

  mutating func merge(_ other: QuantileSketch) {
    counted = QuantileSketch.union(counted, other.counted)
    pending += other.pending
    count += other.count
    least = min(least, other.least)
    largest = max(largest, other.largest)
    if pending.count >= QuantileSketch.pendingLimit { countPending() }
  }

  /// The numbers below which the given shares of the numbers lie, or `nil` for an empty sketch:
  /// for probability p the number of rank p(N−1), rounded down, from the least.
  func quantiles(_ probabilities: [Double]) -> [Double]? {
    guard count > 0 else { return nil }
    var all = self
    all.countPending()
    return probabilities.map { probability in
      let rank = Int(probability * Double(count - 1))
      if rank == 0 { return least }
      if rank == count - 1 { return largest }
      var below = 0
      for (bucket, number) in all.counted {
        below += number
        if below > rank { return min(max(QuantileSketch.middle(of: bucket), least), largest) }
      }
      return largest
    }
  }

  private mutating func countPending() {
    guard !pending.isEmpty else { return }
    let sorted = QuantileSketch.sorted(pending)
    var fresh: [(bucket: Int32, count: Int)] = []
    fresh.reserveCapacity(sorted.count)
    var start = 0
    for index in 1...sorted.count where index == sorted.count || sorted[index] != sorted[start] {
      fresh.append((sorted[start], index - start))
      start = index
    }
    counted = QuantileSketch.union(counted, fresh)
    pending.removeAll(keepingCapacity: true)
  }

  /// By digits of eleven bits, the least first: several times as fast as by comparisons.
  private static func sorted(_ buckets: [Int32]) -> [Int32] {
    var (source, target) = (buckets, buckets)
    for shift in [0, 11, 22] {
      // As unsigned numbers in the same order.
      func digit(_ bucket: Int32) -> Int {
        Int(((UInt32(bitPattern: bucket) ^ 0x8000_0000) >> UInt32(shift)) & 2047)
      }
      var places = [Int](repeating: 0, count: 2049)
      for bucket in source { places[digit(bucket) + 1] += 1 }
      for index in 1...2048 { places[index] += places[index - 1] }
      for bucket in source {
        target[places[digit(bucket)]] = bucket
        places[digit(bucket)] += 1
      }
      swap(&source, &target)
    }
    return source
  }

  private static func union(
    _ a: [(bucket: Int32, count: Int)], _ b: [(bucket: Int32, count: Int)]
  ) -> [(bucket: Int32, count: Int)] {
    if a.isEmpty { return b }
    if b.isEmpty { return a }
    var result: [(bucket: Int32, count: Int)] = []
    result.reserveCapacity(a.count + b.count)
    var (left, right) = (a[...], b[...])
    while let first = left.first, let second = right.first {
      if first.bucket == second.bucket {
        result.append((first.bucket, first.count + second.count))
        left.removeFirst()
        right.removeFirst()
      } else if first.bucket < second.bucket {
        result.append(first)
        left.removeFirst()
      } else {
        result.append(second)
        right.removeFirst()
      }
    }
    return result + left + right
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
