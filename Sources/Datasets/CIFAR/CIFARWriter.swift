import CollapseCore
import Files

/// Writes a data set as a folder of CIFAR's binary files with the names of the classes: in
/// CIFAR-100's layout where its second labels are there, else in CIFAR-10's, whose label byte
/// has room for 256 classes.
enum CIFARWriter {
  static func write(
    _ dataset: ImageDataset, to path: String, _ shouldStop: @escaping @Sendable () -> Bool
  ) throws {
    for split in dataset.splits { try check(split.images, path) }
    let record: CIFARRecord =
      dataset.splits.allSatisfy { $0.companion != nil } ? .twoLabels : .oneLabel
    try AtomicFolder.write(to: path, shouldStop: shouldStop) { folder in
      for split in dataset.splits {
        try folder.write(
          encoded(split.images, labelColumns(split, record)),
          to: fileName(split.name, record))
      }
      for (name, classNames) in nameFiles(dataset, record) {
        try folder.write(try ClassNames.text(classNames, for: path), to: name)
      }
    }
  }

  private static func check(_ images: LabeledImages, _ path: String) throws(DatasetError) {
    let problem: String? =
      if images.sampleShape != CIFARRecord.imageShape {
        "CIFAR images have shape \(CIFARRecord.imageShape), found \(images.sampleShape)"
      } else if images.classCount > 256 {
        "CIFAR labels have one byte, found \(images.classCount) classes"
      } else if images.count == 0 {
        "CIFAR cannot hold a split of no images"
      } else {
        nil
      }
    if let problem { throw DatasetError(file: path, problem: problem) }
  }

  private static func fileName(_ split: String, _ record: CIFARRecord) -> String {
    switch (record, split) {
    case (.oneLabel, "train"): "data_batch_1.bin"
    case (.oneLabel, _): "\(split)_batch.bin"
    case (.twoLabels, _): "\(split).bin"
    }
  }

  private static func nameFiles(
    _ dataset: ImageDataset, _ record: CIFARRecord
  ) -> [(String, [String])] {
    guard record == .twoLabels, let companion = dataset.splits.first?.companion else {
      return [("batches.meta.txt", dataset.classNames)]
    }
    return companion.kind == .coarse
      ? [
        ("fine_label_names.txt", dataset.classNames),
        ("coarse_label_names.txt", companion.classNames),
      ]
      : [
        ("coarse_label_names.txt", dataset.classNames),
        ("fine_label_names.txt", companion.classNames),
      ]
  }

  /// The label bytes of each image: the class, or CIFAR-100's coarse label, then its fine one.
  private static func labelColumns(_ split: DatasetSplit, _ record: CIFARRecord) -> [[UInt8]] {
    let labels = split.images.labels.map { UInt8($0) }
    guard record == .twoLabels, let companion = split.companion else { return [labels] }
    return companion.kind == .coarse ? [companion.labels, labels] : [labels, companion.labels]
  }

  private static func encoded(_ images: LabeledImages, _ columns: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(images.count * (CIFARRecord.pixelCount + columns.count))
    for index in 0..<images.count {
      for column in columns { bytes.append(column[index]) }
      let start = index * CIFARRecord.pixelCount
      bytes.append(contentsOf: images.pixels[start..<start + CIFARRecord.pixelCount])
    }
    return bytes
  }
}
