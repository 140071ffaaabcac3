import CollapseCore
import FoundationEssentials
import Pipeline
import Synchronization
import TestSupport
import Testing

/// Experiments run to their verdicts.
@Suite struct LaboratoryRunTests {
  private static let file = """
    name: frames
    title: Frames & simplices
    laboratory:
      kind: tirer-bruna-2022
      classCount: 3
      perClass: 2
      dimension: 4
      strengths: [0.3, 1.1]
      biasDecays: [0, 2]
      thresholdShares: [0.1]
      seeds: 2
      deepSeeds: 6

    """

  private func runner(in folder: TemporaryFolder, _ text: String = file, threads: Int = 2) throws
    -> LaboratoryRunner
  {
    let pipeline = try PipelineFile(yaml: text, file: "frames.yaml")
    return try #require(
      LaboratoryRunner(pipeline: pipeline, runsFolder: folder("runs"), threads: threads))
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func claimsHaveVerdictsWithIntervals() throws {
    let folder = TemporaryFolder()
    let runner = try runner(in: folder)
    let outcome = try runner.run()
    for claim in ["orthogonal-frame", "simplex", "optimal-loss", "threshold", "fold"] {
      #expect(outcome.verdictText.contains("\(claim)"), "\(claim)")
    }
    #expect(!outcome.verdictJSON.contains("not tested"))
    let claims = try text(folder("runs/frames/report/claims.md"))
    #expect(claims.contains("Tirer & Bruna 2022, arXiv 2202.08087"))
    #expect(claims.contains("±"))
    let page = try text(outcome.page)
    #expect(page.contains("Frames &amp; simplices") && page.contains("claim-orthogonal-frame"))
    // A row per solution and a column per quantity.
    let bias = try text(folder("runs/frames/report/bias.csv")).split(separator: "\n")
    #expect(bias.count == 1 + (3 + 2) * 2)
    #expect(bias[0].hasPrefix("c,bias,seed,bias_decay,loss,predicted_loss"))
  }

  @Test func whatWasObservedIsNotObservedAgain() throws {
    let folder = TemporaryFolder()
    let runner = try runner(in: folder)
    _ = try runner.run()
    #expect(try runner.plan().allSatisfy(\.isDone))
    let finished = Mutex(0)
    _ = try runner.run { event in
      if case .partFinished = event { finished.withLock { $0 += 1 } }
    }
    #expect(finished.withLock { $0 } == 0)
    // Other options are another experiment; a damaged file is made anew.
    let others = try self.runner(in: folder, Self.file.replacing("seeds: 2", with: "seeds: 1"))
    #expect(try others.plan().allSatisfy { !$0.isDone })
    let kept = folder("runs/frames/laboratory")
    for name in try FileManager.default.contentsOfDirectory(atPath: kept)
    where name.hasPrefix("bias-") {
      folder.write(
        Array("{\"format\": \"collapse-labora".utf8), to: "runs/frames/laboratory/\(name)")
    }
    #expect(try runner.plan().map(\.isDone) == [false, true, true])
    _ = try runner.run()
    #expect(try runner.plan().allSatisfy(\.isDone))
  }

  @Test func whatWasObservedIsListedAndCanBeRemoved() throws {
    let folder = TemporaryFolder()
    let stopping = Interruption()
    #expect(throws: WorkInterrupted.self) {
      try runner(in: folder).run(interruption: stopping) { event in
        if case .partStarted(let part, _, _) = event, part.name == "depth" { stopping.request() }
      }
    }
    func listed() throws -> RunCatalog.Run? { try RunCatalog(in: folder("runs")).runs.first }
    let begun = try #require(try listed())
    #expect(begun.state == .interrupted && begun.parts == 1 && begun.partCount == 3)
    #expect(begun.pipeline == "frames" && begun.experiment == "tirer-bruna-2022")
    _ = try runner(in: folder).run()
    let done = try #require(try listed())
    #expect(done.state == .done && done.parts == 3 && done.bytes > 1000)
    #expect(try RunCatalog(in: folder("runs")).runs.count == 1)

    try RunRemoval(["frames"], in: folder("runs")).perform()
    #expect(try listed() == nil)
    #expect(FileManager.default.fileExists(atPath: folder("runs/frames/report/index.html")))
  }

  @Test func bitsHangOnNoThreadsAndNoInterruption() throws {
    let (one, other) = (TemporaryFolder(), TemporaryFolder())
    _ = try runner(in: one, threads: 1).run()
    let stopping = Interruption()
    #expect(throws: WorkInterrupted.self) {
      try runner(in: other, threads: 3).run(interruption: stopping) { event in
        // In the middle of the second part.
        if case .partStarted(let part, _, _) = event, part.name == "depth" { stopping.request() }
      }
    }
    #expect(try runner(in: other).plan().map(\.isDone) == [true, false, false])
    _ = try runner(in: other, threads: 2).run()
    for name in ["bias.csv", "depth.csv", "continuation.csv", "claims.md", "verdicts.json"] {
      let path = "runs/frames/report/\(name)"
      #expect(try text(one(path)) == (try text(other(path))), "\(name)")
    }
  }
}
