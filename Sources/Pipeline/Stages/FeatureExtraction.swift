public import CollapseCore
public import Datasets
import FeatureStore
import FoundationEssentials
import Networks
public import Training

/// Dumping the features of samples under a trained network to a feature file.
public struct FeatureExtraction {
  /// Which layers go into the file.
  public enum Layers: Sendable, Hashable {
    /// The input of the classifier.
    case last
    /// The output of every hidden block; the last is the input of the classifier.
    case all
    case named([String])

    /// As users name them: `last`, `all`, or names separated by commas.
    public init(named text: String) {
      self =
        switch text {
        case "last": .last
        case "all": .all
        default: .named(text.split(separator: ",").map(String.init))
        }
    }
  }

  let extractor: any FeatureNetwork
  private let attributes: [String: AttributeValue]
  /// What is known of the network, for feature files.
  private let facts: FeatureMetadata

  /// - Parameters:
  ///   - checkpoint: the content of a checkpoint file; it is all that is needed.
  ///   - normalization: the affine map of samples in place of the one it was trained with.
  ///   - preprocessing: how samples are prepared, where that is not as the checkpoint says.
  /// - Throws: ``TrainingError`` when it is malformed.
  public init(
    _ checkpoint: NamedTensors, normalization: ChannelNormalization? = nil,
    preprocessing: Preprocessing? = nil, threads: Int? = nil
  ) throws {
    attributes = checkpoint.attributes
    let extractor = try FeatureExtractor(
      checkpoint, normalization: normalization, threads: threads)
    self.extractor = extractor
    let header = extractor.header
    var facts = FeatureMetadata()
    if case .string(let hash) = attributes["dataset_sha256"] { facts.datasetSHA256 = hash }
    facts.facts = try RunFacts(checkpoint, header)
    facts.epoch =
      attributes[CheckpointContent.statesEpoch] == .boolean(false) ? nil : header.epoch
    facts.trainLoss = header.metrics?.trainLoss
    facts.trainAccuracy = header.metrics?.trainAccuracy
    if case .string(let text) = attributes["network"] { facts.description = text }
    if let preprocessing {
      facts.preprocessing = try JSONText.compact(PreprocessingRecord(preprocessing))
    } else if case .string(let text) = attributes["preprocessing"] {
      facts.preprocessing = text
    }
    if case .string(let text) = attributes["doubt"] { facts.doubt = text }
    self.facts = facts
  }

  /// A graph, of whose training nothing is known but what its file's name says.
  init(_ graph: ImportedGraph) {
    extractor = graph.network
    attributes = [:]
    var facts = FeatureMetadata()
    facts.epoch = FileNameFacts(graph.path).epoch
    self.facts = facts
  }

  /// Takes features by the moments of batches, as they are in training, instead of the running moments of
  /// batch normalization. Rows then come batch by batch, in a seeded order of the samples.
  ///
  /// - Parameter size: samples of a batch; absent: those of a batch of the training.
  /// - Throws: ``TrainingError`` of kind `usage` where the network has no batch normalization, or nobody
  ///   knows how large batches were.
  public func normalizeByBatches(of size: Int? = nil) throws {
    guard let extractor = extractor as? FeatureExtractor else {
      throw TrainingError(
        kind: .usage, operation: "take features by the moments of batches",
        reason: "the network runs in ONNX Runtime, as a graph whose moments are fixed")
    }
    guard size != nil || knowsTraining else {
      throw TrainingError(
        kind: .usage, operation: "take features by the moments of batches",
        reason: "the checkpoint does not say how large the batches of its training were: state it")
    }
    try extractor.normalizeByBatches(of: size)
  }

  /// Samples in the order in which their features come.
  func arranged(_ samples: any LabeledSamples) -> any LabeledSamples {
    func select(_ samples: some LabeledSamples, _ order: [Int]) -> any LabeledSamples {
      samples.selecting(order)
    }
    let order = (extractor as? FeatureExtractor)?.batchOrder(of: samples.count)
    return order.map { select(samples, $0) } ?? samples
  }

  /// Epochs done, where that is known.
  var epoch: Int? { facts.epoch }

  /// Whether the checkpoint says how the network was trained: one that was taken over does not.
  var knowsTraining: Bool { attributes[CheckpointContent.statesEpoch] == nil }

  /// Where the time of all that was extracted so far went.
  public var times: ExtractionTimes { extractor.times }

  /// Samples in the form the network was trained on: `train` with its subset and labels, any other
  /// split with the same classes and padding; labels are those that the checkpoint gives the
  /// classes of the samples' names.
  ///
  /// - Throws: ``TrainingError`` when what the checkpoint says of it is malformed,
  ///   ``DatasetError`` when these samples cannot be shaped so, or are of classes the checkpoint
  ///   does not know.
  public func shaped(
    _ samples: any LabeledSamples, split: String
  ) throws -> any LabeledSamples {
    guard case .string(let text)? = attributes["shaping"] else {
      return try matched(samples, split)
    }
    guard let trained = try? JSONDecoder().decode(Shaping.self, from: Data(text.utf8)) else {
      throw TrainingError(
        kind: .badInput, operation: "read attribute 'shaping' of the checkpoint",
        reason: "it is no description of a data set's shape")
    }
    var shaping = split == "train" ? trained : trained.forEvaluation
    shaping.normalization = nil  // the network's own is applied as it is fed
    func apply(_ samples: some LabeledSamples) throws -> any LabeledSamples {
      try shaping.apply(to: samples, split: split, name: "shaping of the training").samples
    }
    // Classes that are named one by one are matched by that; else before labels are changed.
    return shaping.classes == nil && shaping.merge == nil
      ? try apply(try matched(samples, split)) : try matched(try apply(samples), split)
  }

  /// The layers of those asked for that give maps, which `pooling` is about.
  public func mapLayers(of layers: Layers) throws -> [String] {
    let maps = Set(extractor.layers.filter { $0.shape.rank == 3 }.map(\.name))
    return try names(of: layers).filter(maps.contains)
  }

  /// Bytes of the features of `count` samples.
  ///
  /// - Throws: ``TrainingError`` for a layer there is not.
  public func byteCount(of count: Int, layers: Layers, pooling: FeaturePooling) throws -> Int {
    try names(of: layers).reduce(0) {
      try $0 + count * extractor.columnCount($1, pooling: pooling) * MemoryLayout<Float>.size
    }
  }

  /// Samples under the labels that the checkpoint gives the classes of their names.
  ///
  /// - Throws: ``DatasetError`` for samples of classes the checkpoint does not know.
  public func matched(
    _ samples: any LabeledSamples, _ split: String
  ) throws -> any LabeledSamples {
    try samples.matched(
      to: extractor.classNames, of: "the checkpoint", name: "the data of split '\(split)'")
  }

  /// Writes features, labels and the classifier to `path`: whole, or not at all. Samples of other
  /// classes than the checkpoint's keep theirs, and the classifier is left out.
  ///
  /// - Parameters:
  ///   - pooling: what becomes of layers that give maps.
  ///   - onProgress: is told the rows written so far.
  /// - Returns: whether all samples were extracted; when interrupted nothing is written.
  /// - Throws: ``TrainingError`` for samples of another shape or layers there are not,
  ///   ``ArrayFileError`` and `FileError` where the file cannot be written.
  public func write(
    _ samples: any LabeledSamples, split: String, layers: Layers = .last,
    pooling: FeaturePooling = .mean, to path: String, interruption: Interruption = Interruption(),
    onProgress: (Int) -> Void = { _ in }
  ) throws -> Bool {
    let samples = arranged(samples)
    let names = try names(of: layers)
    let writer = try FeatureFileWriter(
      path, rowCount: samples.count,
      layers: try names.map { ($0, try extractor.columnCount($0, pooling: pooling)) },
      metadata: try metadata(of: samples, split: split),
      classifier: try classifier(for: samples, names))
    let labels = samples.labels
    let isComplete = try extractor.extract(
      samples, layers: names, pooling: pooling, interruption: interruption
    ) { block in
      try writer.append(block.layers.map(\.rows), labels: Array(labels[block.range]))
      onProgress(block.range.upperBound)
    }
    if isComplete { try extractor.countingAsWriting { try writer.finish() } }
    return isComplete
  }

  func names(of layers: Layers) throws -> [String] {
    switch layers {
    case .last: return [extractor.featureLayer]
    case .named(let names): return names
    case .all:
      return extractor.blocks
    }
  }

  /// W and b where they are those of the last layer asked for and their rows are the samples'
  /// classes.
  func classifier(
    for samples: any LabeledSamples, _ layers: [String]
  ) throws -> LinearClassifier? {
    layers.last == extractor.featureLayer && samples.classNames == extractor.classNames
      ? try extractor.classifier() : nil
  }

  func metadata(of samples: any LabeledSamples, split: String) throws -> FeatureMetadata {
    var metadata = facts
    metadata.createdBy = "collapse \(CollapseVersion.current)"
    metadata.split = split
    metadata.classNames = samples.classNames
    if let size = (extractor as? FeatureExtractor)?.batchOfMoments {
      metadata.statistics = "batches of \(size)"
    }
    return metadata
  }
}
