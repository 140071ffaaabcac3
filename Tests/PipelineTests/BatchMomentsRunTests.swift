import CollapseCore
import FeatureStore
import Foundation
import NeuralCollapse
import Pipeline
import Reporting
import TestSupport
import Testing

/// Pipelines whose features are those of training.
@Suite struct BatchMomentsRunTests {
  let folder = TemporaryFolder()

  private func report(_ features: String, in name: String) throws -> RunRecord {
    let pipeline = try PipelineFile(
      yaml: """
        name: moments
        dataset:
          synthetic: { kind: gaussian-mixture, classCount: 3, dimension: 5, trainPerClass: 60, seed: 2 }
        network: { kind: mlp, widths: [16, 8] }
        training: { epochs: 2, batchSize: 20 }
        \(features)
        """, file: "moments.yaml")
    let outcome = try PipelineRunner(
      pipeline: pipeline, runsFolder: folder(name),
      data: DatasetPool(loader: DatasetLoader(threads: 1)), threads: 1, jobs: 1
    ).run()
    #expect(outcome.failures.isEmpty)
    return try #require(outcome.report.runs.first)
  }

  /// The files say so, their rows come batch by batch, and measures taken during training are the same.
  @Test func filesAndTrajectoriesAreByTheMomentsOfBatches() throws {
    let run = try report("features: { statistics: batch }", in: "batch")
    let set = try FeatureSet(RunFolder(path: run.paths[0]).features(epoch: 2, split: "train"))
    #expect(set.metadata.statistics == "batches of 20")
    #expect(
      set.notes.contains(
        "batch normalization divided by the moments of batches of 20, not the running ones"))
    let plain = try report("features: { statistics: running }", in: "running")
    let other = try FeatureSet(RunFolder(path: plain.paths[0]).features(epoch: 2, split: "train"))
    #expect(other.metadata.statistics == nil)
    let during = try report(
      "features: { statistics: batch }\nmeasures: { when: during-training, epochs: { epochs: [2] } }",
      in: "during")
    func measures(_ run: RunRecord) -> [String: Double] {
      let found = run.lastMeasurement(split: "train")?.report.measures ?? []
      return Dictionary(
        found.compactMap { key, measure in measure.value.map { (key, $0) } },
        uniquingKeysWith: { first, _ in first })
    }
    #expect(measures(run) == measures(during) && !measures(run).isEmpty)
    #expect(measures(run) != measures(plain))
  }
}
