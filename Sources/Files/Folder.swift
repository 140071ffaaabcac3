import CollapseCore
import LibC

/// Making folders.
public enum Folder {
  /// Makes the folder at `path` and those above it; it may be there already.
  ///
  /// - Throws: ``FileError`` that says what stands in the way.
  public static func make(_ path: String) throws(FileError) {
    if mkdir(path, 0o777) == 0 { return }
    let parent = parent(of: path)
    switch errno {
    case ENOENT where !parent.isEmpty:
      // Another thread may have made the parent by now, so that it stands says nothing.
      if !stands(parent) { try make(parent) }
      guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
      if errno == ENOENT { throw refusal(path, "no folder can be made in '\(parent)'") }
      throw .posix("make the folder", path, kind: .cannotWrite)
    case EEXIST:
      if isFolder(path) { return }
      throw refusal(path, "a file of that name stands there")
    case ENOTDIR:
      var file = parent
      while !file.isEmpty, !stands(file) { file = Folder.parent(of: file) }
      throw refusal(path, "'\(file)' is a file")
    default: throw .posix("make the folder", path, kind: .cannotWrite)
    }
  }

  private static func refusal(_ path: String, _ reason: String) -> FileError {
    FileError(kind: .cannotWrite, operation: "make the folder", path: path, reason: reason)
  }

  /// `a` for `a/b` and `a/b/`; empty for `a`.
  static func parent(of path: String) -> String {
    var path = path[...]
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func stands(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
