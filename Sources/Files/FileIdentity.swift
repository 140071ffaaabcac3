import CollapseCore
import FoundationEssentials

/// What tells a file from its later self: path, size and time of change.
public struct FileIdentity: Sendable, Hashable {
  /// `a.h5 4096 781234567.25`.
  public let text: String

  /// - Throws: ``FileError`` when the path is missing, a folder or unreadable.
  public init(_ path: String) throws {
    let size = try FileContents.size(path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    let modified = (attributes[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate ?? 0
    text = "\(path) \(size) \(modified)"
  }
}
