import FeatureStore
import NeuralCollapse
import Synchronization

/// What the sets of a batch are measured against besides themselves: the class means of training
/// files, and those of an out-of-distribution set, each found once.
final class References: Sendable {
  /// Of the only out-of-distribution set.
  let outOfDistributionMeans: [String: [Double]]?
  /// The out-of-distribution sets that have names.
  let outOfDistributionFiles: [(name: String, file: FeatureFile)]
  private let meansFrom: String?
  private let neighbours: TrainingFiles
  private let analysis: FeatureAnalysis
  private let reading: FeatureFileOptions
  private let means = Mutex<[String: [String: ClassStatistics]]>([:])

  init(_ batch: AnalysisBatch, _ analysis: FeatureAnalysis, sets: [FeatureSet]) throws {
    self.analysis = analysis
    reading = batch.reading
    meansFrom = batch.meansFrom
    neighbours = TrainingFiles(
      among: sets.filter { $0.paths.count == 1 }.map { $0.paths[0] }, options: reading)
    var unlabeled = batch.reading
    unlabeled.requiresLabels = false
    // What was said of labels and classifier was said of the sets.
    (unlabeled.labels, unlabeled.labelsFile) = (nil, nil)
    (unlabeled.weights, unlabeled.bias, unlabeled.classifierFile) = (nil, nil, nil)
    let files = try batch.outOfDistribution.map { set in
      (set.name, try FeatureFile(set.path, options: unlabeled))
    }
    outOfDistributionMeans =
      files.count == 1 ? try analysis.sampleMeans(of: files[0].1) : nil
    outOfDistributionFiles = files.compactMap { name, file in name.map { ($0, file) } }
    // A bad file named on the command line is reported once, not with every set.
    if let meansFrom { _ = try classMeans(of: meansFrom) }
  }

  /// The file whose class means decide on `set`; `nil` where its own do.
  func trainingFile(of set: FeatureSet, _ metadata: FeatureMetadata) -> String? {
    if let meansFrom { return meansFrom }
    return set.paths.count == 1 ? neighbours.path(for: set.paths[0], metadata) : nil
  }

  func classMeans(of path: String?) throws -> [String: ClassStatistics]? {
    guard let path else { return nil }
    if let known = means.withLock({ $0[path] }) { return known }
    let found = try analysis.means(of: FeatureFile(path, options: reading))
    means.withLock { $0[path] = found }
    return found
  }
}
