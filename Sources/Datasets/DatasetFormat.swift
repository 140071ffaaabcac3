/// How images and their labels are stored on disk.
public enum DatasetFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// MNIST's format: one file of images, one of labels, per split.
  case idx
  /// CIFAR's binary format: batch files of records, each a label and a 3×32×32 image.
  case cifar
  /// A folder of PNG files per class.
  case png
}
