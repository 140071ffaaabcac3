import CollapseCore
import Files

/// The image files of a data set: `root/<split>/<class>/*.png`, or `root/<class>/*.png`, which is
/// one split named `all`.
///
/// Without a file `root/classes.txt` the classes are the names of the folders, of all splits
/// together, in ``CollapseCore/NaturalOrder`` or in torchvision's. With it, they are its lines in
/// their order, and the folder of a class bears its name with `/`, `%`, control characters and a
/// leading dot written as `%2F`.
/// The images of a split are in natural order of their file names, whatever the class; files of
/// one name, in the order of their classes.
struct ImageFolderLayout {
  let files: ImageFileSet

  init(_ place: DatasetPlace, order: ClassOrder) throws {
    let root = place.path
    let folders = place.contents.folders.inNaturalOrder()
    let children = try folders.map { try place.inner($0) }
    var faults = Self.faults(in: place)
    let isSplit = children.contains { !$0.contents.folders.isEmpty }
    var splits: [(name: String, classes: [Class])]
    if isSplit {
      splits = try zip(folders, children).map { folder, child in
        if let file = child.contents.files.filter(ImageKind.isImage).inNaturalOrder().first {
          throw DatasetError(
            file: child.path,
            problem: "expected folders of classes, as beside it, found the image '\(file)'")
        }
        guard !child.contents.folders.isEmpty else {
          throw DatasetError(file: child.path, problem: "expected folders of classes, found none")
        }
        faults += Self.faults(in: child)
        let classes = try child.contents.folders.inNaturalOrder().map {
          try Class($0, try child.inner($0), &faults)
        }
        return (DatasetSplit.name(for: folder), classes)
      }
    } else {
      try Self.refuseSplitsOfImages(folders, root)
      splits = [("all", try zip(folders, children).map { try Class($0, $1, &faults) })]
    }
    var named: [String: String] = [:]
    for (split, folder) in zip(splits.map(\.name), folders) where isSplit {
      if let other = named.updateValue(folder, forKey: split) {
        throw DatasetError(
          file: root, problem: "the folders '\(other)' and '\(folder)' both stand for '\(split)'")
      }
    }
    // A class may have no images in one split, but it has some.
    let classes = splits.flatMap(\.classes)
    let filled = Set(classes.filter { !$0.files.isEmpty }.map(\.folder))
    if let empty = classes.first(where: { !filled.contains($0.folder) }) {
      throw DatasetError(
        file: empty.path,
        problem: "expected PNG or JPEG files, found "
          + (empty.isEmpty ? "an empty class folder" : "none"))
    }
    let (classNames, labels) = try Self.classes(Set(classes.map(\.folder)), place, order)
    files = ImageFileSet(
      root: root, classNames: classNames,
      splits: splits.map { Self.split($0.name, $0.classes, labels) }, faults: faults)
  }

  /// The names of the classes, and the label of each folder.
  private static func classes(
    _ found: Set<String>, _ place: DatasetPlace, _ order: ClassOrder
  ) throws -> ([String], [String: Int]) {
    guard place.holds(ClassNames.fileName) else {
      let names = order.sorted(found)
      return (names, Dictionary(uniqueKeysWithValues: zip(names, 0...)))
    }
    let file = place.path(of: ClassNames.fileName)
    let names = try ClassNames.read(file)
    let folders = names.map(folderName)
    if let other = found.subtracting(folders).inNaturalOrder().first {
      throw DatasetError(
        file: file, problem: "expected a line for each class folder, found none for '\(other)'")
    }
    return (names, Dictionary(uniqueKeysWithValues: zip(folders, 0...)))
  }

  private static func split(
    _ name: String, _ classes: [Class], _ labels: [String: Int]
  ) -> ImageFileSet.Split {
    let files = classes.flatMap { folder in
      let label = labels[folder.folder]!
      return folder.files.map {
        (name: Array($0.utf8), path: "\(folder.path)/\($0)", label: label)
      }
    }.sorted {
      let order = NaturalOrder.compare($0.name, $1.name)
      return order != 0 ? order < 0 : $0.label < $1.label
    }
    return ImageFileSet.Split(
      name: name, paths: files.map(\.path), labels: files.map { Int32($0.label) })
  }

  /// Images right in `train` and `test` are not two classes of these names.
  private static func refuseSplitsOfImages(
    _ folders: [String], _ root: String
  ) throws(DatasetError) {
    let splits: Set<String> = ["train", "test", "val", "valid", "validation", "dev"]
    guard folders.allSatisfy({ splits.contains(DatasetSplit.name(for: $0.lowercased())) }) else {
      return
    }
    throw DatasetError(
      file: "\(root)/\(folders[0])",
      problem: "expected a folder for each class, found images without labels; a list of them "
        + "would be '\(folders[0]).csv' beside it")
  }

  /// The folder in which the images of a class lie beside `classes.txt`.
  static func folderName(_ className: String) -> String {
    var name = ""
    for (index, byte) in className.utf8.enumerated() {
      let isLeadingDot = index == 0 && byte == 0x2E
      if byte == 0x2F || byte == 0x25 || byte < 0x20 || byte == 0x7F || isLeadingDot {
        name += "%" + Hexadecimal.digits([byte]).uppercased()
      } else {
        name.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return name
  }

  /// Names that lead to nothing that can be opened.
  private static func faults(in place: DatasetPlace) -> [DatasetError] {
    place.contents.oddities.map { (oddity: $0, path: place.path(of: $0.name)) }
      .sorted { NaturalOrder.precedes($0.path, $1.path) }
      .map { DatasetError(file: $0.path, problem: "is \($0.oddity.problem)") }
  }

  /// The files of one class in one split.
  private struct Class {
    let folder: String
    let path: String
    let files: [String]
    let isEmpty: Bool

    init(_ folder: String, _ place: DatasetPlace, _ faults: inout [DatasetError]) throws {
      if let inner = place.contents.folders.inNaturalOrder().first {
        throw DatasetError(
          file: place.path, problem: "expected images, found the folder '\(inner)'")
      }
      faults += ImageFolderLayout.faults(in: place)
      let isExpected = place.contents.files.map(ImageKind.isExpected)
      let others = zip(place.contents.files, isExpected).filter { !$1 }.map(\.0)
      faults += others.inNaturalOrder().map {
        DatasetError(
          file: place.path(of: $0), problem: "is neither a PNG nor a JPEG file by its name")
      }
      files =
        others.isEmpty
        ? place.contents.files : place.contents.files.filter(ImageKind.isExpected)
      isEmpty = place.contents.files.isEmpty && place.contents.oddities.isEmpty
      self.folder = folder
      path = place.path
    }
  }
}

extension ClassOrder {
  /// Names in this order.
  func sorted(_ names: some Sequence<String>) -> [String] {
    switch self {
    case .natural: names.inNaturalOrder()
    case .torchvision: names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }
}
