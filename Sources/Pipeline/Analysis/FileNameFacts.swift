import CollapseCore
import FeatureStore
import Files

/// What the name of a feature file says of epoch and split, for files that state neither:
/// `epoch_012_train.npz`, `resnet-ep3.val.h5`.
struct FileNameFacts: Hashable {
  let epoch: Int?
  let split: String?
  /// What is left of the name: files of one folder whose names differ in nothing else may be of
  /// one run.
  let stem: String

  private static let epochWords: Set = ["epoch", "epochs", "ep"]
  /// Numbers behind these count epochs where nothing else does: `ckpt-00010.pt`.
  private static let counters = epochWords.union(["ckpt", "checkpoint"])
  private static let extensions: Set<Substring> = [
    "h5", "hdf5", "npz", "npy", "safetensors", "pt", "pth", "ckpt",
  ]
  private static let splits: Set = ["train", "test", "val", "valid", "validation"]

  init(_ path: String) {
    let name = path.split(separator: "/").last ?? ""
    var words = name.split { "-_. ".contains($0) }
    while let last = words.last, FileNameFacts.extensions.contains(last) { words.removeLast() }
    words = words.flatMap(FileNameFacts.parted)
    var splits: [String] = []
    var rest: [Substring] = []
    var places: [(word: String, number: Int, place: Int)] = []
    while !words.isEmpty {
      let word = words.removeFirst()
      let lowercased = word.lowercased()
      if FileNameFacts.counters.contains(lowercased), let number = words.first.flatMap({ Int($0) })
      {
        places.append((lowercased, number, rest.count))
        rest += [word, words.removeFirst()]
      } else if FileNameFacts.splits.contains(lowercased) {
        splits.append(lowercased)
      } else {
        rest.append(word)
      }
    }
    let stated = places.filter { FileNameFacts.epochWords.contains($0.word) }
    let counted = stated.isEmpty ? places : stated
    // Two of a kind say nothing.
    epoch = counted.count == 1 ? counted[0].number : nil
    split = splits.count == 1 ? splits[0] : nil
    for place in counted.map(\.place).reversed() { rest.removeSubrange(place...place + 1) }
    stem = rest.joined(separator: "-")
  }

  /// `epoch12` as `epoch` and `12`.
  private static func parted(_ word: Substring) -> [Substring] {
    let letters = word.prefix { !$0.isNumber }
    let digits = word.dropFirst(letters.count)
    return counters.contains(letters.lowercased()) && !digits.isEmpty
      && digits.allSatisfy(\.isNumber) ? [letters, digits] : [word]
  }
}

/// Epoch and split of a set of features: what the file states, what the user says of it, or what
/// its name says.
package struct FeatureOrigin {
  var metadata: FeatureMetadata
  /// What was taken from the file's name.
  var notes: [String] = []
  /// Training files of which any may be the one that the set belongs to.
  var rivals: [String] = []

  /// - Throws: `FileError` where the user says one thing and the file another.
  init(
    _ metadata: FeatureMetadata, path: String, epoch: Int?, split: String?,
    names: NamePattern? = nil
  ) throws {
    self.metadata = metadata
    let name = FileNameFacts(path)
    let stated = try names?.facts(of: path)
    if let run = stated?.run { self.metadata.facts.options[NamePattern.run] = .word(run) }
    let epoch = epoch ?? stated?.epoch
    if let epoch {
      if let stated = metadata.epoch, stated != epoch {
        throw FileError(
          kind: .badInput, operation: "measure", path: path,
          reason: "it states epoch \(stated), and epoch \(epoch) is asked for")
      }
      self.metadata.epoch = epoch
    } else if metadata.epoch == nil, let epoch = name.epoch {
      self.metadata.epoch = epoch
      notes.append("epoch \(epoch) is taken from the file's name")
    }
    if let split {
      if let stated = metadata.split, stated != split {
        throw FileError(
          kind: .badInput, operation: "measure", path: path,
          reason: "it states split '\(stated)', and split '\(split)' is asked for")
      }
      self.metadata.split = split
    } else if metadata.split == nil, let split = name.split {
      self.metadata.split = split
      notes.append("split '\(split)' is taken from the file's name")
    }
  }
}
