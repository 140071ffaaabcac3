public import CollapseCore

/// Which of CIFAR-100's two labels is the class.
public enum LabelKind: String, FieldValue, CaseIterable {
  /// The 100 classes.
  case fine
  /// The 20 superclasses.
  case coarse
}

/// Width and height in pixels.
public struct ImageSize: Sendable, Hashable, CustomStringConvertible {
  public private(set) var width: Int
  public private(set) var height: Int

  /// - Precondition: both are positive.
  public init(width: Int, height: Int) {
    precondition(width > 0 && height > 0)
    self.width = width
    self.height = height
  }

  /// `28×28`, width first.
  public var description: String { "\(width)×\(height)" }
}

extension ImageSize: Configurable {
  public static var standard: ImageSize { ImageSize(width: 1, height: 1) }

  public static var fields: [Field<ImageSize>] {
    [
      Field("width", \.width, "In pixels.", range: .closed(1...65_536), isRequired: true),
      Field("height", \.height, "In pixels.", range: .closed(1...65_536), isRequired: true),
    ]
  }
}

/// How ``DatasetReader`` reads.
public struct ReadingOptions: Sendable, Hashable {
  /// The label to read where the files hold two (CIFAR-100).
  public var labelKind: LabelKind
  /// Exchanges rows and columns of IDX images: EMNIST stores them so.
  public var transposed: Bool
  /// Brings every image to this size, by ``Resampling``; without it, all must have one size.
  public var resize: ImageSize?
  /// Whether to compute the SHA-256 of every source file, which costs about as much as decoding.
  public var hashesFiles: Bool
  /// The most threads to decode on.
  public var threads: Int

  /// - Parameter threads: `nil` for as many as there are cores.
  public init(
    labelKind: LabelKind = .fine, transposed: Bool = false, resize: ImageSize? = nil,
    hashesFiles: Bool = false, threads: Int? = nil
  ) {
    self.labelKind = labelKind
    self.transposed = transposed
    self.resize = resize
    self.hashesFiles = hashesFiles
    self.threads = threads ?? Processors.count
  }
}
