import Reporting
import Testing

/// Verdicts of what is measured beside predictions, and the statistics of shares.
@Suite struct PredictionCheckTests {
  private func finding(_ deviations: [Double], tolerance: Double = 0.1) -> Finding {
    Finding(
      deviations.enumerated().map { index, deviation in
        PredictionCheck(
          [("case", "\(index)")], measured: [1 + deviation, 1 - deviation], predicted: 1,
          tolerance: tolerance)
      }, of: "loss", deviation: "largest", name: "a", caption: "A")
  }

  @Test func aPredictionThatFailsEverywhereIsContradicted() {
    let refuted = finding([0.5, 0.3])
    #expect(refuted.verdict == .contradicted)
    #expect(refuted.sentence == "0 of 2 settings agree; the largest deviation is 0.5.")
    #expect(refuted.table.rows.allSatisfy { $0.last == .text("no") })
  }

  @Test func oneThatFailsSomewhereIsMixed() {
    #expect(finding([0.5, 0.01]).verdict == .mixed)
    #expect(finding([0.05, 0.01]).verdict == .supported)
  }

  @Test func whatIsNoNumberAgreesWithNothing() {
    #expect(finding([.nan]).verdict == .contradicted)
    let check = PredictionCheck([], measured: [], predicted: nil, deviation: .nan, tolerance: 1)
    #expect(!check.agrees)
  }

  @Test func aLimitOfZeroIsKeptByZeroAlone() {
    #expect(finding([0], tolerance: 0).verdict == .supported)
    #expect(finding([1e-300, 1], tolerance: 0).verdict == .mixed)
  }

  /// Bounds by the formula's own arithmetic, as R's binom package prints them.
  @Test(arguments: [(12, 20, 0.3865815, 0.7811934), (0, 10, 0, 0.2775328), (5, 5, 0.5655175, 1)])
  func wilsonInterval(hits: Int, count: Int, low: Double, high: Double) {
    let share = ShareInterval(hits: hits, of: count)
    #expect(abs(share.low - low) < 1e-6 && abs(share.high - high) < 1e-6)
  }

  @Test func fishersTea() {
    // The lady who tasted tea: three of four right, p = 17/70.
    let (first, second) = (ShareInterval(hits: 3, of: 4), ShareInterval(hits: 1, of: 4))
    #expect(abs(ShareInterval.isLarger(first, than: second) - 17.0 / 70) < 1e-12)
    #expect(abs(ShareInterval.isLarger(second, than: first) - 69.0 / 70) < 1e-12)
  }
}

/// Verdicts of intervals over seeds.
@Suite struct IntervalCheckTests {
  private func verdict(_ groups: [[Double]], _ expected: ClosedRange<Double>) -> Finding.Verdict {
    Finding(
      groups.enumerated().map { index, measured in
        IntervalCheck([("case", "\(index)")], measured: measured, expected: expected)
      }, of: "slope", name: "a", caption: "A"
    ).verdict
  }

  @Test func aWholeIntervalDecides() {
    #expect(verdict([[1.99, 2.01, 2]], 1.9...2.1) == .supported)
    #expect(verdict([[3.99, 4.01, 4]], 1.9...2.1) == .contradicted)
    #expect(verdict([[1.99, 2.01, 2], [3.99, 4.01, 4]], 1.9...2.1) == .mixed)
  }

  @Test func whatReachesOverTheEdgeSettlesNothing() {
    #expect(verdict([[1, 3]], 1.9...2.1) == .inconclusive)
    // Neither does one seed, nor what is no number.
    #expect(verdict([[2]], 1.9...2.1) == .inconclusive)
    #expect(verdict([[2, .nan]], 1.9...2.1) == .inconclusive)
    #expect(verdict([[]], 1.9...2.1) == .inconclusive)
  }

  @Test func boundsAreOpen() {
    #expect(IntervalCheck([], measured: [0, 0]).outcome == .disagrees)
    #expect(IntervalCheck([], measured: [1, 1]).outcome == .agrees)
    #expect(IntervalCheck([], measured: [-1, -1], below: 0).outcome == .agrees)
    let finding = Finding(
      [IntervalCheck([("pair", "a")], measured: [0.5, 0.51, 0.52], above: 0.2)], of: "difference",
      name: "a", caption: "A")
    #expect(finding.sentence == "1 of 1 intervals lie as expected.")
    #expect(finding.table.rows[0].contains(.text("above 0.2")))
    let aboutZero = Finding(
      [IntervalCheck([], measured: [1, 1]), IntervalCheck([], measured: [1, 1], below: 0)],
      of: "difference", name: "a", caption: "A")
    #expect(aboutZero.table.rows[0].contains(.text("above 0")))
    #expect(aboutZero.table.rows[1].contains(.text("below 0")))
  }
}
