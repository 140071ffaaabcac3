import Arrays
public import CollapseCore
import Datasets
import Files
import GraphRuntime
import Networks
public import Training

/// A network that ONNX Runtime runs: any graph of operators whose classifier is found.
public final class GraphNetwork: FeatureNetwork {
  public let inputShape: Shape
  public let classNames: [String]
  public let featureLayer: String
  public private(set) var times = ExtractionTimes()
  /// Twice the file: as it is read, and as ONNX Runtime keeps it.
  public let memoryByteCount: Int
  public var batchSize: Int { batchSize(atMost: FeatureExtractor.mostSamples) }
  /// Where its classifier is.
  let head: GraphHead
  private let dimension: Int
  private let weights: LinearClassifier
  private let normalization: ChannelNormalization?
  private let input: OperatorGraph.Input
  /// The shape of a sample as the graph takes it.
  private let extents: [Int]
  private let session: GraphSession

  public var layers: [(name: String, shape: Shape)] { [(featureLayer, [dimension])] }
  public var blocks: [String] { [featureLayer] }

  /// - Parameter input: the shape of one sample.
  /// - Throws: where the graph takes no such samples, the classifier is not found, and where ONNX
  ///   Runtime is not there or refuses the graph.
  init(
    _ file: ForeignFile, _ graph: OperatorGraph, _ options: ImportOptions, input shape: Shape,
    classNames: [String]
  ) throws {
    head = try GraphHead(graph, named: options.head)
    weights = try file.classifier(of: head)
    guard weights.classCount == classNames.count else {
      throw ImportedNetwork.refuse(
        "its classifier has \(weights.classCount) outputs, and \(classNames.count) classes are named"
      )
    }
    input = try graph.sampleInput
    extents = try input.check(shape).dimensions
    inputShape = shape
    self.classNames = classNames
    normalization = options.preprocessing.normalization
    // Files of features take no slashes in the names of layers.
    featureLayer = head.features.split(separator: "/").joined(separator: ".")
    dimension = weights.dimension
    let model = try FileContents.read(file.path)
    memoryByteCount = 2 * model.count
    session = try GraphSession(
      model: model, folder: Self.folder(of: file.path), input: input,
      outputs: [head.features, head.logits], stated: graph.outputs,
      threads: options.threads ?? Processors.count)
  }

  public func classifier() -> LinearClassifier { weights }

  @discardableResult
  public func extract(
    _ samples: any LabeledSamples, layers names: [String]?, pooling: FeaturePooling,
    batchSize: Int?, interruption: Interruption, _ body: (FeatureBlock) throws -> Void
  ) throws -> Bool {
    for name in names ?? [] { _ = try columnCount(name) }
    try checkShape(of: samples)
    guard samples.count > 0 else { return true }
    var whole = LapClock()
    var processor = LapClock(.processor)
    defer {
      times.seconds += whole.lap()
      times.processorSeconds += processor.lap()
    }
    var clock = LapClock()
    let batchSize = self.batchSize(
      atMost: min(batchSize ?? FeatureExtractor.mostSamples, samples.count))
    let feeder = BatchFeeder(samples, normalization: normalization, batchSize: batchSize)
    var isComplete = true
    try feeder.forEach(of: Array(0..<samples.count)) { number, batch in
      if interruption.isRequested {
        isComplete = false
        return false
      }
      times.waitSeconds += clock.lap()
      let start = number * batchSize
      let (features, logits) = try run(batch)
      times.decodeSeconds += batch.fillSeconds
      times.images += batch.count
      times.forwardSeconds += clock.lap()
      try body(
        FeatureBlock(
          range: start..<start + batch.count,
          layers: (names ?? [featureLayer]).map { ($0, dimension, features) }, logits: logits))
      times.writeSeconds += clock.lap()
      return true
    }
    return isComplete
  }

  public func countingAsWriting(_ body: () throws -> Void) rethrows {
    try times.countAsWriting(body)
  }

  private func run(_ batch: Batch) throws -> (features: [Float], logits: [Float]) {
    // A graph for a fixed number of samples is given that many; what the rest gives is dropped.
    let count = fixedBatch ?? batch.count
    var results: [[Float]] = [[], []]
    try session.run(batch.samples(paddedTo: count), shape: [count] + extents) {
      output, shape, values in
      let width = output == 0 ? dimension : classNames.count
      guard shape.first == count, shape.dropFirst().reduce(1, *) == width else {
        throw ImportedNetwork.refuse(
          "'\(output == 0 ? head.features : head.logits)' is of shape \(Shape(shape)) for \(count) "
            + "samples, expected \(width) numbers for each")
      }
      results[output] = Array(values.prefix(batch.count * width))
    }
    return (results[0], results[1])
  }

  private var fixedBatch: Int? { input.shape.first ?? nil }

  /// Samples at a time: as many as the graph is made for, else such as take some megabytes.
  private func batchSize(atMost most: Int) -> Int {
    if let fixedBatch { return fixedBatch }
    return max(1, min(most, 128, max(16, (1 << 22) / max(1, inputShape.elementCount))))
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }
}

extension GraphNetwork {
  /// What runs on some samples say: the share of right answers, and how far features times W are
  /// from the logits, as a share of the largest.
  func check(
    _ samples: any LabeledSamples, isLabelled: Bool
  ) throws -> (accuracy: Double?, headDifference: Double) {
    var correct = 0
    var difference = 0.0
    var largest = 0.0
    let classes = classNames.count
    try extract(samples) { block in
      for (row, index) in block.range.enumerated() {
        let logits = block.logits[row * classes..<(row + 1) * classes]
        let best = logits.indices.max { logits[$0] < logits[$1] }! - logits.startIndex
        if best == Int(samples.labels[index]) { correct += 1 }
        let features = block.layers[0].rows[row * dimension..<(row + 1) * dimension]
        for (place, logit) in logits.enumerated() {
          var sum = weights.bias?[place] ?? 0
          for (column, feature) in features.enumerated() {
            sum += weights.weights[place, column] * Double(feature)
          }
          largest = max(largest, Double(logit).magnitude)
          let distance = (sum - Double(logit)).magnitude
          if !(distance <= difference) { difference = distance }
        }
      }
    }
    let accuracy = isLabelled ? Double(correct) / Double(max(1, samples.count)) : nil
    return (accuracy, difference / max(largest, .leastNormalMagnitude))
  }
}

extension ForeignFile {
  /// W and b of a graph's classifier.
  fileprivate func classifier(of head: GraphHead) throws -> LinearClassifier {
    let stored = try tensor(head.weight)
    let weight = head.isTransposed ? stored.transposed : stored
    let (classes, width) = (weight.shape[0], weight.shape[1])
    let bias = try head.bias.map { try tensor($0) }
    if let bias, bias.values.count != classes {
      throw ImportedNetwork.refuse(
        "'\(head.bias ?? "")' has \(bias.values.count) numbers, expected one for each of \(classes) "
          + "classes")
    }
    return LinearClassifier(
      weights: Matrix(rows: classes, columns: width, elements: weight.values.map(Double.init)),
      bias: bias.map { $0.values.map(Double.init) })
  }
}

extension Tensor {
  /// Columns as rows.
  ///
  /// - Precondition: it is a matrix.
  var transposed: Tensor {
    let (rows, columns) = (shape[0], shape[1])
    var values = [Float](repeating: 0, count: self.values.count)
    for row in 0..<rows {
      for column in 0..<columns {
        values[column * rows + row] = self.values[row * columns + column]
      }
    }
    return Tensor(shape: [columns, rows], values: values)
  }
}
