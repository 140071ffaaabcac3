public import Arrays
import CollapseCore

/// Where features, labels and classifier are among the arrays of a file: by the names that were
/// stated, or else by the usual ones.
struct FeatureLayout {
  let source: any ArraySource
  let options: FeatureFileOptions

  /// What other programs call features. Ours are `features` and the group `layers`.
  static let featureNames = [
    "feats", "feat", "embeddings", "embedding", "embeds", "penultimate", "representations",
    "activations", "X", "x", "H", "h", "Z", "z", "data",
  ]
  /// What other programs call labels. Ours are `labels`.
  static let labelNames = ["label", "targets", "target", "y", "Y"]

  /// The arrays of features, first layer first.
  struct Features {
    var arrays: [(name: String, array: any StoredArray)]
    /// Whether the last of them is what the classifier acts on: never a layer that is known to be
    /// another than the file's last.
    var hasLast = true
    /// Whether nothing but the choice of the features says that.
    var isLastAssumed = false
  }

  func features(_ names: inout NamesTaken) throws -> Features {
    if source.isOneArray, options.features.isEmpty {
      return Features(arrays: [("features", try source.array(""))])
    }
    if !options.features.isEmpty { return try chosenFeatures() }
    let own = try ownFeatures()
    if !own.isEmpty {
      return Features(arrays: try own.map { ($0.name, try source.array($0.path)) })
    }
    let found = try Self.featureNames.filter { try isCandidate($0) }
    guard let name = found.first else {
      throw ArrayFileError(
        file: source.file,
        problem: "neither 'features' nor \(source.noun)s named 'layers/…'\(source.listing): say "
          + "which are the features", choice: .features)
    }
    try refuseAmbiguity(found, role: "the features", .features)
    names.take(name, for: "features")
    return Features(arrays: [(name, try source.array(name))])
  }

  private func chosenFeatures() throws -> Features {
    var found = Features(
      arrays: try options.features.map { (Self.layerName($0), try source.array($0)) })
    // A name says which layer it is where the file has others.
    if let last = try ownFeatures().last?.path {
      found.hasLast = try source.isSame(options.features.last!, last)
      if let place = try options.features.dropLast().lastIndex(where: {
        try source.isSame($0, last)
      }) {
        throw ArrayFileError(
          kind: .usage, file: source.file,
          problem: "'\(options.features[place])' is the last layer, and is to come last",
          choice: .features)
      }
    } else {
      found.isLastAssumed = true
    }
    return found
  }

  /// The features by our own names: the members of the group `layers`, and `features` where that
  /// is none of them.
  private func ownFeatures() throws -> [(name: String, path: String)] {
    if source.isOneArray { return [] }
    var found = try source.members(of: "layers").map { name in
      let path = "layers/\(name)"
      return (name: name, path: try source.contains(path) ? path : "layers.\(name)")
    }
    if try source.contains("features"),
      try !found.contains(where: { try source.isSame($0.path, "features") })
    {
      found.append((name: "features", path: "features"))
    }
    return found
  }

  /// Whether an array of the name is there and has rows of several numbers.
  private func isCandidate(_ name: String) throws -> Bool {
    guard try source.contains(name), try source.texts(name) == nil,
      let array = try? source.array(name)
    else { return false }
    return array.shape.count >= 2 && array.rowCount > 0 && array.rowElementCount > 0
  }

  /// Refuses several arrays that may each be meant, unless they hold the same numbers.
  func refuseAmbiguity(
    _ names: [String], role: String, _ choice: MissingChoice
  ) throws {
    guard let first = names.first,
      let other = try names.dropFirst().first(where: { try !source.isSame(first, $0) })
    else { return }
    throw ArrayFileError(
      file: source.file, problem: "'\(first)' and '\(other)' may both be \(role): say which",
      choice: choice)
  }

  /// `fc2` for "/layers/fc2" and "layers.fc2", the path itself elsewhere.
  private static func layerName(_ path: String) -> String {
    let name = path.hasPrefix("/") ? String(path.dropFirst()) : path
    for prefix in ["layers/", "layers."] where name.hasPrefix(prefix) && name != prefix {
      return String(name.dropFirst(prefix.count))
    }
    return name
  }

  /// What tells tokens from padding, where it was named: an array beside the features, or another
  /// file where they are a file of their own.
  func lengths() throws -> (any StoredArray)? { try options.lengths.map { try beside($0) } }

  /// The numbers to predict, where they were named.
  func targets() throws -> (any RowBlocks)? {
    guard let name = options.targets else { return nil }
    let array = try beside(name)
    var plain = FeatureFileOptions()
    plain.uint16Meaning = options.uint16Meaning
    guard (1...2).contains(array.shape.count) else {
      throw array.error(
        "expected targets of shape N×t or N, found \(Shape(array.shape))")
    }
    return try StoredFeatures(array.shape.count == 1 ? ColumnArray(array) : array, options: plain)
  }

  private func beside(_ name: String) throws -> any StoredArray {
    source.isOneArray ? try ArrayFile.open(name).array("") : try source.array(name)
  }

  func sampleIndices(rows: Int) throws -> (any LabelBlocks)? {
    // Another producer may use the name for something else, such as the inputs.
    guard try source.contains("samples"), let array = try? source.array("samples"),
      array.shape == [rows], array.element.isInteger
    else { return nil }
    return StoredIndices(array)
  }
}

extension MissingChoice {
  /// Which arrays are the features.
  public static let features = MissingChoice("features")
  /// Which array the labels are.
  public static let labels = MissingChoice("labels")
  /// Which file holds the labels.
  public static let labelsFile = MissingChoice("labelsFile")
  /// Which arrays are W and b.
  public static let classifier = MissingChoice("classifier")
  /// That W is stored as [d, C].
  public static let transposedWeights = MissingChoice("transposedWeights")
  /// What to do with feature maps and sequences.
  public static let reduction = MissingChoice("reduction")
  /// Along which axis features lie.
  public static let featureAxis = MissingChoice("featureAxis")
}

/// One number a row, as rows of one number.
private struct ColumnArray: StoredArray {
  private let array: any StoredArray

  init(_ array: any StoredArray) { self.array = array }

  var shape: [Int] { array.shape + [1] }
  var element: ElementType { array.element }
  func isMarkedBFloat16() throws(ArrayFileError) -> Bool { try array.isMarkedBFloat16() }
  func error(_ problem: String) -> ArrayFileError { array.error(problem) }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws {
    try array.read(rows, into: buffer)
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
