import Foundation

/// How a number is written for people; files for programs get every digit.
public enum NumberFormat: Sendable, Hashable {
  /// So many significant digits, with a power of ten where the number is very large or small.
  case significant(Int)
  /// So many digits after the point.
  case fixed(Int)
  /// A share of one as a percentage, with so many digits after the point.
  case percent(Int)

  /// The text of `value`: `0.0225`, `3.1e−5`, `99.8%`.
  public func text(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "undefined" : value < 0 ? "−∞" : "∞" }
    let text =
      switch self {
      case .significant(let digits):
        // C writes at least two digits of the exponent: 1e-05.
        String(format: "%.\(digits)g", value).replacing("e-0", with: "e-")
          .replacing("e+0", with: "e").replacing("e+", with: "e")
      case .fixed(let digits): String(format: "%.\(digits)f", value)
      case .percent(let digits): NumberFormat.percentage(value, digits)
      }
    let isZero = !text.contains { ("1"..."9").contains($0) }
    return (isZero ? String(text.drop { $0 == "-" }) : text)
      .replacingOccurrences(of: "-", with: "−")
  }

  /// A share just below one is not shown as 100 %: that would claim there is no error.
  private static func percentage(_ value: Double, _ digits: Int) -> String {
    let shown = (value < 1) ? min(100 * value, 100 - pow(10, -Double(digits))) : 100 * value
    return String(format: "%.\(digits)f%%", shown)
  }
}
