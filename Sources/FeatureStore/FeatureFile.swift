public import CollapseCore
import Files

/// The features of one layer.
public struct FeatureLayer: Sendable {
  /// The layer's name: "fc2".
  public let name: String
  /// N × d.
  public let rows: any RowBlocks

  public init(name: String, rows: any RowBlocks) {
    self.name = name
    self.rows = rows
  }
}

/// Features with their labels and, where the file has them, the classifier and what is known of
/// their making.
///
/// Rows are read from the file when they are asked for, by as many threads as ask.
public struct FeatureFile: Sendable {
  public let path: String
  /// First layer first; at least one, all of the same number of rows, which is not 0.
  public let layers: [FeatureLayer]
  /// As many labels as rows. Reading them throws for a label that is none (negative, a fraction,
  /// above 2³¹−1, a one-hot row without its one).
  public let labels: any LabelBlocks
  /// Where each row comes from in the data set.
  public let sampleIndices: (any LabelBlocks)?
  /// W and b of the classifier on the last layer.
  public let classifier: LinearClassifier?
  public let metadata: FeatureMetadata
  /// What the file says that was not understood, and so left out: one sentence each.
  public let warnings: [String]

  public init(
    path: String, layers: [FeatureLayer], labels: any LabelBlocks,
    sampleIndices: (any LabelBlocks)? = nil, classifier: LinearClassifier? = nil,
    metadata: FeatureMetadata = FeatureMetadata(), warnings: [String] = []
  ) {
    self.path = path
    self.layers = layers
    self.labels = labels
    self.sampleIndices = sampleIndices
    self.classifier = classifier
    self.metadata = metadata
    self.warnings = warnings
  }

  /// Reads what an open HDF5 file holds.
  ///
  /// - Throws: ``FeatureStoreError`` where it lacks a dataset, or holds shapes that do not fit
  ///   together.
  init(hdf5 root: HDF5Object, _ options: FeatureFileOptions) throws {
    let path = root.file
    try FileFormat.features.check(root, isRequired: false)
    let features = try FeatureFile.features(in: root, options)
    let rows = features[0].dataset.rowCount
    for (_, dataset) in features where dataset.rowCount != rows {
      throw dataset.object.error(
        "\(dataset.rowCount) rows, '\(features[0].dataset.object.path)' has \(rows)")
    }
    let layers = try features.map { name, dataset in
      FeatureLayer(name: name, rows: try StoredFeatures(dataset, options: options))
    }
    var unreadable: [String] = []
    let (metadata, ignored) = try FeatureMetadata.read { (name) throws(FeatureStoreError) in
      let value = try root.attribute(name)
      if value == nil, root.hasAttribute(name) { unreadable.append(name) }
      return value
    }
    self.init(
      path: path, layers: layers, labels: try FeatureFile.labels(in: root, options, rows: rows),
      sampleIndices: try FeatureFile.sampleIndices(in: root, rows: rows),
      classifier: try FeatureFile.classifier(
        in: root, options, dimension: layers.last!.rows.columnCount),
      metadata: metadata,
      warnings: (ignored + unreadable).map {
        "\(path): attribute '\($0)' is of an unexpected type: left out"
      })
  }

  /// Whether the file at `path` can be read yet: it is of a format that ``init(_:options:)``
  /// knows, as long as it says it is, and no program holds it open for writing.
  ///
  /// Costs a few reads; for watching a folder that another program writes to. A program that
  /// writes HDF5 with file locks turned off and flushes before it is done is not noticed.
  public static func isComplete(_ path: String) -> Bool { (try? StoredSource(path)) != nil }
}
