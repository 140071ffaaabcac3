import CollapseCore
import Files

/// The batch files of one data set in CIFAR's binary format: a folder such as
/// `cifar-10-batches-bin`, or one file of it.
struct CIFARLayout {
  /// The batches of each split, in natural order of their names.
  let batches: [(split: String, paths: [String])]
  private let folder: String
  private let names: Set<String>

  /// Whether a folder of these files is to be read as CIFAR.
  static func matches(_ contents: FolderContents) -> Bool {
    contents.files.contains { stem($0) != nil }
  }

  /// The name without `.bin` or `.bin.gz`; `nil` where it ends otherwise.
  static func stem(_ name: String) -> Substring? {
    let name = name.hasSuffix(".gz") ? name.dropLast(3) : name[...]
    return name.hasSuffix(".bin") ? name.dropLast(4) : nil
  }

  /// The split a batch belongs to: `data_batch_3` → `train`, `test_batch` → `test`,
  /// `val_batch` → `val`, `train` → `train`.
  static func split(_ stem: Substring) -> String {
    let words = stem.split(separator: "_")
    let name = words[..<(words.lastIndex(of: "batch") ?? words.endIndex)].joined(separator: "_")
    return name == "data" ? "train" : DatasetSplit.name(for: name)
  }

  init(folder: String, contents: FolderContents, only: String? = nil) {
    // Where a file lies there both plain and compressed, the plain one is read.
    var byStem: [String: String] = [:]
    for name in only.map({ [$0] }) ?? contents.files.sorted() {
      // A file given by name needs no suffix: its content has been looked at.
      let stem = Self.stem(name) ?? (only == nil ? nil : name[...])
      if let stem, byStem[String(stem)] == nil { byStem[String(stem)] = name }
    }
    let stems = byStem.keys.inNaturalOrder()
    batches = Dictionary(grouping: stems) { Self.split($0[...]) }.map { split, stems in
      (split, stems.map { "\(folder)/\(byStem[$0]!)" })
    }.sorted { $0.split < $1.split }
    self.folder = folder
    names = Set(contents.files)
  }

  /// The class names beside the batches, where they are there.
  func classNames(_ record: CIFARRecord, _ kind: LabelKind) throws -> [String]? {
    let name =
      switch (record, kind) {
      case (.oneLabel, _): "batches.meta.txt"
      case (.twoLabels, .fine): "fine_label_names.txt"
      case (.twoLabels, .coarse): "coarse_label_names.txt"
      }
    return names.contains(name) ? try ClassNames.read("\(folder)/\(name)") : nil
  }
}
