import CollapseCore
import Files

/// Reads labeled images from disk, finding out the format by what is there.
public enum DatasetReader {
  /// The formats, in the order they are tried.
  static let formats: [any ImageFormat.Type] = [
    IDXFormat.self, STL10Format.self, CIFARPythonFormat.self, CIFARFormat.self, NPZFormat.self,
    ImageListFormat.self, ImageFolderFormat.self,
  ]

  /// Opens the data set at `path`: labels are read, images when they are asked for.
  ///
  /// - Throws: ``DatasetError``, `FileError` or `GzipError`, all of which name the file, the place
  ///   in it, what was expected and what was found.
  public static func open(
    _ path: String, options: ReadingOptions = ReadingOptions()
  ) throws -> OpenDataset {
    let place = try DatasetPlace(path)
    if let format = try format(of: place) { return try format.open(place, options) }
    if let (inner, format) = try nested(in: place) { return try format.open(inner, options) }
    throw refusal(of: place)
  }

  /// Reads the data set at `path` into memory.
  ///
  /// - Throws: ``DatasetError``, `FileError` or `GzipError`, all of which name the file, the place
  ///   in it, what was expected and what was found; where there is not enough memory, how much the
  ///   images take.
  public static func read(
    _ path: String, options: ReadingOptions = ReadingOptions()
  ) throws -> ImageDataset {
    try load(try open(path, options: options), path, options)
  }

  /// Decodes all images of an open data set.
  ///
  /// - Throws: what ``read(_:options:)`` throws for files that cannot be decoded or do not fit in
  ///   memory.
  public static func load(
    _ dataset: OpenDataset, _ path: String, _ options: ReadingOptions
  ) throws -> ImageDataset {
    if let first = dataset.splits.first {
      try MemoryNeed.check(
        dataset.splits.reduce(0) { $0 + $1.images.count }, of: first.images.sampleShape,
        limit: options.memoryLimit, what: "", file: path)
    }
    return ImageDataset(
      format: dataset.format, splits: try dataset.splits.map { try $0.load(options) })
  }

  private static func format(of place: DatasetPlace) throws -> (any ImageFormat.Type)? {
    try formats.first { try $0.matches(place) }
  }

  /// The one data set in the folders of a folder that is none itself, as `data/MNIST/raw` is in
  /// `data`.
  private static func nested(
    in place: DatasetPlace, depth: Int = 0
  ) throws -> (DatasetPlace, any ImageFormat.Type)? {
    guard place.file == nil, depth < 3, place.contents.folders.count < 32 else { return nil }
    var found: [(DatasetPlace, any ImageFormat.Type)] = []
    for name in place.contents.folders.inNaturalOrder() {
      let inner = try place.inner(name)
      if let format = try format(of: inner) {
        found.append((inner, format))
      } else if let deeper = try nested(in: inner, depth: depth + 1) {
        found.append(deeper)
      }
    }
    guard found.count > 1 else { return found.first }
    throw DatasetError(
      file: place.path,
      problem: "holds several data sets: "
        + found.map { "'\($0.0.path)'" }.joined(separator: ", ") + "; name one of them")
  }

  private static func refusal(of place: DatasetPlace) -> DatasetError {
    let expected = "expected " + formats.map { $0.expectation }.joined(separator: ", or ")
    guard let (_, start) = place.file else {
      return DatasetError(file: place.path, problem: "\(expected); found \(found(place.contents))")
    }
    if let remedy = FileContent.remedy(for: start) {
      return DatasetError(file: place.path, problem: remedy)
    }
    return DatasetError(
      file: place.path, location: "byte 0",
      problem: "\(expected); found "
        + (start.isEmpty ? "no bytes" : Hexadecimal.bytes(start.prefix(4))))
  }

  private static func found(_ contents: FolderContents) -> String {
    let names =
      (contents.files + contents.folders.map { $0 + "/" }
      + contents.oddities.map { "\($0.name) (\($0.problem))" }).inNaturalOrder()
    if names.isEmpty { return "an empty folder" }
    return names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      + (names.count > 3 ? ", …" : "")
  }
}
