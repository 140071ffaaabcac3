import Reporting
import Testing

/// What is said of accuracies by steps.
@Suite struct AccuracyTransientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// After the switch at 10, at 20, 30 … 110, of three seeds that differ by `spread`.
    let accuracies: [Double]
    var spread = 0.001
    var seeds = 3
    let verdict: Finding.Verdict
  }

  static let cases = [
    Case(
      testDescription: "high and then low",
      accuracies: [0.4, 0.7, 0.5, 0.3, 0.25, 0.2, 0.2, 0.2, 0.2, 0.2], verdict: .supported),
    Case(
      testDescription: "high and stays there",
      accuracies: [0.4, 0.6, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7], verdict: .mixed),
    Case(
      testDescription: "never high, and not low in the end",
      accuracies: [0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4], verdict: .contradicted),
    Case(
      testDescription: "low throughout",
      accuracies: [0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2], verdict: .mixed),
    Case(
      testDescription: "never high, and still falling where it is low",
      accuracies: [0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.25, 0.1], verdict: .contradicted),
    Case(
      testDescription: "seeds too far apart",
      accuracies: [0.4, 0.7, 0.5, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3], spread: 0.3,
      verdict: .inconclusive),
    Case(
      testDescription: "one seed",
      accuracies: [0.4, 0.7, 0.5, 0.3, 0.25, 0.2, 0.2, 0.2, 0.2, 0.2], seeds: 1,
      verdict: .inconclusive),
    Case(
      testDescription: "not a number",
      accuracies: [0.4, .nan, 0.5, 0.3, 0.25, 0.2, 0.2, 0.2, 0.2, .nan], verdict: .inconclusive),
  ]

  private static func transient(
    _ accuracies: [Double], spread: Double = 0.001, seeds: Int = 3
  ) -> AccuracyTransient {
    AccuracyTransient(
      (0..<seeds).map { seed in
        // What is before the switch does not count, however high.
        [.init(step: 0, accuracy: 0.9), .init(step: 10, accuracy: 0.9)]
          + accuracies.enumerated().map { index, accuracy in
            .init(step: 10 * index + 20, accuracy: accuracy + spread * Double(seed - 1))
          }
      }, after: 10)
  }

  @Test(arguments: cases)
  func verdictsFollowTheCourse(item: Case) {
    let transient = Self.transient(item.accuracies, spread: item.spread, seeds: item.seeds)
    let finding = transient.finding(
      above: 0.6, below: 0.3, restingWithin: 0.05, name: "a", caption: "b")
    #expect(finding.verdict == item.verdict, "\(finding.sentence)")
    #expect(finding.table.rows.count == 3)
  }

  @Test func highestLastAndChangeAreOfEachSeed() {
    let transient = Self.transient([0.4, 0.7, 0.5, 0.3, 0.25, 0.2, 0.2, 0.26, 0.2, 0.1], seeds: 1)
    // The last fifth of 100 steps begins at 90, where the accuracy is 0.26; a seed's shift cancels.
    #expect(transient.peaks == [0.7 - 0.001] && transient.ends == [0.1 - 0.001])
    #expect(abs(transient.drifts[0] + 0.16) < 1e-12)
    let open = transient.finding(
      above: 0.6, below: 0.3, restingWithin: 0.05, name: "a", caption: "b", remark: "c.")
    #expect(open.sentence.contains("does not rest there") && open.sentence.hasSuffix("c."))
    #expect(AccuracyTransient([[.init(step: 20, accuracy: 1)], []], after: 10).peaks.isEmpty)
  }
}
