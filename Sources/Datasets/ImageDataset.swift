public import CollapseCore

/// Images and labels as read from disk, split by split.
public struct ImageDataset: Sendable {
  /// The format the files were recognized as.
  public var format: DatasetFormat
  /// In the order train, test, then the others by name.
  public var splits: [DatasetSplit]

  /// - Precondition: all splits have the same class names.
  public init(format: DatasetFormat, splits: [DatasetSplit]) {
    precondition(splits.allSatisfy { $0.images.classNames == splits[0].images.classNames })
    self.format = format
    self.splits = splits.sorted { DatasetSplit.precedes($0.name, $1.name) }
  }

  /// The split of that name.
  public subscript(name: String) -> DatasetSplit? { splits.first { $0.name == name } }

  /// The name of each class, the same in every split.
  public var classNames: [String] { splits.first?.images.classNames ?? [] }

  /// One SHA-256 for all source files; `nil` where ``ReadingOptions/hashesFiles`` was off.
  public var sha256: String? { SourceFile.combinedSHA256(splits.flatMap(\.files)) }
}

/// One part of a data set.
public struct DatasetSplit: Sendable {
  /// `train`, `test`, `all` where the source has one part only, or the source's own name.
  public var name: String
  /// The images with their labels.
  public var images: LabeledImages
  /// The label CIFAR-100 gives each image beside its class; `nil` in other formats.
  public var companion: CompanionLabels?
  /// What the split was read from; empty for images that come from no file.
  public var files: [SourceFile]

  /// A part of a data set under its name.
  public init(
    name: String, images: LabeledImages, companion: CompanionLabels? = nil,
    files: [SourceFile] = []
  ) {
    self.name = name
    self.images = images
    self.companion = companion
    self.files = files
  }

  /// Whether the split named `a` stands before the one named `b`.
  static func precedes(_ a: String, _ b: String) -> Bool { (a.rank, a) < (b.rank, b) }

  /// The split a name in a file or folder stands for: `t10k`, `test`, `testing` are `test`;
  /// `train`, `training` are `train`; other names stand for themselves.
  static func name(for word: String) -> String {
    switch word.lowercased() {
    case "train", "training": "train"
    case "t10k", "test", "testing": "test"
    default: word
    }
  }
}

/// A second label for each image of a split: CIFAR-100's superclasses where its classes were
/// read, and its classes where the superclasses were.
public struct CompanionLabels: Sendable, Hashable {
  public let kind: LabelKind
  /// One per image.
  public let labels: [UInt8]
  /// The names of these labels' classes; their position is the label.
  public let classNames: [String]

  /// One label per image, of the given kind.
  public init(kind: LabelKind, labels: [UInt8], classNames: [String]) {
    self.kind = kind
    self.labels = labels
    self.classNames = classNames
  }
}

extension String {
  /// Where a split of this name stands among others.
  fileprivate var rank: Int {
    switch self {
    case "train": 0
    case "test": 1
    default: 2
    }
  }
}
