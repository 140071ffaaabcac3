import CollapseCore
import Datasets
import FoundationEssentials
import Pipeline
import TestSupport
import Testing

/// The part of an experiment that reads data: coloured digits.
@Suite struct ColouredTrainingTests {
  private static let drawn = "{ synthetic: { kind: glyphs, trainPerClass: 4 } }"

  private func runner(
    in folder: TemporaryFolder, digits: String = drawn, more: String = "", threads: Int = 2
  ) throws -> LaboratoryRunner {
    let pipeline = try PipelineFile(
      yaml: """
        name: colours
        laboratory: { kind: pezeshki-2020-starvation, strengths: [2], pointCount: 10,
          testPointCount: 10, width: 2, couplings: [0.003], seeds: 1, steps: 1, longSteps: 2,
          digits: \(digits), digitCount: 30, digitTestCount: 10, digitWidth: 6, digitRate: 0.01,
          digitSwitch: 20, digitSteps: 40, digitPlainSteps: 25, digitSeeds: 2\(more) }

        """, file: "colours.yaml")
    return try #require(
      LaboratoryRunner(
        pipeline: pipeline, runsFolder: folder("runs"), threads: threads,
        loader: DatasetLoader(dataFolder: folder("data"), threads: 1)))
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  /// Rows of what was observed, by their training: seed, step and the numbers.
  private func rows(in folder: TemporaryFolder, _ training: String) throws -> [[Substring]] {
    let text = try text(folder("runs/colours/report/coloured.csv"))
    return text.split(separator: "\n").map { line in
      // Names have a comma, in quotes.
      line.replacing("decoupled, ", with: "decoupled ").split(
        separator: ",", omittingEmptySubsequences: false)
    }.filter { $0[0].trimmingPrefix("\"").hasPrefix(training) }.map { Array($0.dropFirst()) }
  }

  @Test func bitsHangOnNoThreads() throws {
    let (one, two) = (TemporaryFolder(), TemporaryFolder())
    _ = try runner(in: one, threads: 1).run()
    let outcome = try runner(in: two, threads: 2).run()
    let path = "runs/colours/report/coloured.csv"
    #expect(try text(one(path)) == (try text(two(path))))
    for claim in ["colour-decoupling", "colour-transient", "colour-unfinished"] {
      let line = outcome.verdictText.split(separator: "\n").first { $0.hasPrefix(claim) }
      #expect(line?.contains("not tested") == false, "\(outcome.verdictText)")
    }
    #expect(try text(outcome.page).contains("Accuracy on coloured digits by step"))
  }

  /// Both ways of decoupling are one training until the switch, and none is after it.
  @Test func trainingsPartAtTheSwitch() throws {
    let folder = TemporaryFolder()
    _ = try runner(in: folder).run()
    let (published, unscaled) = (
      try rows(in: folder, "decoupled as published"), try rows(in: folder, "decoupled unscaled")
    )
    #expect(published.count == unscaled.count && published.count > 40)
    for (one, other) in zip(published, unscaled) {
      let step = try #require(Int(one[1]))
      // The step after the switch is the first by another gradient.
      #expect((one == other) == (step <= 20), "step \(step)")
    }
    let plain = try rows(in: folder, "plain")
    #expect(plain.last?[1] == "25" && published.last?[1] == "40")
  }

  @Test func missingDigitsAreLeftOutByName() throws {
    let folder = TemporaryFolder()
    let runner = try runner(in: folder, digits: "{ name: mnist }")
    let planned = try #require(try runner.plan().first { $0.name == "coloured" })
    #expect(planned.obstacle?.contains("collapse fetch mnist") == true)
    #expect(planned.dataset == "mnist" && !planned.isDone)
    let outcome = try runner.run()
    #expect(try text(outcome.page).contains("coloured: "))
    for line in outcome.verdictText.split(separator: "\n") where line.hasPrefix("colour-") {
      #expect(line.contains("not tested"), "\(line)")
    }
    #expect(outcome.verdictText.contains("coupled-responses"))
    let left = try #require(try RunCatalog(in: folder("runs")).runs.first)
    #expect(left.state == .done)
  }

  /// Other files under the same name are another part.
  @Test func filesArePartOfTheKey() throws {
    let folder = TemporaryFolder()
    func write(_ seed: UInt64) throws {
      try? FileManager.default.removeItem(atPath: folder("digits"))
      var glyphs = Glyphs()
      glyphs.trainPerClass = 4
      glyphs.testPerClass = 1
      glyphs.seed = seed
      let (train, test) = try glyphs.generate(threads: 1)
      let dataset = ImageDataset(
        format: .idx,
        splits: [.init(name: "train", images: train), .init(name: "test", images: test)])
      try DatasetWriter.write(dataset, to: folder("digits"), format: .idx, threads: 1)
    }
    let digits = "{ path: '\(folder("digits"))' }"
    try write(1)
    _ = try runner(in: folder, digits: digits).run()
    #expect(try runner(in: folder, digits: digits).plan().allSatisfy(\.isDone))
    try write(2)
    let plan = try runner(in: folder, digits: digits).plan()
    #expect(plan.filter { !$0.isDone }.map(\.name) == ["coloured"])
    try write(1)
    #expect(try runner(in: folder, digits: digits).plan().allSatisfy(\.isDone))
  }

  @Test func digitsThatCannotBeColouredAreRefused() throws {
    let folder = TemporaryFolder()
    let points = "{ synthetic: { kind: gaussian-mixture } }"
    for (digits, more, problem) in [
      (points, "", "expected grey images"),
      ("{ synthetic: { kind: glyphs, trainPerClass: 3 } }", "", "has 30 images; lower one of them"),
    ] {
      let error = #expect(throws: DatasetError.self) {
        _ = try runner(in: folder, digits: digits, more: more).plan()
      }
      #expect(error?.kind == .usage && error?.problem.contains(problem) == true, "\(problem)")
    }
    #expect(throws: (any Error).self) {
      _ = try PipelineFile(
        yaml: "name: a\nlaboratory: { kind: pezeshki-2020-starvation, digitSteps: 450 }\n",
        file: "a.yaml")
    }
  }
}
