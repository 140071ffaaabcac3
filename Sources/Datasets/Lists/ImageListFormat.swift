import CollapseCore
import Files

/// Images of all classes in one folder, and a table that says which is which, as competitions
/// publish them: `train.csv` with the images in `train/`, or `labels.csv` with them beside it or in
/// `images/`.
///
/// One column names files, with or without their suffix; another the class.
enum ImageListFormat: ImageFormat {
  static let expectation = "a folder of images and a table of their labels (train.csv)"

  static func matches(_ place: DatasetPlace) throws -> Bool {
    if let (name, _) = place.file { return isTable(name) }
    return try !tables(in: place).isEmpty
  }

  private static func isTable(_ name: String) -> Bool {
    [".csv", ".tsv"].contains { name.lowercased().hasSuffix($0) }
  }

  /// The tables of a folder that have images they can be about, and where these are.
  private static func tables(
    in place: DatasetPlace
  ) throws -> [(name: String, images: DatasetPlace)] {
    // Folders of classes say more than a table beside them.
    let folders = place.contents.folders
    return try place.contents.files.filter(isTable).inNaturalOrder().compactMap { name in
      let stem = String(name.dropLast(4))
      let candidates = [stem, "images", "imgs", "train"].filter(folders.contains)
      for candidate in candidates {
        let inner = try place.inner(candidate)
        if inner.contents.files.contains(where: ImageKind.isImage) { return (name, inner) }
      }
      guard place.contents.files.contains(where: ImageKind.isImage) else { return nil }
      var here = place
      here.file = nil
      return (name, here)
    }
  }

  static func open(_ place: DatasetPlace, _ options: ReadingOptions) throws -> OpenDataset {
    var tables = try tables(in: place)
    if let (name, _) = place.file {
      tables = tables.filter { $0.name == name }
      guard !tables.isEmpty else {
        throw DatasetError(
          file: place.path,
          problem: "is a table; expected the images it is about in a folder of its name without "
            + "the suffix, in 'images' or beside it")
      }
    }
    var notes: [String] = []
    var lists: [(split: String, list: ImageList)] = []
    for (name, images) in tables {
      let path = place.path(of: name)
      let table = try CSVTable(try FileContents.read(path), file: path)
      guard let list = try ImageList(table, path, images) else {
        notes.append("\(path): has no column of labels and is not read")
        continue
      }
      lists.append((DatasetSplit.name(for: String(name.dropLast(4))), list))
    }
    guard !lists.isEmpty else {
      throw DatasetError(
        file: place.path,
        problem: "has tables, none of which has a column of labels: "
          + notes.joined(separator: "; "))
    }
    if lists.count == 1, lists[0].split != "train", lists[0].split != "test" {
      lists[0].split = "all"
    }
    let found = Set(lists.flatMap { $0.list.rows.map(\.className) })
    let classNames: [String]
    let file = place.path(of: ClassNames.fileName)
    if place.holds(ClassNames.fileName) {
      classNames = try ClassNames.read(file)
      if let other = found.subtracting(classNames).inNaturalOrder().first {
        throw DatasetError(
          file: file, problem: "expected a line for each class, found none for '\(other)'")
      }
    } else {
      classNames = options.classOrder.sorted(found)
    }
    let labels = Dictionary(uniqueKeysWithValues: zip(classNames, Int32(0)...))
    return try ImageFileSet(
      root: place.path, classNames: classNames,
      splits: lists.map { split, list in
        ImageFileSet.Split(
          name: split, paths: list.rows.map(\.path),
          labels: list.rows.map { labels[$0.className]! })
      }, faults: lists.flatMap(\.list.faults), notes: notes + lists.map(\.list.note)
    ).open(options)
  }
}
