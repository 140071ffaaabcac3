import Arrays
import CollapseCore
import Files

extension FeatureSet {
  /// Opens a feature file of any format, which its first bytes tell: HDF5, NumPy (`.npy`, `.npz`,
  /// a folder of `.npy`), safetensors, PyTorch (`.pt`, `.pth`), or a pickle of NumPy arrays.
  ///
  /// The features are `features`, or every array of the group `layers`; the labels `labels`; W and b
  /// `classifier/weight` and `classifier/bias`. The usual names of others are found as well, and
  /// ``FeatureSet/notes`` says what was taken; where two arrays could be meant, the file is refused.
  /// A file that is one array holds features only; its labels are in
  /// ``FeatureFileOptions/labelsFile``. Names of nested dictionaries are joined by dots. No code in a
  /// file is ever run.
  ///
  /// - Throws: `FileError` where there is no readable file; `ArrayFileError` where it is of no such
  ///   format, damaged, lacks an array, or holds shapes that do not fit together.
  public init(_ path: String, options: FeatureFileOptions = FeatureFileOptions()) throws {
    try self.init(path, options: options, hasClassifier: true)
  }

  /// - Parameter hasClassifier: whether W and b are wanted.
  init(_ path: String, options: FeatureFileOptions, hasClassifier: Bool) throws {
    let source = try ArrayFile.open(path)
    try FileFormat.features.check(source, isRequired: false)
    var names = NamesTaken(file: path)
    let layout = FeatureLayout(source: source, options: options)
    let found = try layout.features(&names)
    let rows = found.arrays[0].array.rowCount
    for (_, array) in found.arrays where array.rowCount != rows {
      throw array.error("\(array.rowCount) rows, '\(found.arrays[0].name)' has \(rows)")
    }
    let lengths = try layout.lengths()
    let stored = try found.arrays.map { _, array in
      try StoredFeatures(array, options: options, lengths: lengths)
    }
    let layers = zip(found.arrays, stored).map { FeatureLayer(name: $0.name, rows: $1) }
    for (other, array) in zip(stored, found.arrays)
    where other.rowCount != stored[0].rowCount {
      throw array.array.error(
        "\(other.rowCount) tokens, '\(found.arrays[0].name)' has \(stored[0].rowCount)")
    }
    let tokens = stored[0].tokens
    var (metadata, ignored) = try FeatureMetadata.read(from: source)
    let labels = try FeatureSet.labels(
      layout, rows: stored[0].rowCount, tokens, metadata.classNames, &names)
    var warnings = ignored.map { "\(path): '\($0)' is of an unexpected type: left out" }
    if let doubt = metadata.doubt {
      warnings.append("\(path): the network was trusted although it does not fit: \(doubt)")
    }
    if labels.areTexts { metadata.classNames = metadata.classNames ?? labels.classNames }
    var classifier: LinearClassifier?
    if hasClassifier {
      let search = ClassifierSearch(
        layout: layout, features: found, dimension: layers.last!.rows.columnCount,
        classCount: { try labels.classCount(metadata.classNames) })
      classifier = try search.classifier(&names, &warnings)
      if classifier != nil, labels.areTexts, labels.classNames != nil {
        warnings.append(
          "\(path): the rows of W are taken in the alphabetical order of the labels: "
            + "'\(metadata.classNames!.first!)' first")
      }
    }
    // Who names features and W says what acts on what.
    let hasLast = found.hasLast || classifier != nil
    self.init(
      name: path, hidden: hasLast ? layers.dropLast() : layers,
      last: hasLast ? layers.last : nil, classifier: classifier, labels: labels.blocks,
      sampleIndices: tokens == nil ? try layout.sampleIndices(rows: rows) : nil, metadata: metadata,
      notes: names.notes + metadata.statisticsNotes,
      warnings: warnings)
    areClassesFromLabels = labels.classNames != nil
    targets = try layout.targets()
    if tokens?.mask != nil { ignoredLabels = [TokenLabels.padding] }
  }

  private static func labels(
    _ layout: FeatureLayout, rows: Int, _ tokens: TokenRows?, _ classNames: [String]?,
    _ names: inout NamesTaken
  ) throws -> FoundLabels {
    guard let file = layout.options.labelsFile else {
      return try layout.labels(rows: rows, tokens: tokens, classNames, &names)
    }
    if tokens == nil, let texts = try LabelsText(file) {
      let found = try FoundLabels(texts: texts.labels(count: rows), classNames, file: file) {
        ArrayFileError(file: file, problem: $0)
      }
      if found.classNames != nil, let note = found.note { names.say(note) }
      return found
    }
    return try FeatureLayout(source: ArrayFile.open(file), options: layout.options)
      .labels(rows: rows, tokens: tokens, classNames, &names)
  }
}

extension FileFormat {
  static let features = FileFormat(name: "collapse-features", version: 1)
  static let checkpoint = FileFormat(name: "collapse-checkpoint", version: 1)
}
