import FeatureStore
import Synchronization

/// The training files of a batch: the class means of each decide on the test files beside it.
///
/// A file of another split than `train` belongs to the file of split `train` in the same folder
/// that states the same data set, network, seed and epoch, when there is exactly one.
final class TrainingFiles: Sendable {
  private let paths: [String: [String]]
  private let options: FeatureFileOptions
  private let known = Mutex<[String: FeatureMetadata]>([:])

  init(among paths: [String], options: FeatureFileOptions) {
    self.paths = Dictionary(grouping: paths) { TrainingFiles.folder(of: $0) }
    self.options = options
  }

  /// The path of the training file of the file at `path`, which has `metadata`.
  func path(for path: String, _ metadata: FeatureMetadata) -> String? {
    guard let split = metadata.split, split != "train" else { return nil }
    let found = (paths[TrainingFiles.folder(of: path)] ?? []).filter { other in
      guard other != path, let training = self.metadata(of: other) else { return false }
      return training.split == "train" && training.dataset == metadata.dataset
        && training.network == metadata.network && training.seed == metadata.seed
        && training.epoch == metadata.epoch
    }
    return found.count == 1 ? found[0] : nil
  }

  private func metadata(of path: String) -> FeatureMetadata? {
    if let metadata = known.withLock({ $0[path] }) { return metadata }
    // A file that cannot be opened is reported where it is measured.
    guard let metadata = (try? FeatureSet(path, options: options))?.metadata else { return nil }
    known.withLock { $0[path] = metadata }
    return metadata
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}
