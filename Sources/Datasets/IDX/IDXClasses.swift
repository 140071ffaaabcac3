import CollapseCore

/// The classes that the labels of all splits stand for.
struct IDXClasses {
  let names: [String]
  /// The labels as stored, those of the first and the last class included.
  let labels: Range<Int>
  /// What was taken for granted.
  var notes: [String] = []

  /// More classes than this have no names made for them, unless there are as many images.
  private static let mostUnnamed = 1 << 16

  init(_ layout: IDXLayout, _ stored: [[Int]]) throws {
    if let path = layout.classNames {
      names = try ClassNames.read(path)
      labels = 0..<names.count
      return
    }
    if let mapping = try layout.mapping.map({ try EMNISTMapping($0) }) {
      names = mapping.classNames
      labels = mapping.firstLabel..<mapping.firstLabel + names.count
      return
    }
    let present = Set(stored.joined())
    let last = present.max() ?? 0
    guard last < max(Self.mostUnnamed, stored.reduce(0) { $0 + $1.count }) else {
      throw DatasetError(
        file: layout.fileSets[0].labels,
        problem: "label \(last) is beyond the number of images: a class for each up to it has to "
          + "be named in \(ClassNames.fileName)")
    }
    // Counted from 1 and none left out: there is no class 0 without samples.
    let first = present.min() == 1 && present.count == last && last > 1 ? 1 : 0
    labels = first..<last + 1
    names = labels.map(String.init)
    if first == 1 {
      notes = [
        "labels run from 1 to \(last) and are read as \(last) classes of these names, numbered "
          + "from 0"
      ]
    }
  }
}
