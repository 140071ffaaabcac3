import FeatureStore
import NeuralCollapse
import Synchronization

/// What the sets of a batch are measured against besides themselves: the class means of training
/// files, and those of an out-of-distribution set, each found once.
final class References: Sendable {
  let outOfDistributionMeans: [String: [Double]]?
  private let meansFrom: String?
  private let neighbours: TrainingFiles
  private let analysis: FeatureAnalysis
  private let reading: FeatureFileOptions
  private let known = Mutex(Known())

  /// Numbers and names, and no open files: a batch may have thousands of training files.
  private struct Known {
    var classNames: [String: [String]?] = [:]
    var means: [Numbering: [String: ClassStatistics]] = [:]
  }

  /// A training file under the numbering of the classes that a set states.
  private struct Numbering: Hashable {
    let path: String
    let classNames: [String]?
  }

  init(_ batch: AnalysisBatch, _ analysis: FeatureAnalysis, sets: [FeatureSource]) throws {
    self.analysis = analysis
    reading = batch.reading
    meansFrom = batch.meansFrom
    neighbours = TrainingFiles(
      among: sets.filter { $0.paths.count == 1 }.map { $0.paths[0] }, options: reading)
    outOfDistributionMeans = try batch.outOfDistribution.map { path in
      var unlabeled = batch.reading
      unlabeled.requiresLabels = false
      // What was said of labels and classifier was said of the sets.
      (unlabeled.labels, unlabeled.labelsFile) = (nil, nil)
      (unlabeled.weights, unlabeled.bias, unlabeled.classifierFile) = (nil, nil, nil)
      return try analysis.sampleMeans(of: FeatureSet(path, options: unlabeled))
    }
    // A bad file named on the command line is reported once, not with every set.
    if let meansFrom {
      let training = try FeatureSet(meansFrom, options: reading)
      let numbering = Numbering(path: meansFrom, classNames: training.metadata.classNames)
      let found = try analysis.means(of: training)
      known.withLock { $0.means[numbering] = found }
    }
  }

  /// The file whose class means decide on `set`; `nil` where its own do.
  func trainingFile(of set: FeatureSource, _ metadata: FeatureMetadata) -> String? {
    if let meansFrom { return meansFrom }
    return set.paths.count == 1 ? neighbours.path(for: set.paths[0], metadata) : nil
  }

  /// The class means of the training file at `path`, its classes matched by name to those of `set`.
  func classMeans(
    of path: String?, for set: FeatureSet
  ) throws -> [String: ClassStatistics]? {
    guard let path else { return nil }
    let numbering = Numbering(path: path, classNames: set.metadata.classNames)
    if let found = known.withLock({ $0.means[numbering] }) { return found }
    let training = try FeatureSet(path, options: reading)
      .matchingClasses(of: set.metadata.classNames, statedBy: set.name)
    let found = try analysis.means(of: training)
    known.withLock { $0.means[numbering] = found }
    return found
  }

  /// The classes as the training file at `path` numbers them.
  func classNames(of path: String) throws -> [String]? {
    if let names = known.withLock({ $0.classNames[path] }) { return names }
    let names = try FeatureSet(path, options: reading).metadata.classNames
    known.withLock { $0.classNames[path] = .some(names) }
    return names
  }
}
