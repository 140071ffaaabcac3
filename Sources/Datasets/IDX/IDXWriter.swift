import CollapseCore
import Files

/// Writes a data set as a folder of IDX files, two per split, named as MNIST's and not compressed;
/// and `classes.txt` where the classes have names of their own.
enum IDXWriter {
  static func write(
    _ dataset: ImageDataset, to path: String, _ shouldStop: @escaping @Sendable () -> Bool
  ) throws {
    for split in dataset.splits { try check(split, path) }
    try AtomicFolder.write(to: path, shouldStop: shouldStop) { folder in
      for split in dataset.splits {
        let images = split.images
        var shape = [images.count] + images.sampleShape.dimensions
        if images.channels == 1 { shape.remove(at: 1) }
        let files: [(IDXHeader.Content, IDXArray)] = [
          (.images, IDXArray(shape: Shape(shape), elements: images.pixels)),
          (
            .labels,
            IDXArray(shape: [images.count], elements: images.labels.map { UInt8($0) })
          ),
        ]
        for (content, array) in files {
          try folder.write(
            array.encoded(),
            to: IDXFileName.standard(split: split.name, content: content, rank: array.shape.rank))
        }
      }
      let names = dataset.classNames
      let last = dataset.splits.compactMap { $0.images.labels.max() }.max()
      if names != ClassNames.decimal(names.count) || last.map({ Int($0) + 1 }) != names.count {
        try folder.write(try ClassNames.text(names, for: path), to: ClassNames.fileName)
      }
    }
  }

  private static func check(_ split: DatasetSplit, _ path: String) throws(DatasetError) {
    let problem: String? =
      if split.images.classCount > 256 {
        "IDX labels have one byte, found \(split.images.classCount) classes"
      } else if split.images.count == 0 || split.images.sampleShape.elementCount == 0 {
        "IDX cannot hold a split of no pixels, found '\(split.name)' of shape "
          + "\(split.images.count)×\(split.images.sampleShape)"
      } else {
        nil
      }
    if let problem { throw DatasetError(file: path, problem: problem) }
  }
}
