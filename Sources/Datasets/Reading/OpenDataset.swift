/// A data set whose labels have been read and whose images are decoded when they are asked for.
public struct OpenDataset: Sendable {
  /// The format the files were recognized as.
  public let format: DatasetFormat
  /// In the order train, test, then the others by name.
  public let splits: [OpenSplit]
  /// The files that were left out because they cannot be read, and why.
  public let leftOut: [String]
  /// What was taken for granted where files can be read in two ways.
  public let notes: [String]

  /// - Precondition: all splits have the same class names.
  init(
    format: DatasetFormat, splits: [OpenSplit], leftOut: [String] = [], notes: [String] = []
  ) {
    precondition(splits.allSatisfy { $0.images.classNames == splits[0].images.classNames })
    self.format = format
    self.splits = splits.sorted { DatasetSplit.precedes($0.name, $1.name) }
    self.leftOut = leftOut
    self.notes = notes
  }
}

/// One part of a data set that is open.
public struct OpenSplit: Sendable {
  /// `train`, `test`, `all` where the source has one part only, or the source's own name.
  public let name: String
  /// The images with their labels, decoded when they are asked for.
  public let images: StreamedImages
  /// The label CIFAR-100 gives each image beside its class; `nil` in other formats.
  public let companion: CompanionLabels?
  /// The files the split is read from.
  public let files: Files

  /// Where the images are.
  public enum Files: Sendable, Hashable {
    /// All images lie in these files.
    case shared([String])
    /// Each image is a file, in the order of the samples.
    case perImage([String])
  }

  init(name: String, images: StreamedImages, companion: CompanionLabels? = nil, files: Files) {
    self.name = name
    self.images = images
    self.companion = companion
    self.files = files
  }
}
