import CollapseCore
import Files

/// A folder of NumPy's `.npy` files: an array each, called as its file without the suffix.
enum NPYFolder {
  /// - Returns: `nil` where `path` is no folder, or one without such files.
  static func open(_ path: String) -> (any ArraySource)? {
    guard let contents = try? FolderContents(path) else { return nil }
    let suffix = ".npy"
    let names = contents.files.filter { $0.hasSuffix(suffix) && !AtomicFile.isTemporary($0) }
      .map { String($0.dropLast(suffix.count)) }.sorted(by: NumericOrder.precedes)
    if names.isEmpty { return nil }
    @Sendable func content(_ name: String) throws -> RandomAccessBytes {
      RandomAccessBytes(try RandomAccessFile("\(path)/\(name)\(suffix)"))
    }
    return NamedArrays(
      file: path, noun: "array", names: names,
      loadTexts: { name in
        let bytes = try content(name)
        return try NPYHeader(bytes).texts(in: bytes)
      }
    ) { name in
      let bytes = try content(name)
      return [try NPYHeader(bytes).array(in: bytes)]
    }
  }
}
