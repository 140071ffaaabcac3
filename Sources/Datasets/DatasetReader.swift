import CollapseCore
import Files

/// Reads labeled images from disk, finding out the format by what is there.
///
/// | path | read as |
/// |---|---|
/// | a folder with files named like `train-images-idx3-ubyte` | IDX, a split per pair of files |
/// | a folder with `.bin` or `.bin.gz` files | CIFAR binary |
/// | any other folder | PNG files, ``DatasetFormat/png`` |
/// | a file of IDX images | IDX, the split of that file |
/// | a file of CIFAR records | CIFAR binary, the split of that file |
///
/// Files may be gzip in the first two formats: their content shows it, not their name.
public enum DatasetReader {
  /// Reads the data set at `path`.
  ///
  /// - Throws: ``DatasetError``, `FileError` or `GzipError`, all of which name the file, the place
  ///   in it, what was expected and what was found.
  public static func read(
    _ path: String, options: ReadingOptions = ReadingOptions()
  ) throws -> ImageDataset {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let contents: FolderContents
    do {
      contents = try FolderContents(path)
    } catch {
      // Not a folder, or nothing at all: reading it as a file says which.
      return try readFile(path, options: options)
    }
    if IDXLayout.matches(contents) {
      return try IDXReader.read(
        try IDXLayout(folder: path, contents: contents), options: options)
    }
    if CIFARLayout.matches(contents) {
      return try CIFARReader.read(
        CIFARLayout(folder: path, contents: contents), options: options)
    }
    guard !contents.folders.isEmpty else {
      throw DatasetError(
        file: path,
        problem: "expected IDX files (…-images-idx3-ubyte), CIFAR files (….bin) or folders of "
          + "PNG files, found \(found(contents))")
    }
    return try PNGReader.read(
      try PNGLayout(root: path, contents: contents), root: path, options: options)
  }

  private static func readFile(_ path: String, options: ReadingOptions) throws -> ImageDataset {
    let start = try contentStart(path)
    let separator = path.lastIndex(of: "/")
    let folder = separator.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = separator.map { String(path[path.index(after: $0)...]) } ?? path
    let contents = try FolderContents(folder)
    if CIFARLayout.stem(name) == nil, IDXHeader.matches(start) {
      guard IDXFileName(name) != nil else {
        throw DatasetError(
          file: path,
          problem: "is an IDX file; to find its labels its name must be like "
            + "'train-images-idx3-ubyte'")
      }
      return try IDXReader.read(
        try IDXLayout(folder: folder, contents: contents, only: name), options: options)
    }
    if CIFARLayout.stem(name) != nil {
      return try CIFARReader.read(
        CIFARLayout(folder: folder, contents: contents, only: name), options: options)
    }
    if start.starts(with: PNGHeader.signature) {
      throw DatasetError(
        file: path, problem: "is one PNG image, expected the folder that holds class folders")
    }
    throw DatasetError(
      file: path, location: "byte 0",
      problem: "expected an IDX file (00 00 08 03), a CIFAR file named ….bin or a folder, "
        + "found \(start.isEmpty ? "no bytes" : Hexadecimal.bytes(start.prefix(4)))")
  }

  /// The first bytes of a file's content, inflated where it is gzip.
  private static func contentStart(_ path: String) throws -> [UInt8] {
    let bytes = try FileContents.prefix(path, count: 1 << 16).bytes
    guard Gzip.isGzip(bytes) else { return Array(bytes.prefix(8)) }
    var inflater = try GzipInflater(bytes, file: path)
    return try inflater.read(upTo: 8)
  }

  private static func found(_ contents: FolderContents) -> String {
    if contents.files.isEmpty { return "an empty folder" }
    let names = contents.files.inNaturalOrder().prefix(3).map { "'\($0)'" }
    return names.joined(separator: ", ") + (contents.files.count > 3 ? ", …" : "")
  }
}
