import FeatureStore
import Synchronization

/// The training files of a batch: the class means of each decide on the test files beside it.
///
/// A file of another split than `train` belongs to the file of split `train` in the same folder
/// that states the same training and epoch, when there is exactly one; of several, to the one whose
/// name differs in nothing else, as those of two models in one folder do.
final class TrainingFiles: Sendable {
  private let paths: [String: [String]]
  private let options: FeatureFileOptions
  private let epoch: Int?
  private let split: String?
  private let known = Mutex<[String: FeatureMetadata]>([:])

  init(
    among paths: [String], options: FeatureFileOptions, epoch: Int? = nil, split: String? = nil
  ) {
    self.paths = Dictionary(grouping: paths) { TrainingFiles.folder(of: $0) }
    self.options = options
    self.epoch = epoch
    self.split = split
  }

  /// The training files that may be that of the file at `path`, which has `metadata`: it is known
  /// where there is exactly one.
  func paths(for path: String, _ metadata: FeatureMetadata) -> [String] {
    guard let split = metadata.split, split != "train" else { return [] }
    let found = (paths[TrainingFiles.folder(of: path)] ?? []).filter { other in
      guard other != path, let training = self.metadata(of: other) else { return false }
      return training.split == "train" && training.epoch == metadata.epoch
        && training.facts == metadata.facts
    }
    let namesakes = found.filter { FileNameFacts($0).stem == FileNameFacts(path).stem }
    return namesakes.count == 1 ? namesakes : found
  }

  private func metadata(of path: String) -> FeatureMetadata? {
    if let metadata = known.withLock({ $0[path] }) { return metadata }
    // A file that cannot be opened is reported where it is measured.
    guard let stated = (try? FeatureSet(path, options: options))?.metadata,
      let metadata = try? FeatureOrigin(stated, path: path, epoch: epoch, split: split).metadata
    else { return nil }
    known.withLock { $0[path] = metadata }
    return metadata
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}
