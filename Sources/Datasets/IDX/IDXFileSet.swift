import CollapseCore
import Files

/// The two files of one split.
struct IDXFileSet {
  let split: String
  /// Paths.
  let images: String
  let labels: String
}

/// The IDX files of one data set: a folder such as MNIST's, or one split of it.
struct IDXLayout {
  let fileSets: [IDXFileSet]
  /// What stands before the splits' names: `emnist-letters`.
  let dataset: String?
  /// The file of class names, one per line, where there is one.
  let classNames: String?
  /// EMNIST's file of labels and the character codes they stand for, where there is one.
  let mapping: String?

  /// Whether a folder of these files is to be read as IDX.
  static func matches(_ contents: FolderContents) -> Bool {
    contents.files.contains { IDXFileName($0) != nil }
  }

  /// Finds the splits in `folder`, or the one split that the images file `only` belongs to.
  init(folder: String, contents: FolderContents, only: String? = nil) throws {
    // Where a file lies there both plain and compressed, the plain one is read.
    var byKey: [String: [IDXHeader.Content: (name: String, parsed: IDXFileName)]] = [:]
    for name in contents.files.sorted() {
      guard let parsed = IDXFileName(name) else { continue }
      let key = "\(parsed.dataset ?? "")-\(parsed.split)"
      if let other = byKey[key]?[parsed.content], !other.parsed.isCompressed { continue }
      byKey[key, default: [:]][parsed.content] = (name, parsed)
    }
    var found = Array(byKey.values)
    if let only, let parsed = IDXFileName(only) {
      guard parsed.content == .images else {
        throw DatasetError(
          file: "\(folder)/\(only)", problem: "holds labels, expected a file of images")
      }
      found = [byKey["\(parsed.dataset ?? "")-\(parsed.split)"] ?? [:]]
      found[0][.images] = (only, parsed)
    }
    let datasets = Set(found.flatMap { $0.values.map { $0.parsed.dataset ?? "(no prefix)" } })
    guard datasets.count == 1 else {
      throw DatasetError(
        file: folder,
        problem: "holds the IDX files of several data sets: "
          + datasets.inNaturalOrder().joined(separator: ", ") + "; name one file of images")
    }
    fileSets = try found.map { files in
      let parsed = files.values.first!.parsed
      guard let images = files[.images]?.name else {
        throw DatasetError(
          file: "\(folder)/\(files[.labels]!.name)",
          problem: "expected a file of images beside these labels, found none"
            + Self.similar(.images, in: contents))
      }
      guard let labels = files[.labels]?.name else {
        throw DatasetError(
          file: "\(folder)/\(images)",
          problem: "expected a file of labels beside these images, found none"
            + Self.similar(.labels, in: contents))
      }
      return IDXFileSet(
        split: parsed.split, images: "\(folder)/\(images)", labels: "\(folder)/\(labels)")
    }
    let prefix = found[0].values.first!.parsed.dataset
    func path(_ name: String) -> String? {
      contents.files.contains(name) ? "\(folder)/\(name)" : nil
    }
    dataset = prefix
    classNames = path(ClassNames.fileName)
    mapping = prefix.flatMap { path("\($0)-mapping.txt") }
  }

  /// Files that may have been meant, where their names are not quite right: browsers number what is
  /// downloaded again.
  private static func similar(
    _ content: IDXHeader.Content, in contents: FolderContents
  ) -> String {
    let names = contents.files.filter {
      IDXFileName($0) == nil && $0.lowercased().contains(content.rawValue)
    }.inNaturalOrder()
    guard let first = names.first else { return "" }
    return "; '\(first)' would have to be named like "
      + "'train-\(content.rawValue)-idx\(content == .images ? 3 : 1)-ubyte'"
  }
}
