public import CollapseCore

/// A trained network whose layers' outputs can be asked for, whatever runs it.
public protocol FeatureNetwork: AnyObject {
  /// The shape of one sample.
  var inputShape: Shape { get }
  /// The class of each output of the classifier.
  var classNames: [String] { get }
  /// What can be asked for, in order of execution, and the shapes of one sample there.
  var layers: [(name: String, shape: Shape)] { get }
  /// The outputs of hidden blocks; the last is the classifier's input.
  var blocks: [String] { get }
  /// What the classifier takes.
  var featureLayer: String { get }
  /// Where the time of all extractions so far went.
  var times: ExtractionTimes { get }
  /// Samples per block where no number is given: the same on every machine, so that bits are.
  var batchSize: Int { get }
  /// Bytes of memory it takes while it runs, at least.
  var memoryByteCount: Int { get }

  /// W and b of the classifier.
  func classifier() throws -> LinearClassifier

  /// Calls `body` with the features of all `samples`, block after block in their order.
  ///
  /// - Parameters:
  ///   - samples: of the shape the network takes.
  ///   - layers: names from ``layers``; by default ``featureLayer`` alone.
  ///   - pooling: what becomes of maps.
  ///   - batchSize: samples per block; ``batchSize`` where `nil`.
  ///   - interruption: ends the extraction between two blocks by an `interruption` result.
  ///   - body: is given each block, in the order of the samples.
  /// - Returns: whether all samples were extracted.
  /// - Throws: ``TrainingError`` for an unknown layer or samples of another shape; what `body`
  ///   throws.
  @discardableResult
  func extract(
    _ samples: any LabeledSamples, layers: [String]?, pooling: FeaturePooling, batchSize: Int?,
    interruption: Interruption, _ body: (FeatureBlock) throws -> Void
  ) throws -> Bool

  /// Counts what `body` does with all features, after the last block, as writing them.
  func countingAsWriting(_ body: () throws -> Void) rethrows
}

extension FeatureNetwork {
  /// The same with the usual batch.
  @discardableResult
  public func extract(
    _ samples: any LabeledSamples, layers: [String]? = nil, pooling: FeaturePooling = .mean,
    interruption: Interruption = Interruption(), _ body: (FeatureBlock) throws -> Void
  ) throws -> Bool {
    try extract(
      samples, layers: layers, pooling: pooling, batchSize: nil, interruption: interruption, body)
  }

  /// Numbers per sample of a layer.
  ///
  /// - Throws: ``TrainingError`` where there is no such layer.
  public func columnCount(_ name: String, pooling: FeaturePooling = .mean) throws -> Int {
    pooling.columnCount(of: try output(name))
  }

  func output(_ name: String) throws -> Shape {
    guard let layer = layers.first(where: { $0.name == name }) else {
      throw TrainingError(
        kind: .usage, operation: "extract features",
        reason: "the network has no layer '\(name)'; there are "
          + layers.map(\.name).joined(separator: ", "))
    }
    return layer.shape
  }

  /// Refuses samples of another shape.
  package func checkShape(of samples: any LabeledSamples) throws {
    guard samples.sampleShape == inputShape else {
      throw TrainingError(
        kind: .badInput, operation: "extract features",
        reason: "the network takes samples of shape \(inputShape), found \(samples.sampleShape)")
    }
  }
}
