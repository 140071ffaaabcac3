import CollapseCore
import LibC

/// The names directly in a folder.
public struct FolderContents: Sendable, Hashable {
  /// Names of files, and of links to files, in no particular order.
  public let files: [String]
  /// Names of folders, and of links to folders, in no particular order.
  public let folders: [String]

  /// Lists the folder at `path`. Hidden names, which begin with a dot, are left out.
  ///
  /// - Throws: ``FileError`` when the path is missing, not a folder or unreadable.
  public init(_ path: String) throws(FileError) {
    guard let folder = opendir(path) else {
      if errno == ENOTDIR, !path.hasSuffix("/") {
        throw FileError(
          kind: .missingInput, operation: "list", path: path, reason: "it is not a folder")
      }
      throw .posix("list", path, kind: .missingInput)
    }
    defer { closedir(folder) }
    var files: [String] = []
    var folders: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
      }
      if name.hasPrefix(".") { continue }
      switch Int32(entry.pointee.d_type) {
      case Int32(DT_REG): files.append(name)
      case Int32(DT_DIR): folders.append(name)
      default:
        // A link, or a file system that does not say.
        var status = stat()
        guard stat("\(path)/\(name)", &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR { folders.append(name) } else { files.append(name) }
      }
    }
    self.files = files
    self.folders = folders
  }
}
