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
  /// Pixels per row.
  public private(set) var width: Int
  /// Rows of pixels.
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

/// How the classes of a folder are numbered whose names say nothing else.
public enum ClassOrder: String, FieldValue, CaseIterable {
  /// By `NaturalOrder`: `2` before `10`.
  case natural
  /// Byte by byte, as torchvision's `ImageFolder` does: `10` before `2`.
  case torchvision
}

/// How ``DatasetReader`` reads.
public struct ReadingOptions: Sendable, Hashable {
  /// The label to read where the files hold two (CIFAR-100).
  public var labelKind: LabelKind
  /// Exchanges rows and columns of IDX images: EMNIST stores them so.
  public var transposed: Bool
  /// Brings images to one size; without it, all must have one.
  public var geometry: ImageGeometry
  /// 3 makes three equal channels of gray images, as torchvision's loader does; `nil` leaves a set
  /// of gray images gray.
  public var channels: Int?
  /// How class folders are numbered.
  public var classOrder: ClassOrder
  /// Leaves out the files that cannot be read instead of refusing the set; they are told.
  public var leavesOutBadFiles: Bool
  /// Whether to compute the SHA-256 of every source file, which costs about as much as decoding.
  public var hashesFiles: Bool
  /// The most bytes of pixels that are held in memory.
  public var memoryLimit: Int
  /// The most threads to decode on.
  public var threads: Int

  /// - Parameters:
  ///   - labelKind: which of CIFAR-100's labels.
  ///   - transposed: whether images are stored by columns, as EMNIST's are.
  ///   - geometry: what images are resized and cropped to.
  ///   - channels: 1 or 3, for images of folders; `nil` for what they have.
  ///   - classOrder: how classes of folders are numbered.
  ///   - leavesOutBadFiles: whether files that cannot be read are left out, and counted.
  ///   - hashesFiles: whether the SHA-256 of each file is taken.
  ///   - memoryLimit: `nil` for the machine's memory.
  ///   - threads: `nil` for as many as there are cores.
  public init(
    labelKind: LabelKind = .fine, transposed: Bool = false,
    geometry: ImageGeometry = ImageGeometry(), channels: Int? = nil,
    classOrder: ClassOrder = .natural, leavesOutBadFiles: Bool = false, hashesFiles: Bool = false,
    memoryLimit: Int? = nil, threads: Int? = nil
  ) {
    self.labelKind = labelKind
    self.transposed = transposed
    self.geometry = geometry
    self.channels = channels
    self.classOrder = classOrder
    self.leavesOutBadFiles = leavesOutBadFiles
    self.hashesFiles = hashesFiles
    self.memoryLimit = memoryLimit ?? PhysicalMemory.byteCount
    self.threads = threads ?? Processors.count
  }
}
