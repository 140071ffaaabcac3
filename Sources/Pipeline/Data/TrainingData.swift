public import CollapseCore
public import Datasets
import FoundationEssentials

/// The samples of a run, shaped and ready for a network.
public struct TrainingData: Sendable {
  /// What it is, for people and for files.
  public let name: String
  public let train: any LabeledSamples
  public let test: (any LabeledSamples)?
  public let normalization: ChannelNormalization
  /// What shaping did to the training split; `nil` where none was asked for.
  public let record: ShapingRecord?
  /// SHA-256 of everything the samples depend on: the files, or the description, and the shaping.
  public let sha256: String

  package init(
    name: String, train: any LabeledSamples, test: (any LabeledSamples)?,
    normalization: ChannelNormalization, record: ShapingRecord?, sha256: String
  ) {
    self.name = name
    self.train = train
    self.test = test
    self.normalization = normalization
    self.record = record
    self.sha256 = sha256
  }

  /// The samples of `split`, `train` or `test`.
  public subscript(split: String) -> (any LabeledSamples)? {
    split == "train" ? train : split == "test" ? test : nil
  }
}

extension DatasetLoader {
  /// Reads and shapes the data of a run.
  ///
  /// - Throws: ``DatasetError`` when a split is missing, when training and test samples differ in
  ///   shape or classes, and all that reading and shaping throw.
  public func load(_ configuration: DatasetConfiguration) throws -> TrainingData {
    let source = try load(configuration.train)
    let train = try source.samples(of: configuration.train.split ?? "train")
    var hashes = source.files.compactMap(\.sha256)
    var test: (any LabeledSamples)?
    if let testSource = configuration.test {
      let dataset = testSource.isSameFiles(as: configuration.train) ? source : try load(testSource)
      test = try dataset.samples(of: testSource.split ?? "test")
      hashes += dataset.files.compactMap(\.sha256)
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
    let (shaped, record) = try shape(train, shaping)
    let shapedTest = try test.map { try shape($0, shaping.forEvaluation).samples }
    return TrainingData(
      name: source.origin, train: shaped, test: shapedTest,
      normalization: try record.normalization ?? ChannelNormalization(of: shaped),
      record: configuration.shaping == nil ? nil : record,
      sha256: try digest(configuration, hashes))
  }

  private func shape(
    _ samples: some LabeledSamples, _ shaping: Shaping
  ) throws -> (samples: any LabeledSamples, record: ShapingRecord) {
    try shaping.apply(to: samples, name: "dataset.shaping")
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
    // Version 1 rounded otherwise where it resampled.
    let isResampled = configuration.train.isResampled || configuration.test?.isResampled == true
    return try StageKey(
      stage: "data", version: isResampled ? "2" : "1", options: placeless, inputs: hashes
    ).hex
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
