/// How images and their labels are stored on disk.
public struct DatasetFormat: Sendable, Hashable, CustomStringConvertible {
  /// `idx`.
  public let name: String

  public var description: String { name }

  /// The formats that ``DatasetWriter`` writes.
  public static let writable: [DatasetFormat] = [.idx, .cifar, .png]
}
