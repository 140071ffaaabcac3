/// How many numbers there are, their mean, and the sum of their squared deviations from it: merged by
/// Chan's update, so nothing is a difference of large sums.
public struct Moments: Sendable, Hashable, Codable {
  public private(set) var count = 0
  public private(set) var mean = 0.0
  public private(set) var squaredDeviations = 0.0

  public init() {}

  public init(_ values: some Collection<Double>) {
    count = values.count
    guard count > 0 else { return }
    // About the first, so that equal numbers have exactly their value as mean.
    let origin = values.first!
    mean = origin + values.reduce(0) { $0 + ($1 - origin) } / Double(count)
    squaredDeviations = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
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
