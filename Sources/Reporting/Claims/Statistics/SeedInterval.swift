import LibC

/// The mean of a quantity over repetitions with other seeds, and its 95 % confidence interval
/// mean ± t₀.₉₇₅(n−1)·s/√n (Student), for which two repetitions are the least.
package struct SeedInterval: Hashable {
  package let mean: Double
  /// Half the width; `nil` with one repetition.
  package let halfWidth: Double?
  package let count: Int

  /// `nil` without values.
  package init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    mean = values.reduce(0, +) / Double(count)
    guard count > 1 else {
      halfWidth = nil
      return
    }
    let square = values.reduce(0) { [mean] in $0 + ($1 - mean) * ($1 - mean) }
    let error = (square / Double(count - 1) / Double(count)).squareRoot()
    halfWidth = Self.quantile(degreesOfFreedom: count - 1) * error
  }

  /// Whether the whole interval lies above zero.
  package var isPositive: Bool { halfWidth.map { mean - $0 > 0 } ?? false }
  /// Whether the whole interval lies below zero.
  package var isNegative: Bool { halfWidth.map { mean + $0 < 0 } ?? false }

  /// `0.42 ± 0.03`.
  package func text(_ format: NumberFormat) -> String {
    format.text(mean) + (halfWidth.map { " ± \(format.text($0))" } ?? "")
  }

  /// The t that a variable of Student's distribution exceeds with probability 2.5 %.
  package static func quantile(degreesOfFreedom: Int) -> Double {
    // P[|T| < t] grows with t: bisection finds it to the last bit.
    var (low, high) = (0.0, 1000.0)
    while true {
      let middle = low + (high - low) / 2
      if middle == low || middle == high { return middle }
      if centralProbability(middle, degreesOfFreedom) < 0.95 { low = middle } else { high = middle }
    }
  }

  /// P[|T| < t] for a whole number of degrees of freedom, by its finite series.
  ///
  /// Source: Abramowitz & Stegun, 26.7.3 and 26.7.4.
  private static func centralProbability(_ t: Double, _ freedom: Int) -> Double {
    let angle = atan(t / Double(freedom).squareRoot())
    let (sine, cosine) = (sin(angle), cos(angle))
    let isOdd = freedom % 2 == 1
    var term = isOdd ? cosine : 1
    var sum = freedom == 1 ? 0 : term
    var index = isOdd ? 3 : 2
    while index < freedom {
      term *= cosine * cosine * Double(index - 1) / Double(index)
      sum += term
      index += 2
    }
    return isOdd ? 2 / Double.pi * (angle + sine * sum) : sine * sum
  }
}
