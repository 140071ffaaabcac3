import Foundation

/// A linear axis around some values, with a little room at both ends and ticks of one style.
struct LinearAxis {
  private let low: Double
  private let high: Double

  /// - Parameter including: values that must be in sight beside the data: an ideal.
  init?(_ values: some Sequence<Double>, including others: [Double] = []) {
    let all = (values.filter(\.isFinite) + others).sorted()
    guard let first = all.first, let last = all.last else { return nil }
    // What is nearly constant is drawn as such: at least a fiftieth of the value is in sight, so
    // that ticks are told apart by few digits.
    let span = max(last - first, 0.02 * max(abs(first), abs(last)), 1e-12)
    let middle = first + (last - first) / 2
    low = middle - 0.56 * span
    high = middle + 0.56 * span
  }

  /// The commands that set the range and the ticks of `axis` (`x` or `y`).
  func commands(for axis: String) -> [String] {
    let ticks = Self.roundNumbers(from: low, to: high)
    let digits = Self.decimals(ticks)
    let labels = ticks.map { NumberFormat.fixed(digits).text($0) }
    let isReadable = digits <= 6 && labels.allSatisfy { $0.count <= 8 }
    let texts = isReadable ? labels : ticks.map { NumberFormat.significant(3).text($0) }
    return [
      "set \(axis)range [\(low):\(high)]",
      "set \(axis)tics ("
        + zip(texts, ticks).map { "'\($0)' \($1)" }.joined(separator: ", ") + ")",
    ]
  }

  /// Two to six multiples of 1, 2 or 5 times a power of ten.
  static func roundNumbers(from low: Double, to high: Double) -> [Double] {
    let power = pow(10, log10((high - low) / 5).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { (high - low) / $0 <= 5 } ?? 10 * power
    let first = (low / step).rounded(.up)
    let last = (high / step).rounded(.down)
    guard last >= first, last - first < 20 else { return [low] }
    return stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
  }

  /// The decimals that tell the numbers apart and write each as it is.
  private static func decimals(_ ticks: [Double]) -> Int {
    (0...6).first { digits in
      let scale = pow(10, Double(digits))
      return ticks.allSatisfy { abs(($0 * scale).rounded() - $0 * scale) <= 1e-6 * scale * abs($0) }
    } ?? 7
  }
}
