/// What was measured over seeds, and where the 95 % interval of its mean is expected to lie.
package struct IntervalCheck: Sendable {
  /// What tells it from others, by the headings of columns.
  package var setting: [(axis: String, value: String)]
  /// Over seeds.
  package var measured: [Double]
  /// An end may be infinite.
  package var expected: ClosedRange<Double>

  package init(
    _ setting: [(axis: String, value: String)], measured: [Double],
    expected: ClosedRange<Double>
  ) {
    self.setting = setting
    self.measured = measured
    self.expected = expected
  }

  /// One that expects an interval above a bound.
  package init(
    _ setting: [(axis: String, value: String)], measured: [Double], above bound: Double = 0
  ) {
    self.init(setting, measured: measured, expected: bound.nextUp...(.infinity))
  }

  /// One that expects an interval below a bound.
  package init(
    _ setting: [(axis: String, value: String)], measured: [Double], below bound: Double
  ) {
    self.init(setting, measured: measured, expected: -.infinity...bound.nextDown)
  }

  /// Agrees where the whole interval lies as expected, disagrees where it is wholly elsewhere.
  /// Without two seeds, or where a value is not a number, nothing is settled.
  package var outcome: Finding.Outcome {
    guard let interval = SeedInterval(measured), let half = interval.halfWidth,
      interval.mean.isFinite
    else { return .inconclusive }
    let (low, high) = (interval.mean - half, interval.mean + half)
    if expected.contains(low), expected.contains(high) { return .agrees }
    return high < expected.lowerBound || low > expected.upperBound ? .disagrees : .inconclusive
  }

  /// `above 0`, `1.95 … 2.05`.
  fileprivate var expectation: String {
    let format = NumberFormat.significant(3)
    // One-sided ranges begin and end beside their bound.
    if expected.upperBound == .infinity {
      return "above \(format.text(expected.lowerBound.nextDown))"
    }
    if expected.lowerBound == -.infinity {
      return "below \(format.text(expected.upperBound.nextUp))"
    }
    return "\(format.text(expected.lowerBound)) … \(format.text(expected.upperBound))"
  }
}

extension Finding {
  /// What intervals say together, with a row for each.
  package init(
    _ checks: [IntervalCheck], of quantity: String, name: String, caption: String,
    remark: String = ""
  ) {
    let outcomes = checks.map(\.outcome)
    let words = outcomes.map { outcome in
      switch outcome {
      case .agrees: "yes"
      case .disagrees: "no"
      case .inconclusive: "open"
      }
    }
    let open = words.count { $0 == "open" }
    let axes = checks.first?.setting.map(\.axis) ?? []
    self.init(
      verdict: Finding.verdict(outcomes),
      sentence: "\(words.count { $0 == "yes" }) of \(checks.count) intervals lie as expected"
        + (open > 0 ? ", \(open) settle nothing." : ".") + (remark.isEmpty ? "" : " " + remark),
      table: Table(
        name: name, caption: caption,
        columns: axes.map { .init($0, $0, isNumeric: false) } + [
          .init("repetitions", "seeds"), .init("measured", quantity, isNumeric: false),
          .init("expected", "expected", isNumeric: false),
          .init("agrees", "agrees", isNumeric: false),
        ],
        rows: zip(checks, words).map { check, word in
          check.setting.map { .text($0.value) } + [
            .integer(check.measured.count),
            .init(SeedInterval(check.measured).map { $0.text(.significant(4)) }),
            .text(check.expectation), .text(word),
          ]
        }))
  }
}
