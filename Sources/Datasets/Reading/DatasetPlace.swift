import CollapseCore
import Files

/// What lies where a data set is looked for: a folder, or one file and the folder that holds it.
struct DatasetPlace {
  let path: String
  /// The folder itself, or that of the file.
  let folder: String
  /// What the folder holds, without what operating systems leave behind.
  let contents: FolderContents
  /// The file's name, and how its content begins, inflated where it is gzip; `nil` for a folder.
  var file: (name: String, start: [UInt8])?

  /// Looks at `path`.
  ///
  /// - Throws: `FileError` where nothing is there or it cannot be read.
  init(_ path: String) throws {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    if let contents = try? FolderContents(path) {
      self.init(path, contents: contents)
      return
    }
    // Not a folder, or nothing at all: reading it as a file says which.
    let start = try Self.contentStart(path)
    let separator = path.lastIndex(of: "/")
    let folder = separator.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    self.init(path, folder: folder, contents: try FolderContents(folder))
    file = (separator.map { String(path[path.index(after: $0)...]) } ?? path, start)
  }

  private init(_ path: String, folder: String? = nil, contents: FolderContents) {
    self.path = path
    self.folder = folder ?? path
    self.contents = contents.withoutLitter
    file = nil
  }

  /// A folder directly in this one.
  func inner(_ name: String) throws -> DatasetPlace {
    let path = self.path(of: name)
    return DatasetPlace(path, contents: try FolderContents(path))
  }

  /// The path of one of the names here.
  func path(of name: String) -> String { "\(folder)/\(name)" }

  func holds(_ name: String) -> Bool { contents.files.contains(name) }

  /// The first bytes of a file's content, inflated where it is gzip.
  private static func contentStart(_ path: String) throws -> [UInt8] {
    let bytes = try FileContents.prefix(path, count: 1 << 16).bytes
    guard Gzip.isGzip(bytes) else { return Array(bytes.prefix(512)) }
    var inflater = try GzipInflater(bytes, file: path)
    return try inflater.read(upTo: 8)
  }
}

extension FolderContents {
  /// Without temporary files of an interrupted write, and without the names that Windows, macOS
  /// and storage devices leave in every folder they have looked into.
  var withoutLitter: FolderContents {
    func isLitter(_ name: String) -> Bool {
      AtomicFile.isTemporary(name) || Self.litter.contains(name.lowercased())
    }
    return FolderContents(
      files: files.filter { !isLitter($0) }, folders: folders.filter { !isLitter($0) },
      oddities: oddities.filter { !isLitter($0.name) })
  }

  /// In small letters; hidden names are left out before.
  private static let litter: Set<String> = [
    "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin",
    "system volume information", "lost+found", "@eadir",
  ]
}
