/// Median and range of a value over repetitions.
public struct Spread: Sendable, Hashable {
  public var median: Double
  public var low: Double
  public var high: Double
  /// Number of values.
  public var count: Int

  /// The spread of the finite numbers among `values`; `nil` where there is none.
  public init?(_ values: some Sequence<Double>) {
    let sorted = values.filter(\.isFinite).sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let middle = sorted.count / 2
    median =
      sorted.count.isMultiple(of: 2)
      ? sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2 : sorted[middle]
    low = first
    high = last
    count = sorted.count
  }
}
