public import CollapseCore
public import Datasets
import FoundationEssentials
public import Training

/// The samples of a run, shaped and ready for a network.
public struct TrainingData: Sendable {
  /// What it is, for people and for files.
  public let name: String
  public let train: any LabeledSamples
  public let test: (any LabeledSamples)?
  /// What else the network is tested on.
  public let testSets: [TestSet]
  public let normalization: ChannelNormalization
  /// What shaping did to the training split; `nil` where none was asked for.
  public let record: ShapingRecord?
  /// SHA-256 of everything the samples depend on: the files, or the description, and the shaping.
  public let sha256: String

  package init(
    name: String, train: any LabeledSamples, test: (any LabeledSamples)?,
    testSets: [TestSet] = [], normalization: ChannelNormalization, record: ShapingRecord?,
    sha256: String
  ) {
    self.name = name
    self.train = train
    self.test = test
    self.testSets = testSets
    self.normalization = normalization
    self.record = record
    self.sha256 = sha256
  }

  /// The samples of `split`: `train`, `test`, or the name of a test set.
  public subscript(split: String) -> (any LabeledSamples)? {
    switch split {
    case "train": train
    case "test": test
    default: testSets.first { $0.name == split }?.samples
    }
  }
}

extension DatasetLoader {
  /// Reads and shapes the data of a run.
  ///
  /// - Throws: ``DatasetError`` when a split is missing, when training and test samples differ in
  ///   shape or classes, and all that reading and shaping throw.
  public func load(_ configuration: DatasetConfiguration) throws -> TrainingData {
    var files = LoadedSources(loader: self)
    let source = try files.load(configuration.train)
    let train = try source.samples(of: configuration.train.split ?? "train")
    var test: (any LabeledSamples)?
    if let testSource = configuration.test {
      test = try files.load(testSource).samples(of: testSource.split ?? "test")
    } else {
      test = source["test"]?.samples
    }
    if let found = test { test = try agreeing(found, with: train, name: source.origin) }

    var shaping = configuration.shaping ?? Shaping()
    if let dataset = configuration.train.synthetic?.dataset, !type(of: dataset).mayBeNormalized {
      guard shaping.normalization == nil else {
        throw DatasetError(
          file: "dataset.shaping", location: "normalization",
          problem:
            "samples of '\(type(of: dataset).kind)' are not normalized, which would mix them",
          kind: .usage)
      }
      shaping.normalization = .given(.identity(channels: train.sampleShape[0]))
    } else if shaping.normalization == nil {
      shaping.normalization = .computed
    }
    let (shaped, record) = try shape(train, shaping, split: "train")
    let evaluation = shaping.forEvaluation
    let shapedTest = try test.map { try shape($0, evaluation, split: "test").samples }
    let testSets = try (configuration.testSets ?? []).map { set in
      let (source, split) = set.source(in: configuration)
      let found = try files.load(source).samples(of: split)
      return TestSet(
        name: set.name,
        samples: try self.shaped(found, for: set, as: evaluation, beside: (train, shaped)))
    }
    return TrainingData(
      name: source.origin, train: shaped, test: shapedTest, testSets: testSets,
      normalization: try record.normalization ?? ChannelNormalization(of: shaped),
      record: configuration.shaping == nil ? nil : record,
      sha256: try digest(configuration, files.hashes))
  }

  private func shape(
    _ samples: some LabeledSamples, _ shaping: Shaping, split: String
  ) throws -> (samples: any LabeledSamples, record: ShapingRecord) {
    try shaping.apply(to: samples, split: split, name: "dataset.shaping")
  }

  /// The samples of a named test set in the shape and under the labels of the training samples,
  /// which are given as they were read and as they were shaped.
  private func shaped(
    _ samples: any LabeledSamples, for set: TestSetConfiguration, as evaluation: Shaping,
    beside training: (read: any LabeledSamples, shaped: any LabeledSamples)
  ) throws -> any LabeledSamples {
    let name = "dataset.testSets.\(set.name)"
    guard let own = set.shaping else {
      let agreed = try agreeing(samples, with: training.read, name: name)
      return try shape(agreed, evaluation, split: set.name).samples
    }
    // Classes that the training data has too are numbered as there; what has others must make the
    // classes of the training by its own shaping.
    let names = training.read.classNames
    let isKnown = Set(samples.classNames).isSubset(of: names)
    let found =
      isKnown ? try samples.matched(to: names, of: "the training data", name: name) : samples
    let shaped = try own.apply(to: found, split: set.name, name: "\(name).shaping").samples
    guard own.colour == nil || shaped.classNames == training.shaped.classNames else {
      throw DatasetError(
        file: name, location: "colour",
        problem: "colours go by the order of the classes, which is "
          + "\(training.shaped.classNames.joined(separator: ", ")) in training, found "
          + shaped.classNames.joined(separator: ", "), kind: .usage)
    }
    return try agreeing(shaped, with: training.shaped, name: name)
  }

  /// Test samples in the shape and under the labels of the training samples.
  private func agreeing(
    _ test: any LabeledSamples, with train: any LabeledSamples, name: String
  ) throws -> any LabeledSamples {
    guard train.sampleShape == test.sampleShape else {
      throw DatasetError(
        file: name,
        problem: "training samples are \(train.sampleShape), test samples \(test.sampleShape)")
    }
    return try test.matched(
      to: train.classNames, of: "the training data", name: "the test data of \(name)")
  }

  private func digest(_ configuration: DatasetConfiguration, _ hashes: [String]) throws -> String {
    // Where the files lie does not matter, what is in them does.
    var placeless = configuration
    placeless.train.path = configuration.train.path.map { _ in "" }
    placeless.test?.path = configuration.test?.path.map { _ in "" }
    placeless.testSets = configuration.testSets?.map { set in
      var placeless = set
      placeless.source.path = set.source.path.map { _ in "" }
      return placeless
    }
    // Version 1 rounded otherwise where it resampled.
    let isResampled =
      configuration.train.isResampled || configuration.test?.isResampled == true
      || configuration.testSets?.contains { $0.source.isResampled } == true
    return try StageKey(
      stage: "data", version: isResampled ? "2" : "1", options: placeless, inputs: hashes
    ).hex
  }
}

/// Sources that were read, so that those of several splits are read once.
private struct LoadedSources {
  let loader: DatasetLoader
  private var loaded: [(source: SampleSource, dataset: LoadedDataset)] = []
  /// SHA-256 of all files that were read.
  private(set) var hashes: [String] = []

  init(loader: DatasetLoader) { self.loader = loader }

  mutating func load(_ source: SampleSource) throws -> LoadedDataset {
    let known = loaded.first { $0.source.isSameFiles(as: source) }?.dataset
    let dataset = try known ?? loader.load(source)
    if known == nil { loaded.append((source, dataset)) }
    // Named for every source that was stated, as the digest always was.
    hashes += dataset.files.compactMap(\.sha256)
    return dataset
  }
}

extension SampleSource {
  /// Whether both read the same files in the same way, whatever split they then take.
  fileprivate func isSameFiles(as other: SampleSource) -> Bool {
    var one = self
    var two = other
    one.split = nil
    two.split = nil
    return one == two
  }
}
