/// The name of an IDX file, taken apart: `emnist-letters-train-images-idx3-ubyte.gz` holds the
/// images of the split `train` of the data set `emnist-letters`.
struct IDXFileName: Hashable {
  /// What stands before the split's name, `nil` for MNIST's own four files.
  let dataset: String?
  let split: String
  let content: IDXHeader.Content
  let isCompressed: Bool

  /// `nil` where `name` is not that of an IDX file. `images.idx3` is read like `images-idx3`, and
  /// letters may be of either case.
  init?(_ name: String) {
    var stem = Substring(name.lowercased())
    isCompressed = stem.hasSuffix(".gz")
    if isCompressed { stem = stem.dropLast(3) }
    guard let type = ["-ubyte", "-int", "-short", "-byte"].first(where: stem.hasSuffix) else {
      return nil
    }
    stem = stem.dropLast(type.count)
    guard stem.last?.isWholeNumber == true else { return nil }
    stem = stem.dropLast()
    guard stem.hasSuffix("-idx") || stem.hasSuffix(".idx") else { return nil }
    stem = stem.dropLast(4)
    if stem.hasSuffix("-images"), type == "-ubyte" {
      content = .images
    } else if stem.hasSuffix("-labels") {
      content = .labels
    } else {
      return nil
    }
    // The name's own letters, but for the words that are looked for.
    let words = name.prefix(stem.count - 7)
      .split(separator: "-", omittingEmptySubsequences: false)
    guard let last = words.last, !last.isEmpty else { return nil }
    split = DatasetSplit.name(for: String(last))
    dataset = words.count > 1 ? words.dropLast().joined(separator: "-") : nil
  }

  /// The name under which this project writes a split.
  static func standard(split: String, content: IDXHeader.Content, rank: Int) -> String {
    "\(split == "test" ? "t10k" : split)-\(content.rawValue)-idx\(rank)-ubyte"
  }
}
