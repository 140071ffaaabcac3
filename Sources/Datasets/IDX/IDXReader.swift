import CollapseCore
import Files

/// Reads the IDX files of a data set.
enum IDXReader {
  static func read(_ layout: IDXLayout, options: ReadingOptions) throws -> ImageDataset {
    let parts = try Parallel.map(layout.fileSets.count * 2, threads: options.threads) { index in
      let fileSet = layout.fileSets[index / 2]
      let isImages = index.isMultiple(of: 2)
      let path = isImages ? fileSet.images : fileSet.labels
      let bytes = try FileContents.read(path)
      let array =
        try isImages
        ? IDXArray.images(bytes, file: path) : IDXArray.labels(bytes, file: path)
      return (array, SourceFile(path, bytes, options: options), Gzip.isGzip(bytes))
    }
    let mapping = try layout.mapping.map { try EMNISTMapping($0) }
    let firstLabel = mapping?.firstLabel ?? 0
    let names =
      try layout.classNames.map { try ClassNames.read($0) } ?? mapping?.classNames
      ?? ClassNames.decimal(1 + Int(parts.filter { $0.0.shape.rank == 1 }.map(\.0.largest).max()!))
    let splits = try layout.fileSets.enumerated().map { index, fileSet in
      let (images, imagesFile, _) = parts[2 * index]
      let (labels, labelsFile, isCompressed) = parts[2 * index + 1]
      guard images.shape[0] == labels.shape[0] else {
        throw DatasetError(
          file: fileSet.labels, location: "byte 4",
          problem: "expected \(images.shape[0]) labels, one for each image in "
            + "'\(fileSet.images)', found \(labels.shape[0])")
      }
      let classes = firstLabel..<firstLabel + names.count
      if let wrong = labels.elements.firstIndex(where: { !classes.contains(Int($0)) }) {
        throw DatasetError(
          file: fileSet.labels,
          location: "byte \(8 + wrong)\(isCompressed ? " of the uncompressed content" : "")",
          problem: "expected a label in \(classes.lowerBound)...\(classes.upperBound - 1), "
            + "found \(labels.elements[wrong])")
      }
      return DatasetSplit(
        name: fileSet.split,
        images: try labeled(
          images, labels.elements.map { Int32($0) - Int32(firstLabel) }, names, options),
        files: [imagesFile, labelsFile])
    }
    return ImageDataset(format: .idx, splits: splits)
  }

  private static func labeled(
    _ array: IDXArray, _ labels: [Int32], _ names: [String], _ options: ReadingOptions
  ) throws -> LabeledImages {
    let size = array.shape.dimensions.suffix(2)
    let channels = array.shape.rank == 4 ? array.shape[1] : 1
    var shape: Shape = [channels, size.first!, size.last!]
    var pixels = array.elements
    if options.transposed {
      pixels = transposed(pixels, rows: shape[1], columns: shape[2])
      shape = [channels, shape[2], shape[1]]
    }
    return try LabeledImages(
      sampleShape: shape, pixels: pixels, labels: labels, classNames: names
    ).resized(to: options.resize, threads: options.threads)
  }

  /// Each plane of `rows` × `columns` with its rows and columns exchanged.
  static func transposed(_ pixels: [UInt8], rows: Int, columns: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: pixels.count) { out, count in
      pixels.withUnsafeBufferPointer { source in
        for plane in stride(from: 0, to: source.count, by: rows * columns) {
          for row in 0..<rows {
            for column in 0..<columns {
              out[plane + column * rows + row] = source[plane + row * columns + column]
            }
          }
        }
      }
      count = pixels.count
    }
  }
}
