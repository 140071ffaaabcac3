import Foundation

/// A logarithmic axis with a place of its own for zero, to the left of (or below) all powers.
struct LogarithmicAxis {
  private let lowest: Double
  private let highest: Double
  private let hasZero: Bool
  private let isVertical: Bool

  /// An axis for the finite values ≥ 0 among `values`; `nil` where none is positive.
  init?(_ values: some Sequence<Double>, isVertical: Bool = false) {
    let usable = values.filter { $0.isFinite && $0 >= 0 }
    let positive = usable.filter { $0 > 0 }
    guard let lowest = positive.min(), let highest = positive.max() else { return nil }
    self.lowest = lowest
    self.highest = highest
    hasZero = usable.contains(0)
    self.isVertical = isVertical
  }

  /// Where `value` is drawn; `nil` for what has no place: negative and infinite values.
  func position(_ value: Double?) -> Double? {
    guard let value, value.isFinite, value >= 0 else { return nil }
    return value > 0 ? value : zeroPosition
  }

  /// The decades an axis spans, at least a third so that one value does not make an empty range.
  private var decades: Double { max(log10(highest / lowest), 1.0 / 3) }

  /// Zero stands a tenth of the axis before the lowest value, at least half a decade.
  private var zeroPosition: Double { lowest / pow(10, max(0.5, decades * 0.12)) }

  /// The commands that set the range and the ticks of `axis` (`x` or `y`).
  func commands(for axis: String) -> [String] {
    let margin = pow(10, decades * 0.06)
    let low = (hasZero ? zeroPosition : lowest) / margin
    let high = highest * margin
    var commands = ["set logscale \(axis)", "set \(axis)range [\(low):\(high)]"]
    var ticks = labelledTicks(from: hasZero ? lowest / margin : low, to: high)
    if hasZero { ticks.insert("'0' \(zeroPosition)", at: 0) }
    commands.append("set \(axis)tics (\(ticks.joined(separator: ", ")))")
    return commands
  }

  private func labelledTicks(from low: Double, to high: Double) -> [String] {
    let first = Int(log10(low).rounded(.up))
    let last = Int(log10(high).rounded(.down))
    let count = last - first + 1
    if count >= 2 {
      let step = (count + 6) / 7
      return (first...last).map { exponent in
        let isLabelled = (last - exponent).isMultiple(of: step)
        let label = isLabelled ? GnuplotText.powerOfTen(exponent) : ""
        return "'\(label)' 1e\(exponent)\(isLabelled ? "" : " 1")"
      }
    }
    // Less than two powers in sight: 1, 2 and 5 times each.
    let exponents = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    var candidates = exponents.flatMap { exponent in
      [1, 2, 5].map { Double($0) * pow(10, Double(exponent)) }
    }
    .filter { $0 >= low && $0 <= high }
    if candidates.count < 2 { candidates = evenTicks(from: low, to: high) }
    let labels = distinctLabels(candidates)
    return zip(labels, candidates).map { "'\($0)' \($1)" }
  }

  /// Two to six round numbers on so short an axis that it is almost linear.
  private func evenTicks(from low: Double, to high: Double) -> [Double] {
    let power = pow(10, log10((high - low) / 5).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { (high - low) / $0 <= 5 } ?? 10 * power
    return (Int((low / step).rounded(.up))...Int((high / step).rounded(.down)))
      .map { Double($0) * step }
  }

  /// With as many digits as tell the numbers apart: two where that is enough.
  private func distinctLabels(_ values: [Double]) -> [String] {
    for digits in 2..<12 {
      let labels = values.map { NumberFormat.significant(digits).text($0) }
      let areExact = zip(labels, values).allSatisfy {
        abs((Double($0.replacing("−", with: "-")) ?? 0) - $1) <= 1e-6 * $1
      }
      if areExact && Set(labels).count == labels.count { return labels }
    }
    return values.map { "\($0)" }
  }
}
