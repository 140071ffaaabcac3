/// How a test accuracy goes by steps over seeds: how high it comes after a step, where it ends, and
/// whether it rests there.
package struct AccuracyTransient: Sendable {
  package struct Moment: Sendable, Hashable {
    package var step: Int
    package var accuracy: Double

    package init(step: Int, accuracy: Double) {
      self.step = step
      self.accuracy = accuracy
    }
  }

  /// The highest of every seed.
  package let peaks: [Double]
  /// The last of every seed.
  package let ends: [Double]
  /// What the last is more than before the last fifth of the steps.
  package let drifts: [Double]

  /// - Parameters:
  ///   - courses: of every seed its moments by rising steps; one without two after `start` is left out.
  ///   - start: the step after which they count.
  package init(_ courses: [[Moment]], after start: Int) {
    let counted = courses.map { $0.filter { $0.step > start } }.filter { $0.count > 1 }
    // A value that is no number makes what is made of it none, so that it settles nothing.
    peaks = counted.map { course in
      course.map(\.accuracy).reduce(-.infinity) { $1 <= $0 || $0.isNaN ? $0 : $1 }
    }
    ends = counted.map { $0[$0.count - 1].accuracy }
    drifts = counted.map { course in
      let last = course[course.count - 1]
      let before = last.step - (last.step - start) / 5
      let earlier = course.last { $0.step <= before } ?? course[0]
      return last.accuracy - earlier.accuracy
    }
  }

  /// That the accuracy is passing: the highest is above one bound and the last below another, and rests
  /// there. The verdict is on the highest and the last; where the last is not at rest, nothing is said of it.
  package func finding(
    above upper: Double, below lower: Double, restingWithin tolerance: Double, name: String,
    caption: String, remark: String = ""
  ) -> Finding {
    func setting(_ text: String) -> [(axis: String, value: String)] { [("accuracy", text)] }
    let peak = IntervalCheck(setting("highest"), measured: peaks, above: upper)
    let end = IntervalCheck(setting("last"), measured: ends, below: lower)
    let rest = IntervalCheck(
      setting("change over the last fifth of the steps"), measured: drifts,
      expected: -tolerance...tolerance)
    let isAtRest = rest.outcome == .agrees
    var finding = Finding(
      [peak, end, rest], of: "accuracy", name: name, caption: caption,
      remark: (isAtRest ? "" : "Where it ends is open: it does not rest there. ") + remark)
    finding.verdict = Finding.verdict([peak.outcome, isAtRest ? end.outcome : .inconclusive])
    return finding
  }
}
