import CollapseCore
import FeatureStore
import Files
import FoundationEssentials
import Networks
import NeuralCollapse
import Pipeline
import Reporting
import TestSupport
import Testing
import Training

/// A run is found by what it is, and keeps saying what it is wherever its numbers go.
@Suite struct RunIdentityTests {
  let folder = TemporaryFolder()

  private func pipeline(
    name: String = "study",
    grid: String = "{ training.learningRate: [0.05, 0.1], training.seed: [1, 2] }",
    _ overrides: String...
  ) throws -> PipelineFile {
    try PipelineFile(
      yaml: """
        name: \(name)
        dataset:
          synthetic: { kind: gaussian-mixture, classCount: 3, dimension: 5, trainPerClass: 20, seed: 2 }
        network: { kind: mlp, widths: [8, 6], batchNormalization: last }
        training: { epochs: 2, batchSize: 20 }
        grid: \(grid)
        """, file: "study.yaml", overrides: overrides)
  }

  private func runner(_ pipeline: PipelineFile) -> PipelineRunner {
    PipelineRunner(
      pipeline: pipeline, runsFolder: folder("runs"),
      data: DatasetPool(loader: DatasetLoader(threads: 1)), threads: 1,
      algorithmCache: nil, stages: [.train, .extract, .analyze])
  }

  @Test func theSameRunUnderAnotherNameIsNotTrainedAgain() throws {
    let first = try runner(try pipeline()).run()
    try #require(first.failures.isEmpty && first.report.runs.count == 4)
    let others = [
      try pipeline(grid: "{ training.seed: [1, 2], training.learningRate: [0.05, 0.1] }"),
      try pipeline(name: "another"),
      try pipeline(grid: "{}", "training.learningRate=0.1", "training.seed=2"),
      try pipeline(grid: "{ training.seed: [2] }", "training.learningRate=1e-1"),
    ]
    let folders = Set(first.report.runs.flatMap(\.paths))
    for other in others {
      let plan = runner(other).plan()
      #expect(plan.runs.allSatisfy { $0.due == [] }, "\(plan.runs.compactMap(\.folder?.path))")
      #expect(plan.runs.allSatisfy { $0.folder.map { folders.contains($0.path) } ?? false })
    }
    // Other options are another run.
    let changed = runner(try pipeline(grid: "{}", "training.epochs=3")).plan()
    #expect(changed.runs.allSatisfy { $0.due == [.train, .extract, .analyze] })
  }

  @Test func twoPointsThatAreOneRunAreRefused() throws {
    let plan = runner(try pipeline(grid: "{ training.learningRate: [0.05, 5e-2] }")).plan()
    #expect(plan.problems.map(\.runs.count) == [2])
    #expect(
      plan.problems.first?.message
        == "study.yaml: grid: 'training.learningRate: 0.05' and 'training.learningRate: 5e-2' are "
        + "the same run")
  }

  /// What was changed by hand has a page of its own, and leaves that of the study alone.
  @Test func aPartOfAStudyHasItsOwnPage() throws {
    let whole = runner(try pipeline()).reportFolder
    let part = runner(try pipeline("training.epochs=20")).reportFolder
    let other = runner(try pipeline("grid.training.seed=[1]")).reportFolder
    #expect(whole == folder("runs/study/report"))
    #expect(part == folder("runs/study/report-training.epochs_20"))
    #expect(Set([whole, part, other]).count == 3)
  }

  @Test func trainingsOfOtherLengthsAreNotRepetitions() throws {
    let two = try runner(try pipeline(grid: "{ training.seed: [1, 2] }")).run().report
    let three = try runner(
      try pipeline(grid: "{ training.seed: [3, 4] }", "training.epochs=3")
    ).run().report
    let both = StudyReport(title: "both", runs: two.runs + three.runs)
    let rows = both.text(as: .markdown).split(separator: "\n").filter { $0.hasPrefix("|") }
    #expect(rows[0].contains("| epochs |"), "\(rows[0])")
    #expect(rows[2].hasSuffix("| 2 |") && rows[3].hasSuffix("| 2 |"))
    let header = CSVReader.records(both.text(as: .csv))[0]
    #expect(header.contains("epochs"))
  }

  /// Checkpoint, feature file and record say the same: batch normalization in the last hidden layer
  /// only is `last`, whoever measures.
  @Test func factsAreTheSameEverywhere() throws {
    let run = try #require(try runner(try pipeline()).run().report.runs.first)
    let folder = RunFolder(path: run.paths[0])
    let file = folder.features(epoch: 2, split: "train")
    let features = try FeatureSet(file).metadata.facts
    #expect(features == run.facts)
    #expect(features.normalization == Normalization(hidden: .last, last: false))
    #expect(features.options["training.epochs"] == .number(2))
    #expect(features.options["network.widths"] == .word("8-6"))
    let checkpoint = try FeatureExtraction(CheckpointFile.read(folder.checkpoint(epoch: 2)))
    _ = try checkpoint.write(
      LabeledPoints(
        dimension: 5, coordinates: (0..<15).map { Float($0) }, labels: [0, 1, 2],
        classNames: ["0", "1", "2"]), split: "train", to: self.folder("again.h5"))
    #expect(try FeatureSet(self.folder("again.h5")).metadata.facts == run.facts)
    let outcome = try AnalysisBatch().run([FeatureSource(file)])
    #expect(outcome.entries.first?.record.facts == run.facts)
  }

  /// What normalizations do with batches of alike samples is a part of what a run is, in all files.
  @Test func gatesOfNormalizationsAreFacts() throws {
    let gates = try pipeline(
      grid: "{ network.normalizationGate: [0.1, {threshold: 0.1, normalizesBy: batch}] }")
    let runs = try runner(gates).run().report.runs
    try #require(runs.count == 2)
    for (run, moments) in zip(runs, ["running", "batch"]) {
      let folder = RunFolder(path: run.paths[0])
      let file = try FeatureSet(folder.features(epoch: 2, split: "train")).metadata.facts
      #expect(file == run.facts)
      #expect(file.options["network.normalizationGate.threshold"] == .number(0.1))
      #expect(file.options["network.normalizationGate.normalizesBy"] == .word(moments))
      let header = try CheckpointHeader(CheckpointFile.read(folder.checkpoint(epoch: 2)))
      #expect(header.network.normalizationGate?.threshold == 0.1)
      #expect(header.network.normalizationGate?.normalizesBy.rawValue == moments)
    }
    let plain = try runner(try pipeline(grid: "{}")).run().report.runs[0].facts
    #expect(!plain.options.values.keys.contains { $0.contains("normalizationGate") })
  }
}

/// Features of other programs, whose names say what they do not.
@Suite struct FeatureOriginTests {
  let folder = TemporaryFolder()

  private func write(_ name: String, scale: Float) throws -> String {
    let path = folder(name)
    let writer = try FeatureFileWriter(
      path, rowCount: 12, layers: [("features", 2)], metadata: FeatureMetadata())
    try writer.append(
      [(0..<24).map { Float(($0 * 7) % 5) * scale + Float($0 % 2) }],
      labels: (0..<12).map { Int32($0 % 3) })
    try writer.finish()
    return path
  }

  private func runs(_ paths: [String], epoch: Int? = nil, split: String? = nil) throws
    -> [RunRecord]
  {
    var batch = AnalysisBatch()
    (batch.epoch, batch.split) = (epoch, split)
    let outcome = try batch.run(paths.map { FeatureSource($0) })
    #expect(outcome.failures.map(\.message) == [])
    let file = AnalysisFile(folder("m.csv"))
    try file.write(outcome.entries)
    return try AnalysisFile.records(in: [file.json]).runs
  }

  @Test func namesThatCarryEpochsAreOneRun() throws {
    let paths = try [1, 2, 10].flatMap { epoch in
      try ["train", "test"].map { try write("epoch_\(epoch)_\($0).h5", scale: Float(epoch)) }
    }
    let run = try #require(try runs(paths).first)
    #expect(try runs(paths).count == 1)
    #expect(run.trajectory(split: "train").map(\.epoch) == [1, 2, 10])
    #expect(run.trajectory(split: "test").map(\.epoch) == [1, 2, 10])
    #expect(run.measurements.map(\.epoch) == [1, 1, 2, 2, 10, 10])
    let notes = run.measurements.flatMap(\.report.notes)
    #expect(notes.contains("epoch 10 is taken from the file's name"))
  }

  @Test func twoModelsInOneFolderAreTwoRuns() throws {
    let paths = [
      try write("vgg-ep1.h5", scale: 1), try write("vgg-ep2.h5", scale: 2),
      try write("resnet-ep3.h5", scale: 3),
    ]
    let runs = try runs(paths)
    #expect(runs.map { $0.measurements.compactMap(\.epoch) } == [[1, 2], [3]])
    #expect(runs[0].name == folder("vgg"))
  }

  @Test func aFileThatStatesNoEpochHasNone() throws {
    let run = try #require(try runs([try write("plain.h5", scale: 1)]).first)
    #expect(run.measurements.map(\.epoch) == [nil])
    let csv = CSVReader.records(
      String(decoding: try FileContents.read(folder("m.csv")), as: UTF8.self))
    let place = try #require(csv[0].firstIndex(of: "epoch"))
    #expect(csv[1][place] == "")
  }

  /// What a file states of its network's training stands in the table, and decides when its error
  /// was zero: the samples measured, all classified right or not, may be a part of those trained on.
  @Test func statedLossAndAccuracyAreShown() throws {
    let stated: [(loss: Double, accuracy: Double)] = [(0.5, 0.75), (0.25, 1)]
    let paths = try stated.enumerated().map { index, training in
      var metadata = FeatureMetadata()
      (metadata.epoch, metadata.split) = (index + 1, "train")
      (metadata.trainLoss, metadata.trainAccuracy) = (training.loss, training.accuracy)
      let path = folder("epoch-\(index + 1).h5")
      let writer = try FeatureFileWriter(
        path, rowCount: 4, layers: [("features", 1)], metadata: metadata)
      try writer.append([[0, 0.125, 3, 3.5]], labels: [0, 0, 1, 1])
      try writer.finish()
      return path
    }
    let run = try #require(try runs(paths).first)
    #expect(run.zeroErrorEpoch == 2 && run.trainingAccuracy == 1)
    let csv = CSVReader.records(
      String(decoding: try FileContents.read(folder("m.csv")), as: UTF8.self))
    for (column, values) in [("train_loss", ["0.5", "0.25"]), ("train_accuracy", ["0.75", "1"])] {
      let place = try #require(csv[0].firstIndex(of: column))
      #expect(csv.dropFirst().map { $0[place] } == values)
    }
    #expect(try runs([paths[0]]).first?.zeroErrorEpoch == nil)
  }

  @Test func epochAndSplitCanBeTold() throws {
    let run = try #require(
      try runs([try write("plain.h5", scale: 1)], epoch: 7, split: "validation").first)
    #expect(run.measurements.map(\.epoch) == [7] && run.measurements[0].split == "validation")
    var metadata = FeatureMetadata()
    metadata.epoch = 3
    let writer = try FeatureFileWriter(
      folder("stated.h5"), rowCount: 2, layers: [("features", 1)], metadata: metadata)
    try writer.append([[1, 2]], labels: [0, 1])
    try writer.finish()
    var batch = AnalysisBatch()
    batch.epoch = 7
    #expect(
      try batch.run([FeatureSource(folder("stated.h5"))]).failures.map(\.message)
        == ["cannot measure '\(folder("stated.h5"))': it states epoch 3, and epoch 7 is asked for"])
  }
}
