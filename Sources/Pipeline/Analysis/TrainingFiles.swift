import FeatureStore
import Synchronization

/// The training files of a batch: the class means of each decide on the test files beside it.
///
/// A file of another split than `train` belongs to the file of split `train` in the same folder
/// that states the same training and epoch, when there is exactly one.
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

  /// The path of the training file of the file at `path`, which has `metadata`.
  func path(for path: String, _ metadata: FeatureMetadata) -> String? {
    guard let split = metadata.split, split != "train" else { return nil }
    let found = (paths[TrainingFiles.folder(of: path)] ?? []).filter { other in
      guard other != path, let training = self.metadata(of: other) else { return false }
      return training.split == "train" && training.epoch == metadata.epoch
        && training.facts == metadata.facts
    }
    return found.count == 1 ? found[0] : nil
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
