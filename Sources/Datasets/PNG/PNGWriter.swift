import CollapseCore
import Files

/// Writes a data set as folders of PNG files, with `classes.txt`, as ``ImageFolderLayout`` reads them.
///
/// Files are named by their position in the split, so that the order of the images comes back.
enum PNGWriter {
  static func write(
    _ dataset: ImageDataset, to path: String, threads: Int,
    _ shouldStop: @escaping @Sendable () -> Bool
  ) throws {
    for split in dataset.splits { try check(split, path) }
    let folders = dataset.classNames.map(ImageFolderLayout.folderName)
    // A data set of the one split "all" needs no folder for it.
    let isSplit = dataset.splits.map(\.name) != ["all"]
    try AtomicFolder.write(to: path, shouldStop: shouldStop) { folder in
      for split in dataset.splits {
        let parent = isSplit ? "\(split.name)/" : ""
        if isSplit { try folder.createFolder(split.name) }
        for label in Set(split.images.labels) {
          try folder.createFolder(parent + folders[Int(label)])
        }
        let images = split.images
        let digits = String(max(0, images.count - 1)).count
        let size = images.sampleShape.elementCount
        try Parallel.forEach(images.count, threads: threads) { index in
          let png = images.pixels.withUnsafeBufferPointer { pixels in
            PNGImage.encode(
              UnsafeBufferPointer(rebasing: pixels[index * size..<(index + 1) * size]),
              width: images.width, height: images.height, channels: images.channels)
          }
          let number = String(index)
          let name = String(repeating: "0", count: digits - number.count) + number
          try folder.write(
            png, to: "\(parent)\(folders[Int(images.labels[index])])/\(name).png")
        }
      }
      try folder.write(try ClassNames.text(dataset.classNames, for: path), to: ClassNames.fileName)
    }
  }

  private static func check(_ split: DatasetSplit, _ path: String) throws(DatasetError) {
    let images = split.images
    let problem: String? =
      if images.channels != 1 && images.channels != 3 {
        "PNG images have 1 or 3 channels, found \(images.channels)"
      } else if images.count == 0 || images.sampleShape.elementCount == 0 {
        "PNG cannot hold a split of no pixels, found '\(split.name)' of shape "
          + "\(images.count)×\(images.sampleShape)"
      } else if images.width * images.height > PNGHeader.largestPixelCount {
        "expected at most \(PNGHeader.largestPixelCount) pixels, "
          + "found \(images.width)×\(images.height)"
      } else {
        nil
      }
    if let problem { throw DatasetError(file: path, problem: problem) }
  }
}
