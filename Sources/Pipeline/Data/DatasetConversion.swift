public import CollapseCore
import Datasets
import Files
import FoundationEssentials

/// Writing a data set in another format without loss.
public enum DatasetConversion {
  /// The formats that can be written.
  public enum Format: String, Sendable, CaseIterable {
    case idx, cifar, png, hdf5
  }

  /// Writes every split of `dataset` to `path`: a folder, or for `hdf5` a file per split.
  ///
  /// - Returns: for each split the folder or file it is in; `nil` when interrupted, and then
  ///   nothing is left.
  /// - Throws: ``DatasetError`` when the format cannot hold the samples: points are no images,
  ///   and CIFAR files hold 32×32 RGB only.
  public static func write(
    _ dataset: LoadedDataset, to path: String, as format: Format,
    interruption: Interruption = Interruption()
  ) throws -> [String]? {
    try makeFolder(above: path)
    if format == .hdf5 {
      if interruption.isRequested { return nil }
      var files: [String] = []
      for split in dataset.splits {
        files.append(dataset.splits.count == 1 ? path : fileName(path, split: split.name))
        try write(split.samples, to: files.last!)
      }
      return files
    }
    let splits = try dataset.splits.map { split in
      guard let images = split.samples as? LabeledImages else {
        throw DatasetError(
          file: dataset.origin,
          problem: "points of \(split.samples.sampleShape) are no images: convert them --to hdf5")
      }
      return DatasetSplit(name: split.name, images: images, files: [])
    }
    let target: DatasetFormat =
      switch format {
      case .idx: .idx
      case .png: .png
      case .cifar, .hdf5: .cifar
      }
    do {
      try DatasetWriter.write(
        ImageDataset(format: target, splits: splits), to: path, format: target
      ) { interruption.isRequested }
    } catch is AtomicFolder.Stopped {
      return nil
    }
    return splits.map { _ in path }
  }

  private static func makeFolder(above path: String) throws(FileError) {
    try Folder.make(URL(filePath: path).deletingLastPathComponent().path)
  }

  private static func write(_ samples: any LabeledSamples, to file: String) throws {
    switch samples {
    case let images as LabeledImages: try ImageFile.write(images, to: file)
    case let points as LabeledPoints: try ImageFile.write(points, to: file)
    default: preconditionFailure("samples are images or points")
    }
  }

  /// `a/b.h5` for split `train` is `a/b.train.h5`.
  private static func fileName(_ path: String, split: String) -> String {
    let stem = path.hasSuffix(".h5") ? String(path.dropLast(3)) : path
    return "\(stem).\(split).h5"
  }
}
