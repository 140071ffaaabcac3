import CollapseCore

/// The two layouts of CIFAR's binary records.
enum CIFARRecord: Hashable {
  /// CIFAR-10: the class, then the pixels.
  case oneLabel
  /// CIFAR-100: the superclass, the class, then the pixels.
  case twoLabels

  static let imageShape: Shape = [3, 32, 32]
  /// Bytes of one image: 1024 of red by rows, then green, then blue.
  static let pixelCount = 3072

  var labelCount: Int { self == .oneLabel ? 1 : 2 }
  var byteCount: Int { labelCount + Self.pixelCount }

  /// CIFAR's own number of classes.
  func classCount(_ kind: LabelKind) -> Int {
    switch (self, kind) {
    case (.oneLabel, _): 10
    case (.twoLabels, .fine): 100
    case (.twoLabels, .coarse): 20
    }
  }

  /// Where the label of that kind stands in a record.
  func offset(_ kind: LabelKind) -> Int { self == .twoLabels && kind == .fine ? 1 : 0 }

  /// The layout of a file: the one whose records fill it exactly, else the one its name suggests
  /// (CIFAR-10's names hold `batch`).
  init(byteCount: Int, file: String) {
    let fitting = [Self.oneLabel, .twoLabels].filter { byteCount.isMultiple(of: $0.byteCount) }
    let name = file.split(separator: "/").last ?? ""
    self = fitting.count == 1 ? fitting[0] : name.contains("batch") ? .oneLabel : .twoLabels
  }
}
