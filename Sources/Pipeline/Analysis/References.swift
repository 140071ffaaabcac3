import CollapseCore
import FeatureStore
import NeuralCollapse
import Synchronization

/// What the sets of a batch are measured against besides themselves: the class means of training
/// files, and those of an out-of-distribution set, each found once.
final class References: Sendable {
  /// Of the only out-of-distribution set.
  let outOfDistributionMeans: [String: [Double]]?
  /// The out-of-distribution sets that have names.
  let outOfDistributionSets: [(name: String, set: FeatureSet)]
  private let meansFrom: String?
  private let neighbours: TrainingFiles
  private let analysis: FeatureAnalysis
  private let reading: FeatureFileOptions
  private let ranks: any Communicator
  private let known = Mutex(Known())

  private struct Known {
    var sets: [String: FeatureSet] = [:]
    var means: [Numbering: [String: ClassStatistics]] = [:]
  }

  /// A training file under the numbering of the classes that a set states.
  private struct Numbering: Hashable {
    let path: String
    let classNames: [String]?
  }

  /// - Parameter ranks: those that pass over every file together; each asks for the same.
  init(
    _ batch: AnalysisBatch, _ analysis: FeatureAnalysis, sets: [FeatureSource],
    over ranks: any Communicator = SingleProcess()
  ) throws {
    self.analysis = analysis
    self.ranks = ranks
    reading = batch.reading
    meansFrom = batch.meansFrom
    neighbours = TrainingFiles(
      among: sets.filter { $0.paths.count == 1 }.map { $0.paths[0] }, options: reading,
      epoch: batch.epoch, split: batch.split)
    var unlabeled = batch.reading
    unlabeled.requiresLabels = false
    // What was said of labels and classifier was said of the sets.
    (unlabeled.labels, unlabeled.labelsFile) = (nil, nil)
    (unlabeled.weights, unlabeled.bias, unlabeled.classifierFile) = (nil, nil, nil)
    let others = try ranks.together {
      try batch.outOfDistribution.map { stated in
        (stated.name, try FeatureSet(stated.path, options: unlabeled))
      }
    }
    outOfDistributionMeans =
      others.count == 1 ? try analysis.sampleMeans(of: others[0].1, over: ranks) : nil
    outOfDistributionSets = others.compactMap { name, set in name.map { ($0, set) } }
    // A bad file named on the command line is reported once, not with every set.
    if let meansFrom { _ = try ranks.together { try training(meansFrom) } }
  }

  /// The files whose class means may decide on `set`: where there is not one alone, its own do.
  func trainingFiles(of set: FeatureSource, _ metadata: FeatureMetadata) -> [String] {
    if let meansFrom { return [meansFrom] }
    return set.paths.count == 1 ? neighbours.paths(for: set.paths[0], metadata) : []
  }

  /// The class means of the training file at `path`, its classes matched by name to those of `set`.
  func classMeans(
    of path: String?, for set: FeatureSet
  ) throws -> [String: ClassStatistics]? {
    guard let path else { return nil }
    let numbering = Numbering(path: path, classNames: set.metadata.classNames)
    if let found = known.withLock({ $0.means[numbering] }) { return found }
    let source = try ranks.together {
      try training(path).matchingClasses(of: set.metadata.classNames, statedBy: set.name)
    }
    let found = try analysis.means(of: source, over: ranks)
    known.withLock { $0.means[numbering] = found }
    return found
  }

  /// The classes as the training file at `path` numbers them.
  func classNames(of path: String) throws -> [String]? { try training(path).metadata.classNames }

  private func training(_ path: String) throws -> FeatureSet {
    if let set = known.withLock({ $0.sets[path] }) { return set }
    let set = try FeatureSet(path, options: reading)
    known.withLock { $0.sets[path] = set }
    return set
  }
}
