import Foundation

/// A logarithmic axis with a place of its own for zero, to the left of (or below) all powers.
struct LogarithmicAxis {
  private let lowest: Double
  private let highest: Double
  /// Whether zero is among the values.
  let hasZero: Bool
  private let isVertical: Bool

  /// An axis for the finite values ≥ 0 among `values`; `nil` where none is positive.
  init?(_ values: some Sequence<Double>, isVertical: Bool = false) {
    let usable = values.filter { $0.isFinite && $0 >= 0 }
    let positive = usable.filter { $0 > 0 }
    guard let lowest = positive.min(), let highest = positive.max() else { return nil }
    // What is nearly constant is drawn as such: at least a twentieth of a decade is in sight, so
    // that ticks are told apart by few digits.
    let widening = max(0, 0.05 - log10(highest / lowest)) / 2
    self.lowest = lowest / pow(10, widening)
    self.highest = highest * pow(10, widening)
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
    if count > 3 || (count > 1 && (first < -3 || last > 4)) {
      let step = (count + 6) / 7
      return (first...last).map { exponent in
        let isLabelled = (last - exponent).isMultiple(of: step)
        let label = isLabelled ? GnuplotText.powerOfTen(exponent) : ""
        return "'\(label)' 1e\(exponent)\(isLabelled ? "" : " 1")"
      }
    }
    // Few powers in sight: 1, 2 and 5 times each; between two of them, round numbers.
    let exponents = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    var ticks = exponents.flatMap { exponent in
      [1, 2, 5].map { Double("\($0)e\(exponent)") ?? 0 }
    }
    .filter { $0 >= low && $0 <= high }
    if ticks.count < 3 { ticks = LinearAxis.roundNumbers(from: low, to: high) }
    // Beside each other they need more room than above each other.
    if !isVertical, ticks.count > 7 {
      ticks = exponents.map { Double("1e\($0)") ?? 0 }.filter { $0 >= low && $0 <= high }
    }
    return ticks.map { "'\(label($0))' \($0)" }
  }

  /// At most four digits, as few as write the number; epochs and counts without a power of ten.
  private func label(_ value: Double) -> String {
    if let whole = Int(exactly: value), 1..<10_000 ~= whole { return String(whole) }
    for digits in 1..<5 {
      let text = NumberFormat.significant(digits).text(value)
      if let shown = Double(text.replacing("−", with: "-")), abs(shown - value) <= 1e-9 * value {
        return text
      }
    }
    return NumberFormat.significant(4).text(value)
  }
}
