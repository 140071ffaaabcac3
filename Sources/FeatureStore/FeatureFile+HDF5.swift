import CollapseCore

/// Finding the parts of a feature file.
extension FeatureFile {
  /// The datasets to read as features, first layer first.
  static func features(
    in root: HDF5Object, _ options: FeatureFileOptions
  ) throws(FeatureStoreError) -> [(name: String, dataset: HDF5Dataset)] {
    if !options.features.isEmpty {
      return try options.features.map { (path) throws(FeatureStoreError) in
        (layerName(path), try root.dataset(path))
      }
    }
    var found: [(name: String, dataset: HDF5Dataset)] = []
    if case .group(let group) = try root.child("layers") {
      for name in try group.childNames() {
        guard case .dataset = try group.child(name) else { continue }
        found.append((name, try group.dataset(name)))
      }
    }
    // The soft link to the last layer that we write, or a user's only dataset.
    if case .dataset(let object) = try root.child("features"),
      !found.contains(where: { $0.dataset.object.isSameObject(as: object) })
    {
      found.append(("features", try root.dataset("features")))
    }
    guard !found.isEmpty else {
      throw root.error(
        "neither '/features' nor datasets in '/layers'; the file holds \(try root.inventory()): "
          + "say which are the features")
    }
    return found
  }

  static func labels(
    in root: HDF5Object, _ options: FeatureFileOptions, rows: Int
  ) throws(FeatureStoreError) -> any LabelBlocks {
    if options.labels == nil, !options.requiresLabels, try root.child("labels") == nil {
      return AbsentLabels(labelCount: rows)
    }
    let dataset = try root.dataset(options.labels ?? "/labels")
    let labels = try StoredLabels(dataset, ignoring: options.ignoredLabels)
    guard labels.labelCount == rows else {
      throw dataset.object.error("\(labels.labelCount) labels for \(rows) rows of features")
    }
    return labels
  }

  static func sampleIndices(
    in root: HDF5Object, rows: Int
  ) throws(FeatureStoreError) -> (any LabelBlocks)? {
    // Another producer may use the name for something else, such as the inputs.
    guard case .dataset = try root.child("samples"),
      let dataset = try? root.dataset("samples"), dataset.shape == [rows],
      dataset.element.isInteger
    else { return nil }
    return StoredIndices(dataset)
  }

  /// W and b.
  ///
  /// Where the features were chosen and the classifier was not, one that does not fit them is
  /// that of another layer, and left out.
  static func classifier(
    in root: HDF5Object, _ options: FeatureFileOptions, dimension: Int
  ) throws(FeatureStoreError) -> LinearClassifier? {
    guard let path = try root.path(options.weights, or: "/classifier/weight") else {
      if let bias = options.bias {
        throw FeatureStoreError(
          kind: .usage, file: root.file, problem: "a bias '\(bias)' without weights")
      }
      return nil
    }
    let weights = try root.dataset(path)
    if options.weights == nil, !options.features.isEmpty,
      !LinearClassifier.fits(weights, dimension: dimension, options)
    {
      return nil
    }
    let bias = try root.path(options.bias, or: "/classifier/bias").map {
      (path) throws(FeatureStoreError) in try root.dataset(path)
    }
    return try LinearClassifier(weights: weights, bias: bias, dimension: dimension, options)
  }

  /// `fc2` for "/layers/fc2", the path itself elsewhere.
  private static func layerName(_ path: String) -> String {
    let parts = path.split(separator: "/")
    return parts.count == 2 && parts[0] == "layers"
      ? String(parts[1]) : parts.joined(separator: "/")
  }
}

extension HDF5Object {
  /// The path that was stated, or else `usual`, where something is there.
  fileprivate func path(
    _ stated: String?, or usual: String
  ) throws(FeatureStoreError) -> String? {
    if let stated { return stated }
    return try child(usual) == nil ? nil : usual
  }
}

/// Whole numbers of any size and sign: the place of each row in its data set.
struct StoredIndices: LabelBlocks {
  private let dataset: any StoredArray

  init(_ dataset: any StoredArray) { self.dataset = dataset }

  var labelCount: Int { dataset.rowCount }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) throws {
    precondition(buffer.count == rows.count)
    let size = rows.count * dataset.rowByteCount
    try withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { bytes in
      try dataset.read(rows, into: bytes)
      if let index = dataset.element.decode(UnsafeRawBufferPointer(bytes), into: buffer) {
        throw dataset.error("row \(rows.lowerBound + index): the index is beyond 63 bits")
      }
    }
  }
}
