import Arrays
import CollapseCore
import Datasets
import FeatureStore
import Files
import Networks
import NeuralCollapse
import Pipeline
import Reporting
import Synchronization
import TestSupport
import Testing
import Training

/// Images with structure, so that poolings matter: smooth patches of a shade for each class.
private func images(_ count: Int, seed: UInt64) -> LabeledImages {
  var generator = SeededGenerator(seed: seed)
  let classes = ForeignNetwork.classes
  var pixels: [UInt8] = []
  var labels: [Int32] = []
  for index in 0..<count {
    let label = index % classes
    labels.append(Int32(label))
    for channel in 0..<3 {
      let corners = (0..<4).map { _ in Double.random(in: 0...150, using: &generator) }
      let shade = channel == label ? 90.0 : 0
      for y in 0..<8 {
        for x in 0..<8 {
          let (u, v) = (Double(x) / 7, Double(y) / 7)
          let smooth =
            corners[0] * (1 - u) * (1 - v) + corners[1] * u * (1 - v) + corners[2] * (1 - u) * v
            + corners[3] * u * v
          pixels.append(UInt8(smooth + shade + Double.random(in: 0...15, using: &generator)))
        }
      }
    }
  }
  return LabeledImages(
    sampleShape: ForeignNetwork.input, pixels: pixels, labels: labels,
    classNames: ["red", "green", "blue"])
}

private let preprocessing = Preprocessing(
  normalization: Preprocessing.normalization(means: [0.4], standardDeviations: [0.2]))

/// A network of the structure that is meant, hardly trained, in a file as others write it.
private struct TrainedNetwork {
  let path: String
  /// What it gives for the samples, by the engine that trained it.
  let logits: [Float]
  let outputs: String

  init(_ network: ForeignNetwork, in folder: TemporaryFolder, samples: LabeledImages) throws {
    var options = TrainingOptions()
    options.epochs = 8
    options.batchSize = 12
    // Steps that end small let running moments come to what the network takes in.
    options.learningRate = LearningRate(initial: 0.02, schedule: .cosine())
    options.threads = 1
    let trained = try Trainer(
      network: NetworkDescription(kind: "custom", layers: network.layers), options: options,
      training: images(240, seed: 1), normalization: preprocessing.normalization
    ).run().checkpoint
    path = folder.write(
      SafetensorsWriter.file(
        try network.arrays().map { ours, theirs, shape in
          (theirs, "F32", shape.dimensions, trained[ours]!.values.withUnsafeBytes { Array($0) })
        }), to: "model.safetensors")
    var logits: [Float] = []
    try FeatureExtractor(trained, threads: 1).extract(samples) { logits += $0.logits }
    self.logits = logits
    outputs = folder.write(
      NPYWriter.file(logits, [samples.count, ForeignNetwork.classes]), to: "logits.npy")
  }
}

@Suite struct ImportedNetworkTests {
  private let folder = TemporaryFolder()
  private let samples = images(96, seed: 2)

  private func options() -> ImportOptions {
    var options = ImportOptions(preprocessing: preprocessing)
    options.threads = 1
    return options
  }

  private func imported(
    _ network: TrainedNetwork, _ options: ImportOptions, _ samples: LabeledImages? = nil
  ) throws -> ImportedNetwork {
    try ImportedNetwork(
      network.path, options, samples: samples ?? self.samples, input: ForeignNetwork.input)
  }

  /// From the file to the same outputs: the right one of all readings is found by moments and
  /// accuracy alone, and gives what the network gives.
  @Test(arguments: (ForeignNetwork.residual + ForeignNetwork.chains).filter(\.hidden.isEmpty))
  func theNetworkIsTheOneThatWasTrained(_ network: ForeignNetwork) throws {
    let trained = try TrainedNetwork(network, in: folder, samples: samples)
    var options = self.options()
    // What no moment and no label tells apart has to be told by outputs.
    if network.name == "bottleneck"
      || ForeignNetwork.chains.contains(where: { $0.name == network.name })
    {
      options.logits = trained.outputs
    }
    let found = try imported(trained, options)
    var logits: [Float] = []
    try FeatureExtractor(found.checkpoint, threads: 1).extract(samples) { logits += $0.logits }
    let largest = trained.logits.map(\.magnitude).max()!
    for (ours, theirs) in zip(logits, trained.logits) {
      // Another order of the same sums, in float32.
      #expect((ours - theirs).magnitude <= 1e-5 * largest)
    }
    #expect(found.checkpoint.attributes["confirmed_by"] != .string("nothing"))
    #expect(found.checkpoint.attributes["source"] == .string("model.safetensors"))
  }

  static let plain = ForeignNetwork.residual[0]

  @Test func samplesPreparedOtherwiseAreRefused() throws {
    let trained = try TrainedNetwork(Self.plain, in: folder, samples: samples)
    var options = self.options()
    options.preprocessing.normalization = Preprocessing.normalization(
      means: [0], standardDeviations: [1])
    let error = #expect(throws: NetworkError.self) { _ = try imported(trained, options) }
    #expect(error?.kind == .badInput)
    let text = error?.description ?? ""
    #expect(
      text.hasPrefix(
        "cannot take over the network: \(trained.path): what its batch normalizations take in is not "
          + "what they remember, in none of "))
    #expect(text.contains("from 'bn1' on (1 of "))
    #expect(text.hasSuffix("this is how samples are prepared (means, deviations, size)"))
    options.isTrusted = true
    #expect(try imported(trained, options).probe?.fits == false)
  }

  @Test func labelsInAnotherOrderAreRefused() throws {
    let trained = try TrainedNetwork(Self.plain, in: folder, samples: samples)
    var options = self.options()
    options.classNames = ["green", "blue", "red"]
    let error = #expect(throws: NetworkError.self) { _ = try imported(trained, options) }
    #expect(error?.reason.contains("no better than guessing") == true)
  }

  @Test func outputsOfAnotherNetworkAreRefused() throws {
    let trained = try TrainedNetwork(Self.plain, in: folder, samples: samples)
    var options = self.options()
    options.logits = folder.write(
      NPYWriter.file(
        trained.logits.map { -$0 }, [samples.count, ForeignNetwork.classes]), to: "other.npy")
    let error = #expect(throws: NetworkError.self) { _ = try imported(trained, options) }
    #expect(error?.reason.contains("its outputs are not those in \(folder("other.npy"))") == true)
  }

  @Test func classesAreThoseOfTheDataOrNamed() throws {
    let trained = try TrainedNetwork(Self.plain, in: folder, samples: samples)
    let two = samples.selecting(samples.labels.indices.filter { samples.labels[$0] < 2 })
      .relabeled(
        samples.labels.filter { $0 < 2 }, classNames: ["red", "green"])
    let error = #expect(throws: NetworkError.self) {
      _ = try imported(trained, self.options(), two)
    }
    #expect(
      error?.reason
        == "\(trained.path): its classifier has 3 outputs and the data 2 classes: name the class of "
        + "each output")
  }

  @Test func withoutDataNothingIsBelieved() throws {
    let trained = try TrainedNetwork(Self.plain, in: folder, samples: samples)
    func open(_ options: ImportOptions) throws -> ImportedNetwork {
      try ImportedNetwork(trained.path, options, samples: nil, input: ForeignNetwork.input)
    }
    let error = #expect(throws: NetworkError.self) { _ = try open(self.options()) }
    #expect(error?.reason.contains("not checked: without data nothing shows") == true)
    var options = self.options()
    options.isTrusted = true
    let found = try open(options)
    #expect(found.confirmation == .none)
    #expect(found.summary.last == "not checked")
  }

  @Test func manyCheckpointsAreMeasuredAsTheirFeatureFilesAre() throws {
    let trained = try TrainedNetwork(Self.plain, in: folder, samples: samples)
    let bytes = try FileContents.read(trained.path)
    let paths = ["epoch_1", "epoch_2", "broken"].map { name in
      folder.write(name == "broken" ? Array(bytes.dropLast(8)) : bytes, to: "\(name).safetensors")
    }
    var batch = CheckpointBatch(
      analysis: FeatureAnalysis(),
      splits: [
        .init(name: "train", samples: images(60, seed: 3), isMeasured: false),
        .init(name: "test", samples: samples, isMeasured: true),
      ], threads: 1)
    batch.importing = self.options()
    let found = Counter()
    let outcome = try batch.run(paths) { if case .found = $0 { _ = found.next() } }
    #expect(found.value == 1)
    #expect(outcome.failures.map(\.path) == [paths[2]])
    try #require(outcome.entries.map(\.path) == Array(paths.prefix(2)))
    let records = outcome.entries.map(\.record.measurements)
    #expect(records.map { $0.map(\.epoch) } == [[1], [2]])
    #expect(records.map { $0.map(\.split) } == [["test"], ["test"]])
    // The same network twice: the same measures; again: all stand.
    #expect(records[0][0].report == records[1][0].report)
    let again = try batch.run(paths, earlier: outcome.entries) { _ in }
    #expect(again.reused == 2)
    // One that is new comes first, and what stood stands while it is measured.
    let newer = folder.write(bytes, to: "epoch_3.safetensors")
    let told = Mutex<[[String]]>([])
    _ = try batch.run(Array(paths.prefix(2)) + [newer], earlier: outcome.entries) { event in
      if case .done(_, let entries) = event { told.withLock { $0.append(entries.map(\.path)) } }
    }
    #expect(told.withLock { $0 } == [Array(paths.prefix(2)) + [newer]])

    let extraction = try FeatureExtraction(
      imported(trained, self.options()).checkpoint, threads: 1)
    var files: [String] = []
    for (split, samples) in [("train", images(60, seed: 3)), ("test", samples)] {
      files.append(folder("\(split).h5"))
      _ = try extraction.write(samples, split: split, to: files.last!)
    }
    let analyzed = try AnalysisBatch(meansFrom: files[0]).run([FeatureSource(files[1])])
    let byFile = try #require(analyzed.entries.first?.record.measurements.first)
    #expect(records[0][0].report.measures.map { "\($0)" } == byFile.report.measures.map { "\($0)" })
  }

  /// Networks of two structures, checkpoints in turns, one of them broken: how many are measured at
  /// a time decides neither a bit nor an order, and what an interruption leaves is done after it.
  @Test(arguments: [1, 2, 5])
  func howManyAtATimeDecidesNothing(jobs: Int) throws {
    let networks = try [Self.plain, ForeignNetwork.chains[0]].map {
      try FileContents.read(try TrainedNetwork($0, in: folder, samples: samples).path)
    }
    let paths = (1...9).map { epoch in
      let bytes = networks[epoch % 2]
      return folder.write(
        epoch == 4 ? Array(bytes.dropLast(8)) : bytes, to: "epoch_\(epoch).safetensors")
    }
    var batch = CheckpointBatch(
      analysis: FeatureAnalysis(),
      splits: [.init(name: "train", samples: samples, isMeasured: true)], threads: 1)
    batch.importing = self.options()
    batch.importing?.isTrusted = true
    batch.jobs = 1
    let expected = try batch.run(paths) { _ in }
    try #require(expected.entries.count == 8)

    batch.jobs = jobs
    let found = Counter()
    let done = Counter()
    let interruption = Interruption()
    let stopped = try batch.run(paths, interruption: interruption) { event in
      switch event {
      case .found: _ = found.next()
      case .done: if done.next() == 3 { interruption.request() }
      case .fewer: break
      }
    }
    #expect(stopped.remaining > 0)
    #expect(stopped.remaining + stopped.entries.count + stopped.failures.count == paths.count)
    let whole = try batch.run(paths, earlier: stopped.entries) { event in
      if case .found = event { _ = found.next() }
    }
    // Each structure once in each of the two batches at most.
    #expect((2...4).contains(found.value))
    #expect(whole.reused == stopped.entries.count)
    #expect(whole.failures.map(\.path) == [paths[3]])
    #expect(whole.entries.map(\.path) == expected.entries.map(\.path))
    for (ours, theirs) in zip(whole.entries, expected.entries) {
      #expect(ours.record.measurements.map(\.report) == theirs.record.measurements.map(\.report))
    }
  }

  struct PathCase: Sendable {
    let pattern: String
    let path: String
    let run: String?
    let epoch: Int?
  }

  @Test(arguments: [
    PathCase(
      pattern: "run={run}/epoch={epoch}", path: "out/run=a-1/epoch=7.pt", run: "a-1", epoch: 7),
    PathCase(
      pattern: "{run}-{epoch}", path: "x/resnet-18-0030.pth.tar", run: "resnet-18", epoch: 30),
    PathCase(pattern: "*_{epoch}", path: "x/a_b_12.pt", run: nil, epoch: 12),
    PathCase(pattern: "{run}/last", path: "r3/last.ckpt", run: "r3", epoch: nil),
  ])
  func pathsStateRunAndEpoch(_ expected: PathCase) throws {
    let facts = try NamePattern(expected.pattern).facts(of: expected.path)
    #expect(facts.run == expected.run)
    #expect(facts.epoch == expected.epoch)
  }

  @Test func patternsThatDoNotMatchAreRefused() throws {
    let error = #expect(throws: NamePattern.Malformed.self) {
      _ = try NamePattern("epoch={epoch}").facts(of: "a/step=3.pt")
    }
    #expect(error?.description == "a/step=3.pt does not match the pattern 'epoch={epoch}'")
    for text in ["epochs", "{epoch}{epoch}", "{step}"] {
      #expect(throws: NamePattern.Malformed.self) { _ = try NamePattern(text) }
    }
  }
}
