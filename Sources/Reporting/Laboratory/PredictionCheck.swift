/// Something measured beside what is predicted of it, and how near it has to be.
package struct PredictionCheck: Sendable {
  /// What tells it from others, by the headings of columns.
  package var setting: [(axis: String, value: String)]
  /// Over seeds or starts.
  package var measured: [Double]
  package var predicted: Double?
  /// What must be at most the tolerance.
  package var deviation: Double
  package var tolerance: Double

  package init(
    _ setting: [(axis: String, value: String)], measured: [Double], predicted: Double?,
    deviation: Double, tolerance: Double
  ) {
    self.setting = setting
    self.measured = measured
    self.predicted = predicted
    self.deviation = deviation
    self.tolerance = tolerance
  }

  /// One whose every value must be as near to the prediction as the tolerance says.
  package init(
    _ setting: [(axis: String, value: String)], measured: [Double], predicted: Double,
    tolerance: Double
  ) {
    let deviation = measured.map { abs($0 - predicted) }.reduce(0, max)
    self.init(
      setting, measured: measured, predicted: predicted,
      deviation: measured.contains { !$0.isFinite } ? .infinity : deviation,
      tolerance: tolerance)
  }

  package var agrees: Bool { deviation <= tolerance }

  /// The deviation in units of its limit.
  fileprivate var excess: Double {
    guard !deviation.isNaN else { return .infinity }
    return tolerance > 0 ? deviation / tolerance : deviation > 0 ? .infinity : 0
  }
}

extension Finding {
  /// What checks say together, with a row for each: the mean of what was measured with its 95 %
  /// interval over seeds, the prediction, the deviation and its limit.
  package init(
    _ checks: [PredictionCheck], of quantity: String, deviation: String, name: String,
    caption: String, remark: String = ""
  ) {
    let passed = checks.count(where: \.agrees)
    let axes = checks.first?.setting.map(\.axis) ?? []
    let worst = checks.max { $0.excess < $1.excess }.map {
      NumberFormat.significant(2).text($0.deviation)
    }
    self.init(
      verdict: Finding.verdict(checks.map { $0.agrees ? .agrees : .disagrees }),
      sentence: "\(passed) of \(checks.count) settings agree; the largest deviation is "
        + (worst ?? "unknown") + ".\(remark.isEmpty ? "" : " " + remark)",
      table: Table(
        name: name, caption: caption,
        columns: axes.map { .init($0, $0, isNumeric: false) } + [
          .init("repetitions", "starts"), .init("measured", quantity, isNumeric: false),
          .init("predicted", "predicted", format: .significant(9)),
          .init("deviation", deviation, format: .significant(2)),
          .init("tolerance", "limit", format: .significant(2)),
          .init("agrees", "agrees", isNumeric: false),
        ],
        rows: checks.map { check in
          check.setting.map { .text($0.value) } + [
            .integer(check.measured.count),
            .init(SeedInterval(check.measured).map { $0.text(.significant(6)) }),
            .init(check.predicted), .number(check.deviation), .number(check.tolerance),
            .text(check.agrees ? "yes" : "no"),
          ]
        }))
  }
}
