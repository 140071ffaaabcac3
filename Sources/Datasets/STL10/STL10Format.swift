import CollapseCore
import Files

/// STL-10's binary files: `train_X.bin`, 3×96×96 bytes an image, plane by plane and each by columns;
/// `train_y.bin`, a byte an image, 1 to 10; `class_names.txt`.
enum STL10Format: ImageFormat {
  static let expectation = "STL-10 files (train_X.bin, train_y.bin)"

  private static let imageShape: Shape = [3, 96, 96]
  private static let classCount = 10

  static func matches(_ place: DatasetPlace) -> Bool {
    place.file == nil
      && place.contents.files.contains { imagesName($0) && place.holds(labelsName(of: $0)) }
  }

  private static func imagesName(_ name: String) -> Bool { name.hasSuffix("_X.bin") }

  private static func labelsName(of images: String) -> String { images.dropLast(5) + "y.bin" }

  static func open(_ place: DatasetPlace, _ options: ReadingOptions) throws -> OpenDataset {
    let names = place.contents.files.filter(imagesName).inNaturalOrder()
    let classNames =
      try place.holds("class_names.txt")
      ? ClassNames.read(place.path(of: "class_names.txt")) : ClassNames.decimal(classCount)
    guard classNames.count == classCount else {
      throw DatasetError(
        file: place.path(of: "class_names.txt"),
        problem: "expected \(classCount) class names, found \(classNames.count)")
    }
    let labeled = names.filter { place.holds(labelsName(of: $0)) }
    let splits = try labeled.map { name in
      let path = place.path(of: name)
      let labelsPath = place.path(of: labelsName(of: name))
      let labels = try Self.labels(labelsPath)
      let file = try RandomAccessFile(path)
      let stride = imageShape.elementCount
      guard file.size == labels.count * stride else {
        throw DatasetError(
          file: path,
          problem: "expected \(labels.count) images of \(stride) bytes, one for each label in "
            + "'\(labelsPath)', found \(file.size) bytes")
      }
      let part = PackedImages.Part(
        content: .file(RandomAccessBytes(file)), stride: stride, count: labels.count)
      return OpenSplit(
        name: DatasetSplit.name(for: String(name.dropLast(6))),
        images: StreamedImages(
          try PackedImages.checked(
            [part], shape: imageShape, order: .planarByColumns, options, file: path),
          labels: labels, classNames: classNames, threads: options.threads),
        files: .shared([path, labelsPath]))
    }
    let others = names.filter { !labeled.contains($0) }
    return OpenDataset(
      format: .stl10, splits: splits,
      notes: others.map { "\(place.path(of: $0)): has no labels beside it and is not read" })
  }

  private static func labels(_ path: String) throws -> [Int32] {
    try FileContents.read(path).enumerated().map { index, label in
      guard (1...UInt8(classCount)).contains(label) else {
        throw DatasetError(
          file: path, location: "byte \(index)",
          problem: "expected a label in 1...\(classCount), found \(label)")
      }
      return Int32(label) - 1
    }
  }
}

extension DatasetFormat {
  /// STL-10's binary files.
  public static let stl10 = DatasetFormat(name: "stl-10")
}
