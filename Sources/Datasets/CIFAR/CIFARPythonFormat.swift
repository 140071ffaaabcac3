import Arrays
import CollapseCore
import Files

/// CIFAR's version for Python, which PyTorch and Keras users have: pickled dictionaries of the pixels
/// and labels of a batch, `cifar-10-batches-py/data_batch_1` … or `cifar-100-python/train`. The
/// pickles are interpreted, never run.
enum CIFARPythonFormat: ImageFormat {
  static let expectation = "CIFAR's batches for Python (cifar-10-batches-py, cifar-100-python)"

  /// CIFAR-10's files beside its batches, and CIFAR-100's.
  private static let metaNames = ["batches.meta", "meta"]

  static func matches(_ place: DatasetPlace) -> Bool {
    if let (name, start) = place.file {
      return isBatch(name) && start.first == 0x80
        && metaNames.contains(where: place.holds)
    }
    return metaNames.contains(where: place.holds) && place.contents.files.contains(where: isBatch)
  }

  private static func isBatch(_ name: String) -> Bool {
    !name.contains(".")
      && (name.hasPrefix("data_batch_") || ["test_batch", "train", "test"].contains(name))
  }

  /// A batch that is open.
  fileprivate struct Batch {
    let path: String
    let pixels: any StoredArray
    let labels: [LabelKind: [Int64]]
  }

  static func open(_ place: DatasetPlace, _ options: ReadingOptions) throws -> OpenDataset {
    let names =
      place.file.map { [$0.name] } ?? place.contents.files.filter(isBatch).inNaturalOrder()
    let batches = try Parallel.map(names.count, threads: options.threads) {
      try batch(place.path(of: names[$0]))
    }
    let isTwoLabeled = batches[0].labels[.coarse] != nil
    for batch in batches where (batch.labels[.coarse] != nil) != isTwoLabeled {
      throw DatasetError(
        file: batch.path,
        problem: "expected labels as in '\(batches[0].path)', which are "
          + (isTwoLabeled ? "fine and coarse" : "one for each image"))
    }
    if !isTwoLabeled, options.labelKind == .coarse {
      throw DatasetError(
        file: batches[0].path,
        problem: "has one label per image, so there are no coarse labels", kind: .usage)
    }
    let classNames = try self.classNames(place, options.labelKind, isTwoLabeled)
    let otherKind: LabelKind = options.labelKind == .fine ? .coarse : .fine
    let otherNames = isTwoLabeled ? try self.classNames(place, otherKind, true) : []
    let grouped = Dictionary(grouping: batches.indices) {
      CIFARLayout.split(Substring(names[$0]))
    }
    let splits = try grouped.sorted { $0.key < $1.key }.map { split, indices in
      let parts = indices.map { batches[$0] }
      return OpenSplit(
        name: split,
        images: StreamedImages(
          try PackedImages.checked(
            parts.map(\.part), shape: CIFARRecord.imageShape, options, file: parts[0].path),
          labels: try parts.flatMap { try $0.checked(options.labelKind, classNames.count) },
          classNames: classNames, threads: options.threads),
        companion: isTwoLabeled
          ? CompanionLabels(
            kind: otherKind,
            labels: try parts.flatMap { try $0.checked(otherKind, otherNames.count) }
              .map { UInt8($0) }, classNames: otherNames) : nil,
        files: .shared(parts.map(\.path)))
    }
    return OpenDataset(format: .cifarPython, splits: splits)
  }

  private static func batch(_ path: String) throws -> Batch {
    let source = try ArrayFile.open(path)
    let pixels = try source.array("data")
    guard pixels.element.format == .uint8, pixels.shape.count == 2,
      pixels.shape[1] == CIFARRecord.pixelCount
    else {
      throw pixels.error(
        "expected uint8 of shape N×\(CIFARRecord.pixelCount), found \(pixels.element) of shape "
          + "\(Shape(pixels.shape))")
    }
    func labels(_ name: String) throws -> [Int64]? {
      guard try source.contains(name) else { return nil }
      let array = try source.array(name)
      let stored = try StoredLabels(array)
      guard stored.labelCount == pixels.rowCount else {
        throw array.error("\(stored.labelCount) labels for \(pixels.rowCount) images")
      }
      return try [Int64](unsafeUninitializedCapacity: stored.labelCount) { buffer, count in
        count = stored.labelCount
        try stored.read(0..<count, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      }
    }
    var found: [LabelKind: [Int64]] = [:]
    found[.fine] = try labels("fine_labels") ?? labels("labels")
    found[.coarse] = try labels("coarse_labels")
    guard found[.fine] != nil else {
      throw DatasetError(
        file: path, problem: "expected 'labels' or 'fine_labels' beside 'data', found neither")
    }
    return Batch(path: path, pixels: pixels, labels: found)
  }

  private static func classNames(
    _ place: DatasetPlace, _ kind: LabelKind, _ isTwoLabeled: Bool
  ) throws -> [String] {
    let key =
      !isTwoLabeled
      ? "label_names" : kind == .fine ? "fine_label_names" : "coarse_label_names"
    guard let meta = metaNames.first(where: place.holds) else {
      return ClassNames.decimal(
        (isTwoLabeled ? CIFARRecord.twoLabels : .oneLabel).classCount(kind))
    }
    let path = place.path(of: meta)
    guard case .strings(let names) = try ArrayFile.open(path).attribute(key) else {
      throw DatasetError(file: path, problem: "expected a list '\(key)' of class names, found none")
    }
    return names
  }
}

extension CIFARPythonFormat.Batch {
  /// The images, read from the array as they are asked for.
  fileprivate var part: PackedImages.Part {
    let pixels = pixels
    return PackedImages.Part(
      content: .rows { try pixels.read($0..<$0 + 1, into: $1) }, stride: CIFARRecord.pixelCount,
      count: pixels.rowCount)
  }

  /// The labels of one kind, each a class.
  fileprivate func checked(_ kind: LabelKind, _ classCount: Int) throws -> [Int32] {
    try labels[kind]!.enumerated().map { index, label in
      guard label < classCount else {
        throw DatasetError(
          file: path, location: "image \(index)",
          problem: "expected a label in 0...\(classCount - 1), found \(label)")
      }
      return Int32(label)
    }
  }
}

extension DatasetFormat {
  /// CIFAR's pickled batches.
  public static let cifarPython = DatasetFormat(name: "cifar-python")
}
