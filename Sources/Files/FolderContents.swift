import CollapseCore
import LibC

/// The names directly in a folder.
public struct FolderContents: Sendable, Hashable {
  /// Names of files, and of links to files, in no particular order.
  public let files: [String]
  /// Names of folders, and of links to folders, in no particular order.
  public let folders: [String]

  /// What has a name here and is neither, in no particular order.
  public let oddities: [Oddity]

  /// A name that stands for no file and no folder that could be opened.
  public struct Oddity: Sendable, Hashable {
    /// Its name, with `\u{FFFD}` in the place of bytes that are not UTF-8.
    public let name: String
    /// What it is: "a link that leads nowhere", "a named pipe".
    public let problem: String

    /// A name with what is wrong with it, as a phrase.
    public init(name: String, problem: String) {
      self.name = name
      self.problem = problem
    }
  }

  /// Names as someone else listed them.
  public init(files: [String], folders: [String], oddities: [Oddity] = []) {
    self.files = files
    self.folders = folders
    self.oddities = oddities
  }

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
    var oddities: [Oddity] = []
    while let entry = readdir(folder) {
      let (name, isUTF8) = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) {
          (String(cString: $0), String(validatingCString: $0) != nil)
        }
      }
      if name.hasPrefix(".") { continue }
      guard isUTF8 else {
        oddities.append(Oddity(name: name, problem: "a name that is not UTF-8"))
        continue
      }
      switch Int32(entry.pointee.d_type) {
      case Int32(DT_REG): files.append(name)
      case Int32(DT_DIR): folders.append(name)
      default:
        // A link, or a file system that does not say.
        var status = stat()
        guard stat("\(path)/\(name)", &status) == 0 else {
          oddities.append(
            Oddity(
              name: name,
              problem: errno == ENOENT
                ? "a link that leads nowhere" : "unreadable: \(FileError.reason(errno))"))
          continue
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: folders.append(name)
        case S_IFREG: files.append(name)
        case let mode: oddities.append(Oddity(name: name, problem: RegularFile.kind(of: mode)))
        }
      }
    }
    self.oddities = oddities
    self.files = files
    self.folders = folders
  }
}
