import CollapseCore
import Foundation
import Pipeline
import TestSupport
import Testing

/// Experiments that train networks run to their verdicts.
@Suite struct TrainedExperimentTests {
  private static let review = """
    name: review
    laboratory:
      kind: kothapalli-2022-review
      classCounts: [3]
      strengths: [0.3, 1.2]
      steps: 300
      perClass: 4
      testPerClass: 3
      noise: 20
      widths: [12]
      epochs: 6
      decays: [0, 5e-3]
      shots: 2
      ratios: [1, 2, 4]
      seeds: 2

    """

  private static let simplex = """
    name: simplex
    laboratory:
      kind: gao-2023-generalization
      perClass: 2
      testPerClass: 2
      noise: 20
      widths: [12, 12, 10]
      learningRate: 0.1
      epochs: 20
      repetitions: 3
      variabilityLimit: 100

    """

  private func outcome(_ text: String, in folder: TemporaryFolder) throws
    -> LaboratoryRunner.Outcome
  {
    let pipeline = try PipelineFile(yaml: text, file: "trained.yaml")
    let runner = try #require(
      LaboratoryRunner(
        pipeline: pipeline, runsFolder: folder("runs"), threads: 2))
    return try runner.run()
  }

  @Test func theReviewsClaimsHaveVerdicts() throws {
    let folder = TemporaryFolder()
    let outcome = try outcome(Self.review, in: folder)
    for claim in [
      "unconstrained-optimum", "terminal-phase", "frames", "test-collapse", "transfer",
      "minority-collapse",
    ] {
      #expect(outcome.verdictText.contains(claim), "\(claim)")
    }
    // Closed forms hold however small the experiment is.
    let lines = outcome.verdictText.split(separator: "\n")
    for claim in ["unconstrained-optimum", "frames"] {
      let line = lines.first { $0.contains(claim) }
      #expect(line?.contains("supported") == true, "\(outcome.verdictText)")
    }
    let page = try String(contentsOfFile: outcome.page, encoding: .utf8)
    #expect(page.contains("Logit gap around the threshold"))
  }

  @Test func whatAnAlignmentChangesIsCompared() throws {
    let folder = TemporaryFolder()
    let one = try outcome(Self.simplex, in: folder)
    for claim in ["terminal-gain", "margin", "margin-accuracy", "alignment"] {
      #expect(one.verdictText.contains(claim), "\(claim)")
    }
    #expect(one.verdictText.contains("runs are left out"))
  }
}
