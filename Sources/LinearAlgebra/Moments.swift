/// How many numbers there are, their mean, and the sum of their squared deviations from it: merged by
/// Chan's update, so nothing is a difference of large sums.
public struct Moments: Sendable, Hashable, Codable {
  public private(set) var count = 0
  public private(set) var mean = 0.0
  public private(set) var squaredDeviations = 0.0

  public init() {}

  /// Of an array's numbers; eight sums side by side, joined in pairs, whatever the processor.
  public init(_ values: [Double]) {
    self = values.withUnsafeBufferPointer { Moments($0) }
  }

  /// Of numbers that lie side by side.
  public init(_ values: UnsafeBufferPointer<Double>) {
    count = values.count
    guard count > 0 else { return }
    // About the first, so that equal numbers have exactly their value as mean.
    let origin = values[0]
    mean = origin + Moments.sum(values) { $0 - origin } / Double(count)
    let center = mean
    squaredDeviations = Moments.sum(values) { ($0 - center) * ($0 - center) }
  }

  @inline(__always)
  private static func sum(
    _ values: UnsafeBufferPointer<Double>, of term: (SIMD8<Double>) -> SIMD8<Double>
  ) -> Double {
    var sums = SIMD8<Double>.zero
    let whole = values.count & ~7
    let base = UnsafeRawPointer(values.baseAddress!)
    for index in stride(from: 0, to: whole, by: 8) {
      let eight = base.loadUnaligned(fromByteOffset: index * 8, as: SIMD8<Double>.self)
      sums += term(eight)
    }
    var rest = 0.0
    for index in whole..<values.count { rest += term(SIMD8(repeating: values[index]))[0] }
    let four = sums.lowHalf + sums.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1] + rest
  }

  public mutating func merge(_ other: Moments) {
    guard other.count > 0 else { return }
    guard count > 0 else { return self = other }
    let total = Double(count + other.count)
    let difference = other.mean - mean
    let share = Double(other.count) / total
    mean += difference * share
    squaredDeviations +=
      other.squaredDeviations + difference * difference * Double(count) * share
    count += other.count
  }

  /// The mean of the squared deviations.
  public var variance: Double { squaredDeviations / Double(count) }
  public var deviation: Double { variance.squareRoot() }
}

/// Adds the mean of `otherCount` vectors to that of `count`, by Chan's update: the first samples
/// are copied exactly, for the mean of none is taken for zero.
public func mergeMeans(
  _ mean: UnsafeMutablePointer<Double>, count: Int, with other: UnsafePointer<Double>,
  count otherCount: Int, columns: Int
) {
  guard count > 0 else { return mean.update(from: other, count: columns) }
  let share = Double(otherCount) / Double(count + otherCount)
  for column in 0..<columns { mean[column] += (other[column] - mean[column]) * share }
}
