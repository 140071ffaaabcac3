import Pipeline
import Reporting
import Testing
import Training

@Suite struct PipelineProgressTests {
  private let concurrency = Concurrency(
    asked: 2, runMemory: [1, 1, 1], threads: 1, processors: 2, freeMemory: 100)

  @Test func timeLeftGoesByTheWorkOfAllRuns() throws {
    var progress = PipelineProgress()
    progress.update(
      .planned(
        [.init(name: "a", operations: 100), .init(name: "b", operations: 300)], concurrency))
    #expect(progress.secondsLeft(after: 1) == nil)
    progress.update(.runStarted(name: "a", index: 1, count: 2))
    progress.update(.stageStarted(run: "a", .train))
    progress.advance("a", to: 1, of: 10, loss: 0.5)  // where it began
    progress.advance("a", to: 6, of: 10, loss: 0.5)  // half of a is done here, 40 are left, and b
    #expect(try #require(progress.secondsLeft(after: 5)) == (40 + 300) / 50.0 * 5)
    progress.advance("a", to: 10, of: 10, loss: 0.5)
    progress.update(.stageFinished(run: "a", .train, seconds: 9))
    progress.update(.runEnded(name: "a"))
    #expect(try #require(progress.secondsLeft(after: 9)) == 300 / 90.0 * 9)
    #expect(progress.ended == 1)
    #expect(progress.active.isEmpty)
  }

  @Test func whatWasTrainedBeforeIsNoPaceAndNothingLeft() throws {
    var progress = PipelineProgress()
    progress.update(
      .planned(
        [.init(name: "a", operations: 100), .init(name: "b", operations: 100)], concurrency))
    progress.update(.runStarted(name: "a", index: 1, count: 2))
    progress.update(.stageSkipped(run: "a", .train))
    progress.update(.runStarted(name: "b", index: 2, count: 2))
    progress.advance("b", to: 50, of: 100, loss: 0.5)  // continues after 50
    progress.advance("b", to: 75, of: 100, loss: 0.5)
    #expect(try #require(progress.secondsLeft(after: 10)) == 10)
  }

  @Test func aRunIsShownWithWhatIsKnownOfIt() throws {
    var progress = PipelineProgress()
    progress.update(.planned([.init(name: "a", operations: 1)], concurrency))
    progress.update(.runStarted(name: "a", index: 1, count: 1))
    progress.advance("a", to: 3, of: 10, loss: 0.5)
    let run = try #require(progress["a"])
    #expect(run.epoch?.current == 3)
    #expect(run.epoch?.count == 10)
    #expect(run.loss == 0.5)
    #expect(run.cosines == nil)
    progress.update(.runFailed(name: "a", "diverged"))
    #expect(progress["a"] == nil)
    #expect(progress.ended == 1)
  }
}
