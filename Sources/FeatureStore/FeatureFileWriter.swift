import Arrays
public import CollapseCore
import Files

/// Writes a feature file block by block, in memory that does not grow with the rows.
///
/// ```swift
/// let writer = try FeatureFileWriter(
///   "train.h5", rowCount: nil, layers: [("fc1", 512), ("fc2", 512)], metadata: metadata,
///   classifier: classifier)
/// for batch in batches { try writer.append(batch.layers, labels: batch.labels) }
/// try writer.finish()
/// ```
/// The file appears under its name when ``finish()`` returns, whole and on the disk; a writer
/// that is dropped before leaves nothing, and one that is killed leaves a file that
/// `AtomicFile.isTemporary` recognizes.
public final class FeatureFileWriter {
  private var pending: PendingFile
  private let root: HDF5Object
  private let layers: [HDF5DatasetWriter<Float>]
  private let labels: HDF5DatasetWriter<Int32>
  private let samples: HDF5DatasetWriter<Int64>
  private let declaredRowCount: Int?
  private var isFinished = false

  /// Begins a file that will be called `path`.
  ///
  /// - Parameters:
  ///   - path: where the file will stand once it is finished.
  ///   - rowCount: N, or `nil` where it is not known yet.
  ///   - layers: each layer's name and dimension d, first layer first; the last is what the
  ///     classifier is applied to.
  ///   - metadata: what is known of the training and of the samples.
  ///   - classifier: W and b of the last layer's classifier.
  /// - Throws: `FileError` where no file can be written there, `ArrayFileError` for layers
  ///   that are not fit for a file.
  public init(
    _ path: String, rowCount: Int?, layers: [(name: String, dimension: Int)],
    metadata: FeatureMetadata = FeatureMetadata(), classifier: LinearClassifier? = nil
  ) throws {
    try FeatureFileWriter.check(layers, classifier, path)
    let pending = try PendingFile(path)
    let root = try HDF5Object.createFile(pending.temporaryPath, as: path)
    try FileFormat.features.write(to: root)
    for (name, value) in metadata.attributes { try root.setAttribute(name, value) }
    let group = try root.createGroup("layers")
    self.layers = try layers.map { layer in
      try HDF5DatasetWriter(layer.name, in: group, rowShape: [layer.dimension], rowCount: rowCount)
    }
    try root.createSoftLink("features", to: "/layers/\(layers.last!.name)")
    labels = try HDF5DatasetWriter("labels", in: root, rowShape: [], rowCount: rowCount)
    samples = try HDF5DatasetWriter("samples", in: root, rowShape: [], rowCount: rowCount)
    if let classifier { try root.writeClassifier(classifier) }
    self.pending = pending
    self.root = root
    declaredRowCount = rowCount
  }

  /// Rows written so far.
  public var rowCount: Int { labels.rowCount }

  /// Writes the next rows of every layer.
  ///
  /// - Parameters:
  ///   - blocks: for each layer its rows one after another, in the order of the layers.
  ///   - labels: the label of each row.
  ///   - sampleIndices: where each row comes from in the data set; by default the rows are the
  ///     data set in its order.
  /// - Precondition: not finished; each block holds a row per label.
  /// - Throws: `ArrayFileError` where the file cannot be written, or more rows come than were
  ///   declared.
  public func append(
    _ blocks: [UnsafeBufferPointer<Float>], labels: [Int32], sampleIndices: [Int64]? = nil
  ) throws {
    precondition(!isFinished && blocks.count == layers.count)
    precondition(zip(blocks, layers).allSatisfy { $0.count == labels.count * $1.rowElementCount })
    precondition(sampleIndices.map { $0.count == labels.count } ?? true)
    if let declaredRowCount, rowCount + labels.count > declaredRowCount {
      throw root.error(
        "\(rowCount + labels.count) rows come, \(declaredRowCount) were declared",
        kind: .internalFailure)
    }
    let first = Int64(rowCount)
    for (block, layer) in zip(blocks, layers) { try layer.append(block) }
    try samples.append(sampleIndices ?? Array(first..<first + Int64(labels.count)))
    try self.labels.append(labels)
  }

  /// Writes the next rows of every layer.
  ///
  /// - Precondition: as for buffers.
  /// - Throws: `ArrayFileError` where the file cannot be written, or more rows come than were
  ///   declared.
  public func append(
    _ blocks: [[Float]], labels: [Int32], sampleIndices: [Int64]? = nil
  ) throws {
    func withBuffers(
      _ rest: ArraySlice<[Float]>, _ buffers: [UnsafeBufferPointer<Float>]
    ) throws {
      guard let next = rest.first else {
        return try append(buffers, labels: labels, sampleIndices: sampleIndices)
      }
      try next.withUnsafeBufferPointer { try withBuffers(rest.dropFirst(), buffers + [$0]) }
    }
    try withBuffers(blocks[...], [])
  }

  /// Flushes the file to the disk and gives it its name.
  ///
  /// - Throws: where rows that were declared did not come, or the file cannot be written; then
  ///   nothing is left.
  public func finish() throws {
    precondition(!isFinished)
    isFinished = true
    if let declaredRowCount, rowCount != declaredRowCount {
      throw root.error(
        "\(rowCount) rows came, \(declaredRowCount) were declared", kind: .internalFailure)
    }
    try root.flush()
    for layer in layers { layer.close() }
    labels.close()
    samples.close()
    try root.flushAndClose()
    try pending.commit()
  }

  private static func check(
    _ layers: [(name: String, dimension: Int)], _ classifier: LinearClassifier?, _ path: String
  ) throws(ArrayFileError) {
    func refuse(_ problem: String) throws(ArrayFileError) {
      throw ArrayFileError(kind: .usage, file: path, problem: problem)
    }
    guard let last = layers.last else { return try refuse("no layers to write") }
    var names: Set<String> = []
    for (name, dimension) in layers {
      if name.isEmpty || name == "." || name.contains("/") {
        try refuse("'\(name)' cannot be the name of a layer")
      }
      if !names.insert(name).inserted { try refuse("two layers are called '\(name)'") }
      if dimension <= 0 { try refuse("layer '\(name)' has dimension \(dimension)") }
    }
    if let classifier, classifier.dimension != last.dimension {
      try refuse(
        "the classifier takes \(classifier.dimension) features, layer '\(last.name)' has "
          + "\(last.dimension)")
    }
  }
}

extension HDF5Object {
  /// Writes W and b, in float32 where that loses nothing.
  fileprivate func writeClassifier(_ classifier: LinearClassifier) throws(ArrayFileError) {
    let group = try createGroup("classifier")
    try group.writeNarrowest(
      "weight", shape: [classifier.classCount, classifier.dimension], classifier.weights.elements)
    if let bias = classifier.bias {
      try group.writeNarrowest("bias", shape: [classifier.classCount], bias)
    }
  }

  private func writeNarrowest(
    _ name: String, shape: [Int], _ values: [Double]
  ) throws(ArrayFileError) {
    if values.allSatisfy({ $0.isNaN || Double(Float($0)) == $0 }) {
      try writeDataset(name, shape: shape, values.map { Float($0) })
    } else {
      try writeDataset(name, shape: shape, values)
    }
  }
}
