import CollapseCore
import NeuralCollapse
import Reporting
import Testing

/// What the page says of the paper's claims follows the runs, whichever way they point.
@Suite struct ClaimTests {
  private static let study = SyntheticStudy(batchNormalizations: ["all", "last", "none"])

  private func verdicts(_ report: StudyReport) -> [String: Finding.Verdict] {
    Dictionary(
      uniqueKeysWithValues: report.claims.compactMap { claim in
        claim.finding.map { (claim.name, $0.verdict) }
      })
  }

  @Test func runsThatBehaveAsClaimedSupportTheClaims() {
    let verdicts = verdicts(Self.study.report)
    #expect(verdicts["weight-decay"] == .supported)
    #expect(verdicts["batch-normalization"] == .supported)
    #expect(verdicts["certificate"] == .supported)
    #expect(verdicts["near-optimality"] != .contradicted)
  }

  @Test func exchangedWeightDecaysContradictTheTrend() {
    var report = Self.study.report
    let decays = Set(report.runs.compactMap(\.facts.weightDecay)).sorted()
    for index in report.runs.indices {
      let place = decays.firstIndex(of: report.runs[index].facts.weightDecay!)!
      report.runs[index].facts.weightDecay = decays[decays.count - 1 - place]
    }
    #expect(verdicts(report)["weight-decay"] == .contradicted)
  }

  @Test func exchangedNormalizationsContradictTheComparison() {
    var report = SyntheticStudy().report
    for index in report.runs.indices {
      report.runs[index].facts.normalization = Normalization(
        report.runs[index].facts.normalization?.placement == .all ? .none : .all)
    }
    #expect(verdicts(report)["batch-normalization"] == .contradicted)
  }

  /// Ten classes: 1/√10 = 0.316; the made-up runs turn trivial at 0.05, far below half of it.
  @Test func aThresholdFarFromTheTheoryIsSaidToBe() {
    #expect(verdicts(Self.study.report)["trivial-solution"] == .contradicted)
  }

  @Test func oneViolationContradictsTheCertificate() {
    var report = Self.study.report
    let measures = report.runs[7].measurements.indices.last {
      report.runs[7].measurements[$0].split == "train"
    }!
    let index = report.runs[7].measurements[measures].report.measures.firstIndex {
      $0.key == "within_norm_fraction"
    }!
    report.runs[7].measurements[measures].report.measures[index].measurement = .value(0.999)
    #expect(verdicts(report)["certificate"] == .contradicted)
  }

  /// One seed has no interval, so no comparison is made.
  @Test func oneSeedIsNoEvidence() {
    let verdicts = verdicts(SyntheticStudy(seeds: [1]).report)
    #expect(verdicts["weight-decay"] == nil)
    #expect(verdicts["batch-normalization"] == nil)
  }

  @Test func aStudyOfOneRunTestsNothingOfTrends() {
    let report = SyntheticStudy(
      batchNormalizations: [nil], weightDecays: [nil], seeds: [1], epochs: [3],
      hasProjections: false
    ).report
    let untested = report.claims.filter { $0.finding == nil }.map(\.name)
    #expect(untested == ["near-optimality", "terminal-phase"])
    #expect(
      report.text(as: .markdown).contains(
        "**not tested**: missing: five runs of one setting, whatever their weight decays; five "
          + "runs with the regularized loss and measures at four epochs, or with zero training "
          + "error."))
  }

  /// A message names what is missing, and only that.
  @Test(arguments: [
    (["none"], [1, 2], [0, 1e-4, 1e-3], "missing: batch normalization."),
    (["all"], [1], [0, 1e-4, 1e-3], "missing: two seeds."),
    (["all"], [1, 2], [0, 1e-4], "missing: three weight decays; three weight decays with zero"),
  ]) func anUntestedClaimSaysWhichOfItsConditionsIsMissing(
    normalizations: [String], seeds: [UInt64], decays: [Double], message: String
  ) {
    let report = SyntheticStudy(
      batchNormalizations: normalizations, weightDecays: decays, seeds: seeds
    ).report
    let reason = report.claims.first { $0.name == "weight-decay" }?.reason ?? ""
    #expect("\(reason).".hasPrefix(message), "\(reason)")
  }

  /// A study over something else is asked what is about any study, and what it names.
  @Test func aStudySaysWhichClaimsItIsAbout() {
    var report = SyntheticStudy(batchNormalizations: ["all"], weightDecays: [1e-3]).report
    for index in report.runs.indices {
      report.runs[index].facts.options["training.optimizer.kind"] =
        .word(index.isMultiple(of: 2) ? "adam" : "sgd")
    }
    #expect(
      report.claims.map(\.name) == ["near-optimality", "certificate", "terminal-phase"])
    report.about = ["weight-decay", "papyan-han-donoho"]
    #expect(report.claims.map(\.name) == ["weight-decay", "terminal-phase"])
    #expect(report.text(as: .markdown).contains("## Claims of Pan & Cao 2023, arXiv 2309.04644"))
    #expect(report.text(as: .markdown).contains("Papyan, Han & Donoho 2020, arXiv 2008.08186"))
  }
}

/// The statistics behind the verdicts, against tables and counts by hand.
@Suite struct ClaimStatisticsTests {
  /// Student's t₀.₉₇₅ as every table has it.
  @Test(arguments: [(1, 12.7062), (2, 4.30265), (4, 2.77645), (9, 2.26216), (30, 2.04227)])
  func quantilesOfStudent(freedom: Int, expected: Double) {
    #expect(abs(SeedInterval.quantile(degreesOfFreedom: freedom) - expected) < 1e-4)
  }

  @Test func intervalOverSeeds() throws {
    let interval = try #require(SeedInterval([1, 2, 3]))
    #expect(interval.mean == 2)
    #expect(abs(interval.halfWidth! - 4.30265 / 3.0.squareRoot()) < 1e-4)
    #expect(SeedInterval([5])?.halfWidth == nil)
    #expect(SeedInterval([]) == nil)
  }

  @Test func equalValuesShareTheirRank() {
    #expect(Ranks.of([10, 30, 20, 30, 5]) == [2, 4.5, 3, 4.5, 1])
  }

  @Test func correlationOfRanks() throws {
    #expect(Ranks.correlation([1, 2, 3, 4], [1, 4, 9, 16]) == 1)
    #expect(Ranks.correlation([1, 2, 3, 4], [4, 3, 2, 1]) == -1)
    // 1 − 6Σd²/(n(n²−1)) with d = 0, 1, 1, 0.
    #expect(abs(try #require(Ranks.correlation([1, 2, 3, 4], [1, 3, 2, 4])) - 0.8) < 1e-15)
    #expect(Ranks.correlation([1, 2, 3], [7, 7, 7]) == nil)
    #expect(Ranks.correlation([1, 2], [1, 2]) == nil)
  }

  /// Three rising blocks of three: one arrangement of 6³ has that L. The share of 9999 draws has a
  /// deviation of 0.0007.
  @Test func trendOfRisingBlocks() throws {
    let rising = try #require(PermutationTest.risingTrend(Array(repeating: [1, 2, 3], count: 3)))
    #expect(abs(rising - 1 / 216.0) < 0.003)
    let falling = try #require(PermutationTest.risingTrend(Array(repeating: [3, 2, 1], count: 3)))
    #expect(falling == 1)
    #expect(PermutationTest.risingTrend([[1, 2]]) == nil)
  }

  @Test func signFlipsAreCountedExactly() {
    #expect(PermutationTest.positive([1, 2, 3]) == 1 / 8.0)
    #expect(PermutationTest.positive([1, -1]) == 3 / 4.0)
    #expect(PermutationTest.positive([-1, -2]) == 1)
    #expect(PermutationTest.positive([]) == nil)
  }
}
