import Arrays
public import CollapseCore
import Files

/// Data sets as HDF5 files: images in `/images`, u8 [N, channels, height, width], or points in
/// `/points`, float32 [N, d]; `/labels` [N]; the attribute `class_names`.
///
/// A data set of several splits has each in a group of its name. Pixels and coordinates come back
/// as they were.
public enum ImageFile {
  /// Writes one set of images to `path`: whole, or not at all.
  ///
  /// - Throws: `FileError` or `ArrayFileError` where the file cannot be written.
  public static func write(_ images: LabeledImages, to path: String) throws {
    try write(path) { root in try root.write(images) }
  }

  /// Writes one set of points to `path`: whole, or not at all.
  ///
  /// - Throws: `FileError` or `ArrayFileError` where the file cannot be written.
  public static func write(_ points: LabeledPoints, to path: String) throws {
    try write(path) { root in try root.write(points) }
  }

  /// Writes several splits, each in a group of its name, to `path`: whole, or not at all.
  ///
  /// - Throws: `FileError` or `ArrayFileError` where the file cannot be written.
  public static func write(
    _ splits: [(name: String, images: LabeledImages)], to path: String
  ) throws {
    try write(path) { root in
      for (name, images) in splits { try root.createGroup(name).write(images) }
    }
  }

  /// The images of a file that holds one set.
  ///
  /// - Throws: where there is no such file, or it does not hold one set of images.
  public static func read(_ path: String) throws -> LabeledImages {
    try open(path).readImages()
  }

  /// The points of a file that holds one set.
  ///
  /// - Throws: where there is no such file, or it does not hold one set of points.
  public static func readPoints(_ path: String) throws -> LabeledPoints {
    try open(path).readPoints()
  }

  /// The splits of a file; one called "all" where it holds one set.
  ///
  /// - Throws: where there is no such file, or it holds no images.
  public static func readSplits(
    _ path: String
  ) throws -> [(name: String, images: LabeledImages)] {
    let root = try open(path)
    if case .dataset = try root.child("images") { return [("all", try root.readImages())] }
    var splits: [(name: String, images: LabeledImages)] = []
    for name in try root.childNames() {
      guard case .group(let group) = try root.child(name),
        case .dataset = try group.child("images")
      else { continue }
      splits.append((name, try group.readImages()))
    }
    guard !splits.isEmpty else {
      throw root.error("it has no dataset '/images'\(HDF5Source(root).listing)")
    }
    return splits
  }

  /// Whether the file at `path` begins as every HDF5 file does.
  public static func isHDF5(_ path: String) -> Bool {
    (try? FileContents.prefix(path, count: 8).bytes)
      == [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
  }

  /// The splits of a file of images, or the points of a file of points as a split called "all".
  ///
  /// - Throws: where there is no such file, or it holds neither images nor points.
  public static func readSamples(
    _ path: String
  ) throws -> [(name: String, samples: any LabeledSamples)] {
    if case .dataset = try open(path).child("points") { return [("all", try readPoints(path))] }
    return try readSplits(path).map { ($0.name, $0.images) }
  }

  private static func open(_ path: String) throws -> HDF5Object {
    let root = try HDF5Object.openFile(path)
    try FileFormat.images.check(HDF5Source(root), isRequired: false)
    return root
  }

  private static func write(_ path: String, _ content: (HDF5Object) throws -> Void) throws {
    var pending = try PendingFile(path)
    do {
      let root = try HDF5Object.createFile(pending.temporaryPath, as: path)
      try FileFormat.images.write(to: root)
      try content(root)
      try root.flushAndClose()
    }
    try pending.commit()
  }
}

extension HDF5Object {
  fileprivate func write(_ images: LabeledImages) throws(ArrayFileError) {
    try writeDataset(
      "images", shape: [images.count] + images.sampleShape.dimensions, images.pixels)
    try writeLabels(images)
  }

  fileprivate func write(_ points: LabeledPoints) throws(ArrayFileError) {
    try writeDataset("points", shape: [points.count, points.dimension], points.coordinates)
    try writeLabels(points)
  }

  private func writeLabels(_ samples: some LabeledSamples) throws(ArrayFileError) {
    try writeDataset("labels", shape: [samples.count], samples.labels)
    try setAttribute("class_names", .strings(samples.classNames))
  }

  fileprivate func readImages() throws -> LabeledImages {
    let images = try dataset("images")
    guard images.element.format == .uint8, [3, 4].contains(images.shape.count) else {
      throw images.object.error(
        "expected uint8 of shape N×channels×height×width, found \(images.element) of shape "
          + Shape(images.shape).description)
    }
    // Gray images may come without their only channel.
    let sampleShape = images.shape.count == 4 ? images.shape.dropFirst() : [1] + images.shape[1...]
    let (labels, classNames) = try readLabels(count: images.rowCount)
    return LabeledImages(
      sampleShape: Shape(Array(sampleShape)), pixels: try images.readAll(), labels: labels,
      classNames: classNames)
  }

  fileprivate func readPoints() throws -> LabeledPoints {
    let points = try dataset("points")
    guard points.shape.count == 2, points.element.fitsFloat32, !points.element.isInteger else {
      throw points.object.error(
        "expected float32 of shape N×d, found \(points.element) of shape "
          + Shape(points.shape).description)
    }
    let bytes = try points.readAll()
    let count = points.rowCount * points.rowElementCount
    let coordinates = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = count
      bytes.withUnsafeBytes {
        points.element.decode(
          $0, into: UnsafeMutableBufferPointer(start: buffer.baseAddress, count: count))
      }
    }
    let (labels, classNames) = try readLabels(count: points.rowCount)
    return LabeledPoints(
      dimension: points.rowElementCount, coordinates: coordinates, labels: labels,
      classNames: classNames)
  }

  /// The labels, and the names of the classes: their numbers where the file gives none.
  private func readLabels(count: Int) throws -> ([Int32], [String]) {
    let dataset = try dataset("labels")
    let stored = try StoredLabels(dataset)
    guard stored.labelCount == count else {
      throw dataset.object.error("\(stored.labelCount) labels for \(count) samples")
    }
    var labels = [Int64](repeating: 0, count: count)
    try labels.withUnsafeMutableBufferPointer { try stored.read(0..<count, into: $0) }
    let highest = Int(labels.max() ?? -1)
    var names: [String]
    if case .strings(let stated) = try attribute("class_names") {
      names = stated
    } else {
      // A name is made for each label up to the highest, which must be within reason for that.
      guard highest < max(count, 1 << 16) else {
        throw dataset.object.error("label \(highest) is beyond the number of samples")
      }
      names = (0...max(0, highest)).map(String.init)
    }
    if let row = labels.firstIndex(where: { $0 >= names.count }) {
      throw dataset.object.error("row \(row): label \(labels[row]) for \(names.count) classes")
    }
    return (labels.map { Int32($0) }, names)
  }
}

extension FileFormat {
  fileprivate static let images = FileFormat(name: "collapse-images", version: 1)
}
