import Arrays
import CollapseCore
import Files

/// Images and labels as NumPy arrays in an archive: Keras' `mnist.npz` (`x_train`, `y_train`, …),
/// MedMNIST's (`train_images`, `train_labels`, …), Kuzushiji-MNIST's pairs of archives with one
/// array each, and archives of one split (`images`, `labels`).
enum NPZFormat: ImageFormat {
  static let expectation = "NumPy archives (….npz) of images and labels"

  static func matches(_ place: DatasetPlace) -> Bool {
    if let (name, start) = place.file {
      return name.hasSuffix(".npz") && ContentKind(start) == .zip
    }
    // Beside folders of images an archive may be anything.
    return place.contents.folders.isEmpty
      && place.contents.files.contains { $0.hasSuffix(".npz") }
  }

  static func open(_ place: DatasetPlace, _ options: ReadingOptions) throws -> OpenDataset {
    let names = place.file.map { [$0.name] } ?? place.contents.files.filter { $0.hasSuffix(".npz") }
    let pairs = ArchivePair.pairs(of: names, in: place)
    let parts: [ArraySplit]
    if !pairs.isEmpty {
      parts = try pairs.map { try $0.split() }
    } else if names.count == 1 {
      let path = place.path(of: names[0])
      parts = try ArraySplit.splits(of: try ArrayFile.open(path), path)
    } else {
      throw DatasetError(
        file: place.path,
        problem: "holds several archives: \(ClassNames.list(names.inNaturalOrder())); name one")
    }
    let labels = try parts.map { try $0.labels() }
    let classNames = try classNames(labels, place)
    var notes: [String] = []
    let splits = try zip(parts, labels).map { part, labels in
      let source = try part.source(options, &notes)
      guard labels.count == part.images.rowCount else {
        throw part.images.error(
          "\(part.images.rowCount) images for the \(labels.count) labels of '\(part.labelsName)'")
      }
      return OpenSplit(
        name: part.name,
        images: StreamedImages(
          source, labels: labels.map { Int32($0) }, classNames: classNames,
          threads: options.threads),
        files: .shared(part.files))
    }
    return OpenDataset(format: .npz, splits: splits, notes: notes)
  }

  /// The names in `classes.txt` beside the archive, or numbers.
  private static func classNames(_ labels: [[Int64]], _ place: DatasetPlace) throws -> [String] {
    let last = labels.joined().max() ?? 0
    let file = place.path(of: ClassNames.fileName)
    if place.holds(ClassNames.fileName) {
      let names = try ClassNames.read(file)
      guard last < names.count else {
        throw DatasetError(
          file: file,
          problem: "expected a name for each class, found \(names.count) for label \(last)")
      }
      return names
    }
    guard last < max(1 << 16, labels.reduce(0) { $0 + $1.count }) else {
      throw DatasetError(
        file: place.path,
        problem: "label \(last) is beyond the number of images: a class for each up to it has to "
          + "be named in \(ClassNames.fileName)")
    }
    return ClassNames.decimal(Int(last) + 1)
  }
}

extension DatasetFormat {
  /// NumPy archives of images and labels.
  public static let npz = DatasetFormat(name: "npz")
}
