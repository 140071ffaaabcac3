import Datasets
import FeatureStore
import Files
import FoundationEssentials
import Tensors

/// Writing a data set in another format without loss.
public enum DatasetConversion {
  /// The formats that can be written.
  public enum Format: String, Sendable, CaseIterable {
    case idx, cifar, png, hdf5
  }

  /// Writes every split of `dataset` to `path`: a folder, or for `hdf5` a file per split.
  ///
  /// - Throws: ``DatasetError`` when the format cannot hold the samples: points are no images,
  ///   and CIFAR files hold 32×32 RGB only.
  public static func write(_ dataset: LoadedDataset, to path: String, as format: Format) throws {
    try makeFolder(above: path)
    if format == .hdf5 {
      for split in dataset.splits {
        let file = dataset.splits.count == 1 ? path : fileName(path, split: split.name)
        try write(split.samples, to: file)
      }
      return
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
    try DatasetWriter.write(
      ImageDataset(format: target, splits: splits), to: path, format: target)
  }

  private static func makeFolder(above path: String) throws {
    let parent = URL(filePath: path).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    } catch {
      throw FileError(
        kind: .cannotWrite, operation: "make the folder", path: parent, reason: "\(error)")
    }
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
