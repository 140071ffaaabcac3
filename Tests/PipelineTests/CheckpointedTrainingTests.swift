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

  /// The state is saved in the middle of an epoch as well: cut off there, a training loses at most
  /// the steps since, and goes on to the bits of one that was not.
  @Test(arguments: [3, 7, 8]) func savesInsideOfEpochs(_ lastStep: Int) throws {
    let configuration = try #require(
      PipelineFile(
        yaml: """
          name: cut
          dataset:
            synthetic: { kind: gaussian-mixture, classCount: 3, dimension: 5, trainPerClass: 30,
              seed: 2 }
          network: { kind: mlp, widths: [8] }
          training: { epochs: 3, batchSize: 25, threads: 1, seed: 4 }
          """, file: "cut.yaml"
      ).runs.first
    ).configuration
    let data = try DatasetLoader(threads: 1).load(configuration.dataset)
    func training(_ name: String, saving interval: Duration) -> CheckpointedTraining {
      CheckpointedTraining(
        folder: RunFolder(path: folder(name)), network: configuration.network,
        options: configuration.training, data: data, threads: 1, algorithmCache: nil,
        saveInterval: interval)
    }
    _ = try training("whole", saving: .seconds(3600))
      .run(resuming: false, interruption: Interruption()) { _ in }
    var steps = 0
    #expect(throws: PowerCut.self) {
      try training("parts", saving: .zero).run(resuming: false, interruption: Interruption()) {
        if case .step = $0 {
          steps += 1
          if steps == lastStep { throw PowerCut() }
        }
      }
    }
    let saved = try CheckpointFile.read(RunFolder(path: folder("parts")).latestCheckpoint)
    #expect(try CheckpointHeader(saved).totalSteps == lastStep)
    _ = try training("parts", saving: .seconds(3600))
      .run(resuming: true, interruption: Interruption()) { _ in }
    let one = try CheckpointFile.read(RunFolder(path: folder("whole")).checkpoint(epoch: 3))
    let two = try CheckpointFile.read(RunFolder(path: folder("parts")).checkpoint(epoch: 3))
    #expect(one.names == two.names)
    for name in one.names { #expect(one[name] == two[name], "\(name)") }
  }
}
