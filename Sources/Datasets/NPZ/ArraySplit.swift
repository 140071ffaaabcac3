import Arrays
import CollapseCore

/// The arrays of one split: images and labels, and the files they are in.
struct ArraySplit {
  let name: String
  let images: any StoredArray
  let labelsName: String
  let files: [String]
  private let storedLabels: any StoredArray

  init(
    _ name: String, images: any StoredArray, labels: any StoredArray, labelsName: String,
    files: [String]
  ) {
    self.name = name
    self.images = images
    self.labelsName = labelsName
    self.files = files
    storedLabels = labels
  }

  private static let imageWords = ["x", "images", "imgs", "data", "X"]
  private static let labelWords = ["y", "labels", "targets", "Y", "label", "target"]
  private static let splitWords = ["train", "val", "valid", "validation", "test"]

  /// The splits of an archive: arrays named `x_train`, `train_images`, or, for one split, `images`.
  static func splits(of source: any ArraySource, _ path: String) throws -> [ArraySplit] {
    let names = Set(try source.names(limit: 1000))
    func first(_ candidates: [String], _ what: String) throws -> String? {
      let found = candidates.filter(names.contains)
      guard found.count > 1 else { return found.first }
      throw DatasetError(
        file: path, problem: "the \(what) may be any of \(ClassNames.list(found)); leave one")
    }
    func pair(_ split: String, _ named: (String) -> [String]) throws -> ArraySplit? {
      let images = try first(imageWords.flatMap(named), "images")
      let labels = try first(labelWords.flatMap(named), "labels")
      guard let images else { return nil }
      guard let labels else {
        throw DatasetError(
          file: path, problem: "holds the images '\(images)' and no labels of theirs")
      }
      return ArraySplit(
        DatasetSplit.name(for: split), images: try source.array(images),
        labels: try source.array(labels), labelsName: labels, files: [path])
    }
    let splits = try splitWords.compactMap { split in
      try pair(split) { ["\($0)_\(split)", "\(split)_\($0)"] }
    }
    if !splits.isEmpty { return splits }
    if let all = try pair("all", { [$0] }) { return [all] }
    throw DatasetError(
      file: path,
      problem: "expected arrays such as x_train and y_train, train_images and train_labels, or "
        + "images and labels, found \(ClassNames.list(names.inNaturalOrder()))")
  }

  func labels() throws -> [Int64] {
    let stored = try StoredLabels(storedLabels)
    return try [Int64](unsafeUninitializedCapacity: stored.labelCount) { buffer, count in
      count = stored.labelCount
      try stored.read(
        0..<count, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// The images as they are decoded.
  func source(_ options: ReadingOptions, _ notes: inout [String]) throws -> PackedImages {
    guard images.element.format == .uint8, 3...4 ~= images.shape.count else {
      throw images.error(
        "expected images as uint8 of shape N×rows×columns or with channels, found "
          + "\(images.element) of shape \(Shape(images.shape))")
    }
    let layout: PixelLayout
    do {
      layout = try PixelLayout(images.shape, isTransposed: options.transposed)
    } catch {
      throw images.error(error.problem)
    }
    if let note = layout.note { notes.append("\(images.error(note))") }
    let array = images
    return try PackedImages.checked(
      [
        PackedImages.Part(
          content: .rows { try array.read($0..<$0 + 1, into: $1) },
          stride: layout.shape.elementCount, count: array.rowCount)
      ], shape: layout.shape, order: layout.order, options, file: files[0])
  }
}

/// Two archives of one array each: `kmnist-train-imgs.npz` and `kmnist-train-labels.npz`.
struct ArchivePair {
  private let name: String
  private let images: String
  private let labels: String

  private static let imageSuffixes = ["-imgs.npz", "-images.npz"]

  /// The pairs among `names`, or the one that a file given by name belongs to.
  static func pairs(of names: [String], in place: DatasetPlace) -> [ArchivePair] {
    names.inNaturalOrder().compactMap { name in
      guard let suffix = imageSuffixes.first(where: name.hasSuffix) else { return nil }
      let stem = name.dropLast(suffix.count)
      let labels = "\(stem)-labels.npz"
      guard place.holds(labels) else { return nil }
      return ArchivePair(
        name: DatasetSplit.name(for: String(stem.split(separator: "-").last ?? stem)),
        images: place.path(of: name), labels: place.path(of: labels))
    }
  }

  func split() throws -> ArraySplit {
    func only(_ path: String) throws -> any StoredArray {
      let source = try ArrayFile.open(path)
      let names = try source.names(limit: 3)
      guard names.count == 1 else {
        throw DatasetError(
          file: path, problem: "expected one array, found \(ClassNames.list(names))")
      }
      return try source.array(names[0])
    }
    return ArraySplit(
      name, images: try only(images), labels: try only(labels), labelsName: labels,
      files: [images, labels])
  }
}
