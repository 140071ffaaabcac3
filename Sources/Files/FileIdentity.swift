import CollapseCore
import FoundationEssentials

/// What tells a file from its later self: path, size and time of change; a folder, by the files in
/// it.
public struct FileIdentity: Sendable, Hashable {
  /// `a.h5 4096 781234567.25`.
  public let text: String

  /// - Throws: ``FileError`` when the path is missing or unreadable.
  public init(_ path: String) throws {
    if let folder = try? FolderContents(path) {
      text = try folder.files.sorted().map { try FileIdentity("\(path)/\($0)").text }
        .joined(separator: "\n")
      return
    }
    let size = try FileContents.size(path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    let modified = (attributes[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate ?? 0
    text = "\(path) \(size) \(modified)"
  }
}
