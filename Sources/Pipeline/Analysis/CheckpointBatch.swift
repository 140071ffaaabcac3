public import CollapseCore
import FeatureStore
import Files
import Networks
import NeuralCollapse
import Reporting
public import Training

/// Measures of many checkpoints on the same samples, without a feature file between: the data is
/// decoded once, networks of one structure are compiled once.
public struct CheckpointBatch {
  /// The samples of a split, prepared in size and channels.
  public struct Split {
    let name: String
    let samples: any LabeledSamples
    /// Whether it is measured, or only its class means are needed.
    let isMeasured: Bool

    public init(name: String, samples: any LabeledSamples, isMeasured: Bool) {
      self.name = name
      self.samples = samples
      self.isMeasured = isMeasured
    }
  }

  public var analysis: FeatureAnalysis
  /// The split `train` before all others: its class means decide on them.
  public var splits: [Split]
  public var layers = FeatureExtraction.Layers.last
  public var pooling = FeaturePooling.mean
  /// How checkpoints of other frameworks are read; `nil` refuses them.
  public var importing: ImportOptions?
  /// What the samples are: their files as they are, and how they are prepared.
  public var dataIdentity: [String] = []
  /// Epoch and run as paths state them; `nil` for what names usually say.
  public var names: NamePattern?
  public var threads: Int
  /// Bytes of features that are kept in memory for the second pass of the analysis.
  var memoryLimit = TrajectoryMeasurement.standardMemoryLimit

  public init(analysis: FeatureAnalysis, splits: [Split], threads: Int) {
    self.analysis = analysis
    self.splits = splits
    self.threads = threads
    self.analysis.options.threads = threads
  }

  /// What becomes known while a batch runs.
  public enum Event {
    /// A foreign network was read for the first time.
    case found(String, ForeignModel)
    /// A checkpoint was measured, or refused; with all entries so far, in the order of the paths.
    case done(String, [AnalysisBatch.Entry])
  }

  /// Measures the checkpoints at `paths`; a bad one costs the others nothing.
  ///
  /// The last comes first: it is trained longest, and so confirms how a foreign network is put
  /// together.
  ///
  /// - Parameters:
  ///   - earlier: entries of an earlier call; those of files that have not changed stand.
  ///   - onEvent: is told what happens, on this thread; what it throws ends the batch.
  public func run(
    _ paths: [String], earlier: [AnalysisBatch.Entry] = [],
    interruption: Interruption = Interruption(), onEvent: (Event) throws -> Void
  ) throws -> AnalysisBatch.Outcome {
    var batch = self
    batch.analysis.options.interruption = interruption
    let known = Dictionary(earlier.map { ($0.path, $0) }, uniquingKeysWith: { _, b in b })
    var entries: [String: AnalysisBatch.Entry] = [:]
    var failures: [String: AnalysisBatch.Failure] = [:]
    var reader = CheckpointReader(importing, threads: threads)
    var reused = 0
    // What was measured before stands until its turn comes: a process that is killed loses nothing.
    func ordered() -> [AnalysisBatch.Entry] {
      paths.compactMap { entries[$0] ?? (failures[$0] == nil ? known[$0] : nil) }
    }
    func measure(_ path: String) throws {
      do {
        let stamp = try batch.stamp(path)
        if let earlier = known[path], earlier.stamp == stamp {
          entries[path] = earlier
          reused += 1
          return
        }
        let record = try batch.record(of: path, &reader) { try onEvent(.found(path, $0)) }
        entries[path] = AnalysisBatch.Entry(path: path, stamp: stamp, record: record)
        failures[path] = nil
      } catch let error as WorkInterrupted {
        throw error
      } catch {
        failures[path] = AnalysisBatch.Failure(path, error)
      }
      try onEvent(.done(path, ordered()))
    }
    do {
      for path in paths.reversed() where !interruption.isRequested { try measure(path) }
      // Refused before the structure was known.
      for path in paths where failures[path] != nil && reader.knows(path) { try measure(path) }
    } catch is WorkInterrupted {}
    let left = paths.filter { entries[$0] == nil && failures[$0] == nil }
    for path in left { entries[path] = known[path] }
    return AnalysisBatch.Outcome(
      entries: ordered(), failures: paths.compactMap { failures[$0] }, reused: reused,
      remaining: left.count)
  }

  private func record(
    of path: String, _ reader: inout CheckpointReader, onFound: (ForeignModel) throws -> Void
  ) throws -> RunRecord {
    let (extraction, found) = try reader.open(path, samples: splits[0].samples)
    if let found { try onFound(found) }
    var means: [String: ClassStatistics]?
    var measurements: [MeasurementRecord] = []
    var facts = RunFacts()
    for split in splits {
      if analysis.options.interruption.isRequested { throw WorkInterrupted() }
      let features = try extraction.features(
        of: try extraction.shaped(split.samples, split: split.name), split: split.name,
        layers: layers, pooling: pooling, memoryLimit: memoryLimit)
      if split.name == "train", splits.count > 1 { means = try analysis.means(of: features) }
      guard split.isMeasured else { continue }
      var analysis = self.analysis
      analysis.options.meansSource = split.name == "train" || means == nil ? nil : "train"
      let origin = try FeatureOrigin(
        features.metadata, path: path, epoch: nil, split: nil, names: names)
      facts = origin.metadata.facts
      measurements += try analysis.measure(
        features, origin: origin, split: split.name, file: path,
        trainingMeans: split.name == "train" ? nil : means)
    }
    return RunRecord(name: path, facts: facts, measurements: measurements, paths: [path])
  }

  /// The file as it is, the samples, and every option that decides on the result.
  private func stamp(_ path: String) throws -> String {
    struct Options: Encodable {
      let analysis: FeatureAnalysis.Choices
      let layers: String
      let pooling: FeaturePooling
      let splits: [String]
      let importing: String
      let names: String?
    }
    let options = Options(
      analysis: analysis.choices, layers: "\(layers)", pooling: pooling,
      splits: splits.map { "\($0.name) \($0.isMeasured) \($0.samples.count)" },
      importing: importing?.stamp ?? "", names: names?.text)
    return try StageKey(
      stage: "measure", version: AnalyzeStage.version, options: options,
      inputs: [FileIdentity(path).text] + dataIdentity
    ).hex
  }
}

extension AnalysisBatch.Failure {
  /// The failure of a file that is no set of features.
  fileprivate init(_ path: String, _ error: any Error) {
    let text = "\(error)"
    self.init(
      path: path, message: text.contains(path) ? text : "\(path): \(text)",
      kind: (error as? any ClassifiedError)?.kind ?? .internalFailure,
      choice: (error as? NetworkError)?.choice)
  }
}

extension ImportOptions {
  /// The same for the same options.
  fileprivate var stamp: String {
    let parts: [String?] = [
      place, network.map { "\($0)" }, epsilon.shortestText, classNames?.joined(separator: ","),
      "\(preprocessing)", isTrusted ? "trusted" : nil,
    ]
    return parts.map { $0 ?? "" }.joined(separator: "|") + (head.map { "|\($0)" } ?? "")
  }
}
