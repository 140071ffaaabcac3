import CollapseCore
import Files
import FoundationEssentials
import Pipeline
import TestSupport
import Testing

@Suite struct DiskSpaceTests {
  let folder = TemporaryFolder()

  private func runner(_ extra: String = "") throws -> PipelineRunner {
    let pipeline = try PipelineFile(
      yaml: """
        name: disk
        dataset:
          synthetic: { kind: gaussian-mixture, classCount: 4, dimension: 16, trainPerClass: 200,
            testPerClass: 50, seed: 2 }
        network: { kind: mlp, widths: [256, 128] }
        training: { epochs: 8, checkpoints: { everyEpochs: 2 } }
        features: { layers: all }
        \(extra)
        """, file: "disk.yaml")
    return PipelineRunner(
      pipeline: pipeline, runsFolder: folder("runs"),
      data: DatasetPool(loader: DatasetLoader(threads: 1)),
      stages: [.train, .extract, .analyze])
  }

  /// Estimated bytes are near those that are then written.
  @Test(arguments: ["", "measures: during-training", "grid: { training.seed: [1, 2] }"])
  func theEstimateIsNearWhatIsWritten(extra: String) throws {
    let runner = try runner(extra)
    let plan = runner.plan()
    _ = try runner.run()
    let checkpoints = plan.runs.reduce(0) { $0 + FolderSize.bytes(in: $1.folder!.checkpoints) }
    let features = plan.runs.reduce(0) { $0 + FolderSize.bytes(in: $1.folder!.features) }
    #expect(checkpoints <= plan.disk.checkpointBytes * 11 / 10)
    #expect(checkpoints >= plan.disk.checkpointBytes / 2)  // latest.h5 is gone in the end
    #expect(abs(features - plan.disk.featureBytes) <= plan.disk.featureBytes / 10)
    // Nothing is left to be written.
    #expect(runner.plan().disk.neededBytes == 0)
  }

  @Test func tooLittleRoomIsRefusedWithTheNumbers() {
    let disk = DiskSpace(
      checkpointBytes: 3 << 30, featureBytes: 512 << 20, freeBytes: 1_288_490_189)
    let error = #expect(throws: FileError.self) { try disk.check(for: "runs") }
    #expect(error?.kind == .cannotWrite)
    #expect(
      error?.description
        == "cannot start the runs in 'runs': they will write about 3.5 GiB (checkpoints 3.0 GiB, "
        + "features 512 MiB), 1.2 GiB are free: keep fewer with 'training.checkpoints' and "
        + "'features.epochs: last', average feature maps with 'features.pooling: mean', write no "
        + "features with 'measures: during-training', or make room with 'collapse runs rm'")
  }

  @Test func roomThatIsThereOrUnknownIsNotRefused() throws {
    try DiskSpace(checkpointBytes: 10, featureBytes: 10, freeBytes: 20).check(for: "runs")
    try DiskSpace(checkpointBytes: 10, featureBytes: 10, freeBytes: nil).check(for: "runs")
    #expect(DiskSpace.free(at: folder("not/there/yet")) ?? 0 > 0)
  }

  @Test(arguments: [
    (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (10_240, "10 KiB"),
    (3_650_722, "3.5 MiB"), (12 << 30, "12 GiB"),
  ])
  func bytesAsPeopleSayThem(bytes: Int, text: String) { #expect(ByteCount.text(bytes) == text) }
}
