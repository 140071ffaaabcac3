/// A linear axis around some values, with a little room at both ends.
struct LinearAxis {
  private let low: Double
  private let high: Double

  /// - Parameter including: values that must be in sight beside the data: an ideal.
  init?(_ values: some Sequence<Double>, including others: [Double] = []) {
    let all = (values.filter(\.isFinite) + others).sorted()
    guard let first = all.first, let last = all.last else { return nil }
    let margin = max(0.06 * (last - first), 1e-3 * max(abs(first), abs(last)), 1e-12)
    low = first - margin
    high = last + margin
  }

  /// The command that sets the range of `axis` (`x` or `y`).
  func command(for axis: String) -> String { "set \(axis)range [\(low):\(high)]" }
}
