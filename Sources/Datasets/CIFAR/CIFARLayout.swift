import CollapseCore
import Files

/// The batch files of one data set in CIFAR's binary format: a folder such as
/// `cifar-10-batches-bin`, or one file of it.
struct CIFARLayout {
  /// The batches of each split, in natural order of their names.
  let batches: [(split: String, paths: [String])]
  private let folder: String
  private let names: Set<String>

  /// The files of a folder that may be batches: those that end in `.bin`, but for the weights that
  /// PyTorch writes under such names.
  static func candidates(in folder: String, _ contents: FolderContents) throws -> [String] {
    try contents.files.filter { name in
      guard stem(name) != nil else { return false }
      if name.hasPrefix("pytorch_model") || name.hasPrefix("training_args") { return false }
      return ContentKind(try FileContents.prefix("\(folder)/\(name)", count: 4).bytes) != .zip
    }.sorted()
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

  init(folder: String, contents: FolderContents, only: String? = nil) throws {
    // Where a file lies there both plain and compressed, the plain one is read.
    var byStem: [String: String] = [:]
    for name in try only.map({ [$0] }) ?? Self.candidates(in: folder, contents) {
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
