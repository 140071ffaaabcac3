import CollapseCore
import FeatureStore
import FoundationEssentials
import Networks
import Pipeline
import Reporting
import Synchronization
import TestSupport
import Testing
import Training

/// Four runs on three blobs; the last learning rate diverges when it is asked for.
private func grid(rates: String = "[0.05, 0.1]", extra: String = "") throws -> PipelineFile {
  try PipelineFile(
    yaml: """
      name: grid
      dataset:
        synthetic: { kind: gaussian-mixture, classCount: 3, dimension: 5, trainPerClass: 60, seed: 2 }
      network: { kind: mlp, widths: [16, 8], batchNormalization: none }
      training: { epochs: 6, batchSize: 20, checkpoints: { everyEpochs: 3 } }
      grid:
        training.learningRate: \(rates)
        training.seed: [1, 2]
      \(extra)
      """, file: "grid.yaml")
}

@Suite struct GridRunTests {
  let folder = TemporaryFolder()

  private func runner(
    _ pipeline: PipelineFile, in name: String, jobs: Int? = nil, threads: Int? = nil,
    stages: Set<Stage> = [.train, .extract, .analyze]
  ) -> PipelineRunner {
    PipelineRunner(
      pipeline: pipeline, runsFolder: folder(name),
      data: DatasetPool(loader: DatasetLoader(threads: 1)),
      threads: threads, jobs: jobs, stages: stages)
  }

  @Test(arguments: [1, 2])
  func runsAtOnceHaveTheBitsOfRunsOneAfterAnother(threads: Int) throws {
    let pipeline = try grid()
    let one = try runner(pipeline, in: "one", jobs: 1, threads: threads).run()
    let many = try runner(pipeline, in: "many", jobs: 4, threads: threads).run()
    #expect(one.report.runs.count == 4)
    for (a, b) in zip(one.report.runs, many.report.runs) {
      #expect(a.measurements == b.measurements)
      #expect(a.history == b.history)
      let first = try CheckpointFile.read(RunFolder(path: a.paths[0]).checkpoint(epoch: 6))
      let second = try CheckpointFile.read(RunFolder(path: b.paths[0]).checkpoint(epoch: 6))
      #expect(first.names == second.names)
      for name in first.names { #expect(first[name] == second[name], "\(name)") }
    }
  }

  @Test func aRunThatDivergesStopsNoOther() throws {
    let outcome = try runner(try grid(rates: "[0.05, 1e9]"), in: "runs", jobs: 2).run()
    #expect(outcome.failures.count == 2)
    for failure in outcome.failures {
      #expect(failure.run.hasPrefix("learningRate-1000000000"))
      #expect("\(failure.error)".contains("training diverged in epoch"))
      let manifest = try RunFolder(path: folder("runs/grid/\(failure.run)")).readManifest()
      #expect(manifest.failure == "\(failure.error)")
    }
    #expect(outcome.report.runs.map(\.state) == [.finished, .finished, .failed, .failed])
    #expect(!outcome.wasInterrupted)
  }

  @Test func anInterruptedGridResumesInsideItsTrainings() throws {
    let pipeline = try grid()
    let whole = try runner(pipeline, in: "whole", jobs: 1).run()
    let interruption = Interruption()
    let steps = Counter()
    let stopped = try runner(pipeline, in: "parts", jobs: 2).run(interruption: interruption) {
      if case .training(_, .step) = $0, steps.next() == 17 { interruption.request() }
    }
    #expect(stopped.wasInterrupted)
    #expect(steps.value < 6 * 9)  // inside of a training, and not all begun
    let firstEpochs = Mutex<[String: Int]>([:])
    let resumed = try runner(pipeline, in: "parts", jobs: 2).run {
      if case .training(let run, .step(let step)) = $0 {
        firstEpochs.withLock { $0[run] = $0[run] ?? step.step + 9 * (step.epoch - 1) }
      }
    }
    #expect(!resumed.wasInterrupted)
    #expect(resumed.report.runs.map(\.measurements) == whole.report.runs.map(\.measurements))
    #expect(resumed.report.runs.map(\.history.last) == whole.report.runs.map(\.history.last))
    // The trainings that had begun went on where they stopped.
    #expect(firstEpochs.withLock { $0.values.count { $0 > 1 } } >= 1)
  }

  @Test func aSecondRunHasNothingToDoAndWritesNothing() throws {
    let pipeline = try grid()
    _ = try runner(pipeline, in: "runs").run()
    let before = try modificationTimes()
    #expect(runner(pipeline, in: "runs").plan().runs.allSatisfy { $0.due == [] })
    let events = Mutex<[String]>([])
    _ = try runner(pipeline, in: "runs").run { event in
      if case .stageStarted(_, let stage) = event { events.withLock { $0.append("\(stage)") } }
    }
    #expect(events.withLock { $0 } == [])
    #expect(try modificationTimes() == before)
  }

  @Test(arguments: [
    ("measures: { convention: papyan }", Set([Stage.analyze])),
    ("features: { layers: all }", Set([.extract, .analyze])),
    ("features: { epochs: last }", Set([.extract, .analyze])),
  ])
  func aChangedOptionRedoesOnlyWhatDependsOnIt(extra: String, redone: Set<Stage>) throws {
    _ = try runner(try grid(), in: "runs").run()
    let changed = try grid(extra: extra)
    let plan = runner(changed, in: "runs").plan()
    #expect(plan.runs.allSatisfy { $0.due == redone })
    let outcome = try runner(changed, in: "runs").run()
    // Files of the options before are not measured again.
    let epochs = extra.contains("last") ? [6] : [3, 6]
    #expect(
      outcome.report.runs.allSatisfy { Set($0.measurements.map(\.epoch)) == Set(epochs) })
  }

  @Test func aTrainingOptionGivesARunOfItsOwn() throws {
    _ = try runner(try grid(), in: "runs").run()
    let plan = runner(
      try grid(extra: "profiles: {}").changing("training.epochs=7"), in: "runs"
    ).plan()
    #expect(plan.runs.allSatisfy { $0.due == [.train, .extract, .analyze] })
  }

  @Test func aTrainingKeepsTheThreadsItBeganWith() throws {
    let pipeline = try grid()
    let interruption = Interruption()
    let steps = Counter()
    _ = try runner(pipeline, in: "runs", jobs: 1, threads: 2).run(interruption: interruption) {
      if case .training(_, .step) = $0, steps.next() == 4 { interruption.request() }
    }
    let whole = try runner(pipeline, in: "whole", jobs: 1, threads: 2).run()
    let other = try runner(pipeline, in: "runs", jobs: 1, threads: 1).run()
    #expect(other.report.runs[0].history == whole.report.runs[0].history)
  }

  @Test func twoProcessesDoNotWorkInOneFolder() throws {
    let pipeline = try grid()
    let plan = runner(pipeline, in: "runs").plan()
    let first = try #require(plan.runs[0].folder)
    try first.prepare()
    let outcome = try first.locked { try runner(pipeline, in: "runs").run() }
    #expect(outcome.failures.map(\.run) == [plan.runs[0].name])
    #expect(
      "\(outcome.failures[0].error)"
        == "cannot work in the run folder '\(first.path)': "
        + "another process is at work there: \(RunOwner.thisProcess.text)")
    #expect(try runner(pipeline, in: "runs").run().failures.isEmpty)
  }

  private func modificationTimes() throws -> [String: Date] {
    var times: [String: Date] = [:]
    func visit(_ path: String) throws {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      times[path] = attributes[.modificationDate] as? Date
      for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
        try visit("\(path)/\(name)")
      }
    }
    try visit(folder("runs"))
    return times
  }
}

extension PipelineFile {
  /// The same pipeline with a change from the command line.
  fileprivate func changing(_ override: String) throws -> PipelineFile {
    try PipelineFile(yaml: text, file: file, overrides: [override])
  }
}
