import CollapseCore
import Datasets
import FeatureStore
import FoundationEssentials
import Networks
import Pipeline
import Reporting
import TestSupport
import Testing
import Training

/// More sets that a network is tested on, each under its name.
@Suite struct TestSetTests {
  let folder = TemporaryFolder()

  private func pipeline(
    _ sets: String, dataset: String = "synthetic: { kind: two-moons, trainPerClass: 40, seed: 2 }",
    splits: String = "[train, test]", epochs: Int = 6
  ) throws -> PipelineFile {
    try PipelineFile(
      yaml: """
        name: moons
        dataset:
          \(dataset)
          testSets: \(sets)
        network: { kind: mlp, widths: [16, 8], batchNormalization: none }
        training: { epochs: \(epochs), batchSize: 20, checkpoints: { everyEpochs: 3 } }
        features: { splits: \(splits) }
        """, file: "moons.yaml")
  }

  private static let moons = """
    [{ as: meeting, synthetic: { kind: two-moons, margin: -0.2, testPerClass: 60, seed: 2 } },
         { as: again }, { as: trained, split: train }]
    """

  private func run(_ pipeline: PipelineFile, in name: String) throws -> PipelineRunner.Outcome {
    try PipelineRunner(
      pipeline: pipeline, runsFolder: folder(name),
      data: DatasetPool(loader: DatasetLoader(threads: 1)), threads: 1, jobs: 1,
      stages: [.train, .extract, .analyze]
    ).run()
  }

  /// What is the test split under another name has its numbers, what is the training split those of
  /// training; metrics.csv, the record and the feature files have each by its name.
  @Test func everySetIsTestedUnderItsName() throws {
    let outcome = try run(try pipeline(Self.moons, splits: "[train, test, meeting]"), in: "runs")
    #expect(outcome.failures.isEmpty)
    let record = try #require(outcome.report.runs.first)
    #expect(record.history.count == 6)
    for epoch in record.history {
      let sets = try #require(epoch.testSets)
      #expect(sets.map(\.name) == ["meeting", "again", "trained"])
      #expect(sets[1].loss == epoch.testLoss && sets[1].accuracy == epoch.testAccuracy)
      #expect(sets[2].loss == epoch.trainingLoss && sets[2].accuracy == epoch.trainingAccuracy)
      #expect(sets[0].loss != epoch.testLoss)
    }
    #expect(Set(record.measurements.map(\.split)) == ["train", "test", "meeting"])
    let text = try String(
      contentsOfFile: RunFolder(path: record.paths[0]).metrics, encoding: .utf8)
    #expect(
      text.split(separator: "\n")[0].hasSuffix(
        "balance,loss_meeting,accuracy_meeting,loss_again,accuracy_again,loss_trained,"
          + "accuracy_trained"))
    // A reader of measures.json has them too.
    let file = MeasuresFile(outcome.report)
    let read = try MeasuresFile(json: Array(file.json.text.utf8))
    #expect(read.report.runs[0].history == record.history)
    let events = TensorBoardWriter().eventFile(of: record)
    #expect(events.contains("accuracy/meeting".utf8))
  }

  /// Testing on more changes no bit of the training.
  @Test func trainingIsTheSameWithThem() throws {
    let with = try run(try pipeline(Self.moons), in: "with").report.runs[0]
    let without = try run(try pipeline("[]"), in: "without").report.runs[0]
    let (one, two) = try (
      CheckpointFile.read(RunFolder(path: with.paths[0]).checkpoint(epoch: 6)),
      CheckpointFile.read(RunFolder(path: without.paths[0]).checkpoint(epoch: 6))
    )
    #expect(one.names == two.names)
    for name in one.names { #expect(one[name] == two[name], "\(name)") }
    #expect(without.history.allSatisfy { $0.testSets == nil })
  }

  /// Gone on with, a training has the rows it would have had.
  @Test func theyAreThereAfterAResumption() throws {
    let configuration = try #require(try pipeline(Self.moons).runs.first).configuration
    let data = try DatasetLoader(threads: 1).load(configuration.dataset)
    func training(_ name: String) -> CheckpointedTraining {
      CheckpointedTraining(
        folder: RunFolder(path: folder(name)), network: configuration.network,
        options: configuration.training, data: data, threads: 1, algorithmCache: nil,
        saveInterval: .zero)
    }
    func rows(_ name: String) throws -> [Substring] {
      // Without the columns of time.
      try String(contentsOfFile: RunFolder(path: folder(name)).metrics, encoding: .utf8)
        .split(separator: "\n").map { line in
          let fields = line.split(separator: ",", omittingEmptySubsequences: false)
          return (fields[..<9] + fields[11...]).joined(separator: ",")[...]
        }
    }
    _ = try training("whole").run(resuming: false, interruption: Interruption()) { _ in }
    let interruption = Interruption()
    _ = try training("parts").run(resuming: false, interruption: interruption) {
      if case .epochFinished(let metrics) = $0, metrics.epoch == 4 { interruption.request() }
    }
    _ = try training("parts").run(resuming: true, interruption: Interruption()) { _ in }
    #expect(try rows("whole") == rows("parts"))
  }

  /// A set may be shaped in its own way: coloured digits whose colours mislead.
  @Test func aSetMayBeShapedInItsOwnWay() throws {
    let merge = #"[["0","1","2","3","4"], ["5","6","7","8","9"]]"#
    let configuration = try #require(
      try pipeline(
        "[{ as: reversed, shaping: { merge: \(merge), colour: { agreement: [0.1] } } }]",
        dataset: "synthetic: { kind: glyphs, trainPerClass: 20, testPerClass: 10 }\n"
          + "  shaping: { merge: \(merge), colour: { agreement: [0.8, 0.9] } }"
      ).runs.first
    ).configuration
    let data = try DatasetLoader(threads: 1).load(configuration.dataset)
    func agreeing(_ samples: any LabeledSamples) throws -> Int {
      var values = [Float](repeating: 0, count: samples.count * 2 * 784)
      try values.withUnsafeMutableBufferPointer { try samples.copy(0..<samples.count, into: $0) }
      return (0..<samples.count).count { index in
        let start = (2 * index + Int(samples.labels[index])) * 784
        return values[start..<start + 784].contains { $0 > 200 }
      }
    }
    #expect(data.train.classNames == ["0+1+2+3+4", "5+6+7+8+9"])
    #expect(try agreeing(data.train) == 170)
    #expect(try agreeing(data["test"]!) == 85)
    #expect(try agreeing(data["reversed"]!) == 10)
    #expect(data.facts.counts == ["train": 200, "test": 100, "reversed": 100])
  }

  @Test(arguments: [
    ("[{ as: test }]", "testSets.0.as: 'test' is the name of a split"),
    ("[{ as: a-b }]", "testSets.0.as: expected a letter, then letters, digits and _, found 'a-b'"),
    ("[{ split: test }]", "missing key 'as'"),
    ("[{ as: a }, { as: a }]", "testSets: two of them are called 'a'"),
    ("[{ as: a, resize: { width: 4, height: 4 } }]", "goes with one of path, name and synthetic"),
    (
      "[{ as: a, shaping: { normalization: computed } }]",
      "has a normalization, which is that of the training samples for every set"
    ),
    ("[{ as: a, name: mnist, path: b }]", "expected one of path, name and synthetic, found 2"),
  ]) func whatCannotBeASetIsRefused(sets: String, problem: String) throws {
    let error = #expect(throws: (any Error).self) { try pipeline(sets) }
    #expect("\(String(describing: error))".contains(problem), "\(String(describing: error))")
  }

  @Test func aSplitThatNobodyStatesIsRefused() throws {
    let error = #expect(throws: (any Error).self) {
      try pipeline(Self.moons, splits: "[train, meting]")
    }
    #expect(
      "\(String(describing: error))".contains(
        "splits: expected some of train, test, meeting, again, trained, found 'meting'; did you "
          + "mean 'meeting'?"), "\(String(describing: error))")
  }

  /// Samples of other classes or another shape are refused by the set's name.
  @Test(arguments: [
    (
      "{ as: other, synthetic: { kind: gaussian-mixture, dimension: 3 } }",
      "dataset.testSets.other: training samples are 2, test samples 3"
    ),
    (
      "{ as: other, synthetic: { kind: gaussian-mixture, dimension: 2, classCount: 3 } }",
      "the test data of dataset.testSets.other: has samples of '2', which is no class of the "
        + "training data"
    ),
  ]) func whatDoesNotFitIsRefusedByItsName(set: String, problem: String) throws {
    let configuration = try #require(try pipeline("[\(set)]").runs.first).configuration
    let error = #expect(throws: (any Error).self) {
      try DatasetLoader(threads: 1).load(configuration.dataset)
    }
    #expect("\(String(describing: error))".contains(problem), "\(String(describing: error))")
  }
}
