import CollapseCore
import Files

extension FeatureFile {
  /// Opens a feature file of any format, which its first bytes tell: HDF5, NumPy (`.npy`,
  /// `.npz`), safetensors, or a zip archive written by PyTorch's `torch.save` (`.pt`, `.pth`).
  ///
  /// In formats other than HDF5 the features are `features`, or every array named `layers/…` or
  /// `layers.…`; the labels `labels`, `label`, `targets`, `target` or `y`; W and b
  /// `classifier.weight`, `fc.weight`, `head.weight`, `linear.weight`, `weight` or `W` with its
  /// bias beside it. A file that is one array holds features only; its labels are in
  /// ``FeatureFileOptions/labelsFile``. Nested dictionaries of a PyTorch file are joined by dots.
  /// No code in a file is ever run.
  ///
  /// - Throws: `FileError` where there is no readable file; ``FeatureStoreError`` where it is of
  ///   no such format, damaged, lacks an array, or holds shapes that do not fit together.
  public init(_ path: String, options: FeatureFileOptions = FeatureFileOptions()) throws {
    guard options.labelsFile != nil || options.classifierFile != nil else {
      self = try FeatureFile.open(path, options)
      return
    }
    // What another file gives is not looked for in this one.
    var own = options
    if options.labelsFile != nil { (own.labels, own.requiresLabels) = (nil, false) }
    if options.classifierFile != nil { (own.weights, own.bias) = (nil, nil) }
    let file = try FeatureFile.open(path, own)
    let rows = file.layers[0].rows.rowCount
    let dimension = file.layers.last!.rows.columnCount
    self.init(
      path: path, layers: file.layers,
      labels: try options.labelsFile.map {
        try StoredSource($0).labels(options, rows: rows)
      } ?? file.labels,
      sampleIndices: file.sampleIndices,
      classifier: try options.classifierFile.map {
        try StoredSource($0).requiredClassifier(options, dimension: dimension)
      } ?? file.classifier,
      metadata: file.metadata, warnings: file.warnings)
  }

  private static func open(
    _ path: String, _ options: FeatureFileOptions
  ) throws -> FeatureFile {
    switch try StoredSource(path) {
    case .hdf5(let root): try FeatureFile(hdf5: root, options)
    case .arrays(let arrays): try FeatureFile(arrays, options)
    }
  }
}
