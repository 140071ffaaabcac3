import CollapseCore
import FeatureStore
import FoundationEssentials
import Networks
import NeuralCollapse
import Pipeline
import Reporting
import TestSupport
import Testing
import Training

/// A run of 7 epochs on three blobs, measured after epochs 1, 3 and 7.
private func configuration(
  _ measures: String, layers: String = "all", seed: Int = 1
) throws -> PipelineFile {
  try PipelineFile(
    yaml: """
      name: blobs
      dataset:
        synthetic: { kind: gaussian-mixture, classCount: 3, dimension: 5, trainPerClass: 90,
          testPerClass: 40, seed: 2 }
      network: { kind: mlp, widths: [12, 6] }
      training: { epochs: 7, batchSize: 32, learningRate: 0.05, seed: \(seed), threads: 1,
        checkpoints: { logarithmic: 3 } }
      features: { layers: \(layers) }
      measures: \(measures)
      """, file: "blobs.yaml")
}

@Suite struct TrajectoryTests {
  let folder = TemporaryFolder()

  private func run(_ pipeline: PipelineFile, in name: String) throws -> PipelineRunner.Outcome {
    try PipelineRunner(
      pipeline: pipeline, runsFolder: folder(name),
      data: DatasetPool(loader: DatasetLoader(threads: 1)),
      stages: [.train, .extract, .analyze]
    ).run()
  }

  @Test func measuresDuringTrainingAreThoseOfFeatureFiles() throws {
    let after = try run(try configuration("{}"), in: "after").report.runs[0]
    let during = try run(
      try configuration("{ when: during-training, epochs: { logarithmic: 3 } }"), in: "during"
    ).report.runs[0]
    #expect(after.measurements.count == 3 * 2 * 2)  // epochs × splits × layers
    let withoutFiles = after.measurements.map { record in
      var record = record
      record.file = nil
      return record
    }
    #expect(during.measurements == withoutFiles)
    #expect(during.projection == after.projection)
    #expect(during.history.map(\.trainingLoss) == after.history.map(\.trainingLoss))
    let written = try #require(during.paths.first)
    #expect(RunFolder(path: written).featureEpochs().isEmpty)
    #expect(try #require(after.paths.first).isEmpty == false)
  }

  @Test func checkpointsAreKeptOnlyAsTheyAreAskedFor() throws {
    let pipeline = try PipelineFile(
      yaml: """
        name: a
        dataset: { synthetic: { kind: gaussian-mixture, classCount: 3, dimension: 5, seed: 2 } }
        network: { kind: mlp, widths: [6] }
        training: { epochs: 5, threads: 1 }
        measures: during-training
        """, file: "a.yaml")
    let record = try run(pipeline, in: "runs").report.runs[0]
    #expect(Set(record.measurements.map(\.epoch)) == [1, 2, 3, 4, 5])
    #expect(RunFolder(path: record.paths[0]).checkpointEpochs() == [5])
  }

  @Test(arguments: [1, 7, 1 << 12])
  func featuresComputedWhenTheyAreReadAreThoseKept(memoryLimit: Int) throws {
    let pipeline = try configuration("{}")
    let record = try run(pipeline, in: "runs").report.runs[0]
    let run = RunFolder(path: record.paths[0])
    let data = try DatasetLoader(threads: 1).load(pipeline.runs[0].configuration.dataset)
    let extraction = try FeatureExtraction(
      try CheckpointFile.read(run.checkpoint(epoch: 7)), threads: 1)
    let kept = try extraction.features(
      of: data.train, split: "train", layers: .all, memoryLimit: 1 << 30)
    let streamed = try extraction.features(
      of: data.train, split: "train", layers: .all, memoryLimit: memoryLimit)
    let stored = try FeatureSet(run.features(epoch: 7, split: "train"))
    let analysis = FeatureAnalysis()
    let expected = try analysis.measure(stored)
    #expect(try analysis.measure(kept) == expected)
    #expect(try analysis.measure(streamed) == expected)
    // Rows in any order, across the chunks.
    let rows = streamed.layers[0].rows
    for range in [200..<270, 0..<1, 100..<270, 3..<9] {
      var one = [Float](repeating: 0, count: range.count * rows.columnCount)
      var two = one
      try one.withUnsafeMutableBufferPointer { try rows.read(range, into: $0) }
      try two.withUnsafeMutableBufferPointer { try stored.layers[0].rows.read(range, into: $0) }
      #expect(one == two)
    }
  }

  @Test func anInterruptedTrainingKeepsItsTrajectory() throws {
    let pipeline = try configuration("{ when: during-training, epochs: { everyEpochs: 2 } }")
    let whole = try run(pipeline, in: "whole").report.runs[0]
    // Stopped after every step that can be stopped after, until it comes to its end.
    var record: RunRecord?
    for stop in [5, 1, 20, 9, 30, 1000] {
      let interruption = Interruption()
      let steps = Counter()
      let outcome = try PipelineRunner(
        pipeline: pipeline, runsFolder: folder("parts"),
        data: DatasetPool(loader: DatasetLoader(threads: 1)),
        stages: [.train, .extract, .analyze]
      ).run(interruption: interruption) { event in
        if case .training(_, .step) = event, steps.next() == stop { interruption.request() }
      }
      record = outcome.wasInterrupted ? nil : outcome.report.runs[0]
    }
    let parts = try #require(record)
    #expect(parts.measurements == whole.measurements)
    #expect(parts.projection == whole.projection)
  }

  @Test func aMissingPartOfTheTrajectoryIsTrainedAgain() throws {
    let pipeline = try configuration("{ when: during-training, epochs: { everyEpochs: 2 } }")
    let first = try run(pipeline, in: "runs").report.runs[0]
    let run = RunFolder(path: first.paths[0])
    try FileManager.default.removeItem(atPath: run.trajectory(epoch: 4))
    let second = try self.run(pipeline, in: "runs").report.runs[0]
    #expect(second.measurements == first.measurements)
    #expect(run.trajectoryEpochs() == [2, 4, 6, 7])
  }
}
