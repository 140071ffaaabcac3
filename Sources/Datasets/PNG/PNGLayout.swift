import CollapseCore
import Files

/// The PNG files of a data set: `root/<split>/<class>/*.png`, or `root/<class>/*.png`, which is
/// one split named `all`.
///
/// Without a file `root/classes.txt` the classes are the names of the folders, of all splits
/// together, in ``NaturalOrder``. With it, they are its lines in their order, and the folder of a
/// class bears its name with `/`, `%`, control characters and a leading dot written as `%2F`.
/// The images of a split are in natural order of their file names, whatever the class; files of
/// one name, in the order of their classes.
struct PNGLayout {
  struct Split {
    let name: String
    var paths: [String]
    var labels: [Int32]
  }

  let classNames: [String]
  let splits: [Split]

  init(root: String, contents: FolderContents) throws {
    let folders = contents.folders.filter { !AtomicFile.isTemporary($0) }.inNaturalOrder()
    let children = try folders.map { try FolderContents("\(root)/\($0)") }
    guard !folders.isEmpty else {
      throw DatasetError(file: root, problem: "expected folders of PNG files, found no folder")
    }
    let isSplit = children.contains { !$0.folders.isEmpty }
    var splits: [(name: String, classes: [Class])]
    if isSplit {
      splits = try zip(folders, children).map { folder, contents in
        if let file = contents.files.filter(Self.isPNG).inNaturalOrder().first {
          throw DatasetError(
            file: "\(root)/\(folder)",
            problem: "expected folders of classes, as beside it, found the image '\(file)'")
        }
        guard !contents.folders.isEmpty else {
          throw DatasetError(
            file: "\(root)/\(folder)", problem: "expected folders of classes, found none")
        }
        let classes = try contents.folders.inNaturalOrder().map { name in
          try Class(name, "\(root)/\(folder)/\(name)")
        }
        return (DatasetSplit.name(for: folder), classes)
      }
    } else {
      splits = [
        (
          "all",
          try zip(folders, children).map { try Class($0, "\(root)/\($0)", contents: $1) }
        )
      ]
    }
    var named: [String: String] = [:]
    for (split, folder) in zip(splits.map(\.name), folders) where isSplit {
      if let other = named.updateValue(folder, forKey: split) {
        throw DatasetError(
          file: root, problem: "the folders '\(other)' and '\(folder)' both stand for '\(split)'")
      }
    }

    let found = Set(splits.flatMap { $0.classes.map(\.folder) })
    let folderOfClass: [String]
    if contents.files.contains(ClassNames.fileName) {
      classNames = try ClassNames.read("\(root)/\(ClassNames.fileName)")
      folderOfClass = classNames.map(Self.folderName)
      if let other = found.subtracting(folderOfClass).inNaturalOrder().first {
        throw DatasetError(
          file: "\(root)/\(ClassNames.fileName)",
          problem: "expected a line for each class folder, found none for '\(other)'")
      }
    } else {
      classNames = found.inNaturalOrder()
      folderOfClass = classNames
    }
    let labels = Dictionary(uniqueKeysWithValues: zip(folderOfClass, 0...))
    self.splits = splits.map { split in
      let files = split.classes.flatMap { folder in
        let label = labels[folder.folder]!
        return folder.files.map {
          (name: Array($0.utf8), path: "\(folder.path)/\($0)", label: label)
        }
      }.sorted {
        let order = NaturalOrder.compare($0.name, $1.name)
        return order != 0 ? order < 0 : $0.label < $1.label
      }
      return Split(
        name: split.name, paths: files.map(\.path), labels: files.map { Int32($0.label) })
    }
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

  private static func isPNG(_ name: String) -> Bool {
    name.hasSuffix(".png") || name.lowercased().hasSuffix(".png")
  }

  /// The files of one class in one split.
  private struct Class {
    let folder: String
    let path: String
    let files: [String]

    init(_ folder: String, _ path: String, contents: FolderContents? = nil) throws {
      let contents = try contents ?? FolderContents(path)
      if let inner = contents.folders.inNaturalOrder().first {
        throw DatasetError(file: path, problem: "expected PNG files, found the folder '\(inner)'")
      }
      files = contents.files.filter { !AtomicFile.isTemporary($0) }
      if let other = files.filter({ !PNGLayout.isPNG($0) }).inNaturalOrder().first {
        throw DatasetError(file: path, problem: "expected PNG files only, found '\(other)'")
      }
      guard !files.isEmpty else {
        throw DatasetError(file: path, problem: "expected PNG files, found an empty class folder")
      }
      self.folder = folder
      self.path = path
    }
  }
}
