public import FeatureStore
import Files
import FoundationEssentials
import NeuralCollapse
public import Reporting
import Synchronization
public import Tensors

/// Many feature files analyzed side by side: one record per file, failures apart.
public struct AnalysisBatch: Sendable {
  /// A feature file, what it was when it was measured, and its measures.
  public struct Entry: Sendable, Codable {
    public let path: String
    /// Tells whether the file and the options are those of an earlier analysis.
    let stamp: String
    public let record: RunRecord
  }

  public struct Failure: Sendable {
    public let path: String
    public let message: String
    public let kind: FailureKind
  }

  public struct Outcome: Sendable {
    /// In the order of the paths.
    public let entries: [Entry]
    public let failures: [Failure]
    /// How many entries are those of an earlier analysis.
    public let reused: Int
  }

  public var analysis: FeatureAnalysis
  public var reading: FeatureFileOptions
  /// A training file whose class means decide on every file.
  public var meansFrom: String?
  /// Features of samples of no class, for `nc5_orthogonality`.
  public var outOfDistribution: String?
  /// Files analyzed at once; each uses one thread when there are several.
  public var jobs: Int

  public init(
    analysis: FeatureAnalysis = FeatureAnalysis(), reading: FeatureFileOptions = .init(),
    meansFrom: String? = nil, outOfDistribution: String? = nil, jobs: Int = 1
  ) {
    self.analysis = analysis
    self.reading = reading
    self.meansFrom = meansFrom
    self.outOfDistribution = outOfDistribution
    self.jobs = jobs
  }

  /// Analyzes `paths`; a bad file costs the others nothing.
  ///
  /// - Parameters:
  ///   - earlier: entries of an earlier analysis; those of files that have not changed stand.
  ///   - onFile: is told each path as it is done, from any thread.
  public func run(
    _ paths: [String], earlier: [Entry] = [],
    onFile: @Sendable (_ path: String, _ failure: Failure?) -> Void = { _, _ in }
  ) throws -> Outcome {
    let known = Dictionary(earlier.map { ($0.path, $0) }, uniquingKeysWith: { _, b in b })
    var shared = analysis
    if jobs > 1, paths.count > 1 { shared.options.threads = 1 }
    let means = try meansFrom.map { try shared.means(of: FeatureFile($0, options: reading)) }
    if let outOfDistribution {
      var unlabeled = reading
      unlabeled.requiresLabels = false
      let source = try FeatureFile(outOfDistribution, options: unlabeled)
      shared.options.outOfDistributionMean =
        try CollapseAnalyzer(options: shared.options).mean(of: source.layers.last!.rows)
    }
    let analysis = shared
    let results = try Parallel.map(paths.count, threads: jobs) {
      index -> (entry: Entry?, failure: Failure?, reused: Bool) in
      let path = paths[index]
      do {
        let stamp = try stamp(of: path)
        if let entry = known[path], entry.stamp == stamp {
          onFile(path, nil)
          return (entry, nil, true)
        }
        let source = try FeatureFile(path, options: reading)
        let measurements = try analysis.measure(source, trainingMeans: means)
        let record = RunRecord(path: path, metadata: source.metadata, measurements: measurements)
        onFile(path, nil)
        return (Entry(path: path, stamp: stamp, record: record), nil, false)
      } catch {
        let classified = error as? any ClassifiedError
        // An analysis error knows rows and shapes; the file is known here.
        let message = "\(error)".contains(path) ? "\(error)" : "\(path): \(error)"
        let failure = Failure(
          path: path, message: message, kind: classified?.kind ?? .internalFailure)
        onFile(path, failure)
        return (nil, failure, false)
      }
    }
    return Outcome(
      entries: results.compactMap(\.entry), failures: results.compactMap(\.failure),
      reused: results.count { $0.reused })
  }

  /// Size and time of the file, and every option that decides on the result.
  private func stamp(of path: String) throws -> String {
    let size = try FileContents.size(path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    let modified = (attributes[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate ?? 0
    struct Options: Encodable {
      let convention: Convention
      let spectrum: Bool
      let weightDecay: Double?
      let droppingNonFinite: Bool
      let reading: FeatureFileOptions
      let meansFrom: String?
      let outOfDistribution: String?
    }
    let options = Options(
      convention: analysis.options.convention, spectrum: analysis.options.spectrum,
      weightDecay: analysis.options.weightDecay,
      droppingNonFinite: analysis.options.droppingNonFinite, reading: reading,
      meansFrom: meansFrom, outOfDistribution: outOfDistribution)
    return StageKey(
      stage: Stage.analyze.rawValue, version: Stage.analyze.version, options: options,
      inputs: ["\(size)", "\(modified)"]
    ).hex
  }
}

extension RunRecord {
  /// The record of one feature file from anywhere.
  init(path: String, metadata: FeatureMetadata, measurements: [MeasurementRecord]) {
    let normalization: String? =
      switch (metadata.batchNormalization, metadata.lastLayerBatchNormalization) {
      case (true?, _): "all"
      case (_, true?): "last"
      case (nil, nil): nil
      default: "none"
      }
    self.init(
      name: path, dataset: metadata.dataset, network: metadata.network,
      batchNormalization: normalization, weightDecay: metadata.weightDecay, seed: metadata.seed,
      measurements: measurements, paths: [path])
  }
}
