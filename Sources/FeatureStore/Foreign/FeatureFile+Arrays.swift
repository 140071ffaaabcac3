import CollapseCore

extension FeatureFile {
  /// The features, labels and classifier among the arrays of a file.
  init(_ arrays: NamedArrays, _ options: FeatureFileOptions) throws {
    let features = try arrays.features(options)
    let rows = features[0].array.rowCount
    for (_, array) in features where array.rowCount != rows {
      throw array.error("\(array.rowCount) rows, '\(features[0].name)' has \(rows)")
    }
    let layers = try features.map { name, array in
      FeatureLayer(name: name, rows: try StoredFeatures(array, options: options))
    }
    let (metadata, ignored) = try FeatureMetadata.read { arrays.attribute($0) }
    self.init(
      path: arrays.file, layers: layers, labels: try arrays.labels(options, rows: rows),
      sampleIndices: try arrays.sampleIndices(rows: rows),
      classifier: try arrays.classifier(
        options, dimension: layers.last!.rows.columnCount, isRequired: false),
      metadata: metadata,
      warnings: ignored.map { "\(arrays.file): '\($0)' is of an unexpected type: left out" })
  }
}

/// Finding the parts of a feature file among its arrays.
extension NamedArrays {
  private static let labelNames = ["labels", "label", "targets", "target", "y"]
  /// Names of W, and of the b that belongs to each.
  private static let classifierNames = [
    ("classifier/weight", "classifier/bias"), ("classifier.weight", "classifier.bias"),
    ("fc.weight", "fc.bias"), ("head.weight", "head.bias"), ("linear.weight", "linear.bias"),
    ("weight", "bias"), ("weights", "bias"), ("W", "b"),
  ]

  /// The arrays to read as features, first layer first.
  func features(
    _ options: FeatureFileOptions
  ) throws -> [(name: String, array: ForeignArray)] {
    if !options.features.isEmpty {
      return try options.features.map { (Self.layerName($0) ?? $0, try array($0)) }
    }
    if isOneArray { return [("features", try array(""))] }
    var found = try names.compactMap { name in
      try Self.layerName(name).map { ($0, try array(name)) }
    }
    // The last layer once more, or a user's only array.
    if found.isEmpty, names.contains("features") {
      found.append(("features", try array("features")))
    }
    guard !found.isEmpty else {
      throw FeatureStoreError(
        file: file,
        problem: "neither 'features' nor \(noun)s named 'layers/…'\(listing): say which are the "
          + "features")
    }
    return found
  }

  /// `fc2` for "layers/fc2" and "layers.fc2".
  private static func layerName(_ name: String) -> String? {
    for prefix in ["layers/", "layers."] where name.hasPrefix(prefix) && name != prefix {
      return String(name.dropFirst(prefix.count))
    }
    return nil
  }

  func labels(_ options: FeatureFileOptions, rows: Int) throws -> any LabelBlocks {
    let name = options.labels ?? Self.labelNames.first { names.contains($0) }
    let isLabelsFile = isOneArray && options.labelsFile == file
    guard let name = isLabelsFile ? "" : name else {
      if !options.requiresLabels { return AbsentLabels(labelCount: rows) }
      throw FeatureStoreError(
        file: file,
        problem: isOneArray
          ? "it holds one array, the features: say with --labels-file which file "
            + "holds the labels"
          : "it has no \(noun) 'labels'\(listing)")
    }
    let stored = try array(name)
    let labels = try StoredLabels(stored, ignoring: options.ignoredLabels)
    guard labels.labelCount == rows else {
      throw stored.error("\(labels.labelCount) labels for \(rows) rows of features")
    }
    return labels
  }

  func sampleIndices(rows: Int) throws -> (any LabelBlocks)? {
    guard names.contains("samples"), let array = try? array("samples"), array.shape == [rows],
      array.element.isInteger
    else { return nil }
    return StoredIndices(array)
  }

  /// W and b.
  ///
  /// Where no name was given, the first array of a usual name whose shape fits the features; a
  /// name may stand at the end of a longer one, as in `state_dict.fc.weight`, when only one does.
  func classifier(
    _ options: FeatureFileOptions, dimension: Int, isRequired: Bool
  ) throws -> LinearClassifier? {
    if let name = options.weights {
      let bias = try options.bias.map { try array($0) }
      return try LinearClassifier(
        weights: try array(name), bias: bias, dimension: dimension, options)
    }
    if let bias = options.bias {
      throw FeatureStoreError(
        kind: .usage, file: file, problem: "a bias '\(bias)' without weights")
    }
    var misfit: ForeignArray?
    for (weightsName, biasName) in Self.classifierNames {
      guard let (name, prefix) = place(of: weightsName) else { continue }
      let weights = try array(name)
      guard LinearClassifier.fits(weights, dimension: dimension, options) else {
        misfit = misfit ?? weights
        continue
      }
      let bias = names.contains(prefix + biasName) ? try array(prefix + biasName) : nil
      return try LinearClassifier(weights: weights, bias: bias, dimension: dimension, options)
    }
    // Where the features were chosen and the classifier was not, it is that of another layer.
    if let misfit, isRequired || options.features.isEmpty {
      return try LinearClassifier(weights: misfit, bias: nil, dimension: dimension, options)
    }
    return nil
  }

  /// The array called `name`, or the only one whose name ends so, with what precedes.
  private func place(of name: String) -> (name: String, prefix: String)? {
    if names.contains(name) { return (name, "") }
    let nested = names.filter { $0.hasSuffix("." + name) }
    guard nested.count == 1, name.contains(".") else { return nil }
    return (nested[0], String(nested[0].dropLast(name.count)))
  }

  /// A value beside the arrays, or an array that holds a single number.
  func attribute(_ name: String) -> AttributeValue? {
    if let value = attributes[name] { return value }
    guard names.contains(name) else { return nil }
    return scalar(name)
  }
}
