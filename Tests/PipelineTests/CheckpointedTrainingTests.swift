import CollapseCore
import FeatureStore
import FoundationEssentials
import Networks
import Pipeline
import TestSupport
import Testing
import Training

@Suite struct CheckpointedTrainingTests {
  let folder = TemporaryFolder()

  private struct PowerCut: Error {}

  /// Three epochs of four steps in a folder of that name.
  private func trainings(
    checkpoints: String = "{}"
  ) throws -> (_ name: String, _ saving: Duration) -> CheckpointedTraining {
    let configuration = try #require(
      PipelineFile(
        yaml: """
          name: cut
          dataset:
            synthetic: { kind: gaussian-mixture, classCount: 3, dimension: 5, trainPerClass: 30,
              seed: 2 }
          network: { kind: mlp, widths: [8] }
          training:
            { epochs: 3, batchSize: 25, threads: 1, seed: 4, checkpoints: \(checkpoints) }
          """, file: "cut.yaml"
      ).runs.first
    ).configuration
    let data = try DatasetLoader(threads: 1).load(configuration.dataset)
    return { name, interval in
      CheckpointedTraining(
        folder: RunFolder(path: folder(name)), network: configuration.network,
        options: configuration.training, data: data, threads: 1, algorithmCache: nil,
        saveInterval: interval)
    }
  }

  /// The state is saved in the middle of an epoch as well: cut off there, a training loses at most
  /// the steps since, and goes on to the bits of one that was not.
  @Test(arguments: [3, 7, 8]) func savesInsideOfEpochs(_ lastStep: Int) throws {
    let training = try trainings()
    _ = try training("whole", .seconds(3600))
      .run(resuming: false, interruption: Interruption()) { _ in }
    var steps = 0
    #expect(throws: PowerCut.self) {
      try training("parts", .zero).run(resuming: false, interruption: Interruption()) {
        if case .step = $0 {
          steps += 1
          if steps == lastStep { throw PowerCut() }
        }
      }
    }
    let saved = try CheckpointFile.read(RunFolder(path: folder("parts")).latestCheckpoint)
    #expect(try CheckpointHeader(saved).totalSteps == lastStep)
    _ = try training("parts", .seconds(3600))
      .run(resuming: true, interruption: Interruption()) { _ in }
    let one = try CheckpointFile.read(RunFolder(path: folder("whole")).checkpoint(epoch: 3))
    let two = try CheckpointFile.read(RunFolder(path: folder("parts")).checkpoint(epoch: 3))
    #expect(one.names == two.names)
    for name in one.names { #expect(one[name] == two[name], "\(name)") }
  }
  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: RunFolder(path: folder).checkpoints)
      .sorted()
  }

  /// Those inside of epochs have names of their own, stay, and are what a training goes on from; where an epoch
  /// ends it is the epoch's.
  @Test(arguments: [1, 3, 6, 9]) func checkpointsAreKeptAfterSteps(_ lastStep: Int) throws {
    let training = try trainings(checkpoints: "{ steps: [0, 1, 4, 6, 11] }")
    _ = try training("whole", .seconds(3600))
      .run(resuming: false, interruption: Interruption()) { _ in }
    let steps = Counter()
    #expect(throws: PowerCut.self) {
      try training("parts", .seconds(3600)).run(resuming: false, interruption: Interruption()) {
        if case .step = $0, steps.next() == lastStep { throw PowerCut() }
      }
    }
    let expected = [
      "epoch-00000.h5", "epoch-00001.h5", "epoch-00003.h5", "step-0000001.h5", "step-0000006.h5",
      "step-0000011.h5",
    ]
    _ = try training("parts", .seconds(3600))
      .run(resuming: true, interruption: Interruption()) { _ in }
    #expect(try names(folder("whole")) == expected)
    #expect(try names(folder("parts")) == expected)
    for name in expected {
      let (one, two) = try (
        CheckpointFile.read(RunFolder(path: folder("whole")).checkpoints + "/" + name),
        CheckpointFile.read(RunFolder(path: folder("parts")).checkpoints + "/" + name)
      )
      #expect(one.names == two.names)
      for tensor in one.names { #expect(one[tensor] == two[tensor], "\(name) \(tensor)") }
    }
    let inside = try CheckpointHeader(
      CheckpointFile.read(RunFolder(path: folder("parts")).checkpoint(step: 6)))
    #expect((inside.epoch, inside.step, inside.totalSteps) == (1, 2, 6))
  }

  /// By a clock that is always due every step is kept, by one that never is none but the last.
  @Test(arguments: [
    ("1e-12", [1, 2, 3], [1, 2, 3, 5, 6, 7, 9, 10, 11]), ("1e300", [3], []),
  ]) func checkpointsAreKeptByTheClock(minutes: String, epochs: [Int], steps: [Int]) throws {
    let training = try trainings(checkpoints: "{ everyMinutes: \(minutes) }")
    _ = try training("run", .seconds(3600))
      .run(resuming: false, interruption: Interruption()) { _ in }
    #expect(RunFolder(path: folder("run")).checkpointEpochs() == epochs)
    #expect(RunFolder(path: folder("run")).checkpointSteps() == steps)
  }

  @Test func stepsThatDoNotComeAreRefused() throws {
    let training = try trainings(checkpoints: "{ steps: [3, 13] }")
    let error = #expect(throws: NetworkError.self) {
      _ = try training("run", .seconds(3600))
        .run(resuming: false, interruption: Interruption()) { _ in }
    }
    #expect(error?.reason.hasPrefix("the training has 12, 4 in each of its epochs") == true)
    #expect(!FileManager.default.fileExists(atPath: folder("run/checkpoints")))
  }
}
