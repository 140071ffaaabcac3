public import CollapseCore
import FeatureStore
import Files
import Networks
import NeuralCollapse
import Reporting
import Synchronization
public import Training

/// Measures of many checkpoints on the same samples, without a feature file between: the data is
/// decoded once, networks of one structure are compiled once.
public struct CheckpointBatch: Sendable {
  /// The samples of a split, prepared in size and channels.
  public struct Split: Sendable {
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
  /// Threads of each network. The last bits of features may hang on it.
  public var threads: Int
  /// Checkpoints at a time; `nil`: as many as there are processors for their threads. Memory may
  /// allow fewer. How many decides no bit.
  public var jobs: Int?
  /// Bytes of features that are kept in memory for the second pass of the analysis.
  var memoryLimit = TrajectoryMeasurement.standardMemoryLimit

  public init(analysis: FeatureAnalysis, splits: [Split], threads: Int) {
    self.analysis = analysis
    self.splits = splits
    self.threads = threads
    self.analysis.options.threads = threads
  }

  /// What becomes known while a batch runs.
  public enum Event: Sendable {
    /// A foreign network was read for the first time: its path, and what was found.
    case found(String, summary: [String])
    /// A checkpoint was measured, or refused; with all entries so far, in the order of the paths.
    case done(String, [AnalysisBatch.Entry])
    /// From now on so many checkpoints are measured at a time, where memory does not let as many as
    /// were wanted.
    case fewer(Int, wanted: Int)
  }

  /// Measures the checkpoints at `paths`; a bad one costs the others nothing.
  ///
  /// The last comes first: it is trained longest, and so confirms how a foreign network is put
  /// together. Those of a structure that is known are measured side by side.
  ///
  /// - Parameters:
  ///   - earlier: entries of an earlier call; those of files that have not changed stand.
  ///   - onEvent: is told what happens, of one thing at a time; what it throws ends the batch.
  public func run(
    _ paths: [String], earlier: [AnalysisBatch.Entry] = [],
    interruption: Interruption = Interruption(), onEvent: @Sendable (Event) throws -> Void
  ) throws -> AnalysisBatch.Outcome {
    var batch = self
    batch.analysis.options.interruption = interruption
    let progress = CheckpointProgress(paths, earlier: earlier)
    var reader = CheckpointReader(importing, threads: threads)
    var left = Array(paths.reversed())
    do {
      while !left.isEmpty, !interruption.isRequested {
        let path = left.removeFirst()
        guard try batch.measure(path, &reader, progress, onEvent) else { continue }
        left = try batch.measureSideBySide(left, reader, progress, onEvent)
      }
      // Refused before the structure was known.
      for path in progress.refused where reader.knows(path) && !interruption.isRequested {
        _ = try batch.measure(path, &reader, progress, onEvent)
      }
    } catch is WorkInterrupted {}
    return progress.outcome
  }

  /// Measures those of `paths` that nothing has to be found out for, several at a time.
  ///
  /// - Returns: the others.
  private func measureSideBySide(
    _ paths: [String], _ reader: CheckpointReader, _ progress: CheckpointProgress,
    _ onEvent: @Sendable (Event) throws -> Void
  ) throws -> [String] {
    guard paths.count > 1, let memory = try reader.last.map(memoryByteCount) else { return paths }
    let concurrency = Concurrency(
      asked: jobs, runMemory: paths.map { _ in memory }, threads: threads,
      processors: Processors.count, freeMemory: Machine.availableMemory / 10 * 9)
    if let wanted = concurrency.withoutMemoryLimit {
      try progress.tell { try onEvent(.fewer(concurrency.jobs, wanted: wanted)) }
    }
    guard concurrency.jobs > 1 else { return paths }
    let findings = reader.findings
    let next = Atomic(0)
    let others = Mutex<[Int]>([])
    // A network that is compiled belongs to its thread, and serves one checkpoint after another.
    try Parallel.forEach(concurrency.jobs, threads: concurrency.jobs) { _ in
      var reader = CheckpointReader(importing, threads: threads, findings: findings)
      while !analysis.options.interruption.isRequested {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < paths.count else { return }
        guard reader.isReady(for: paths[index]) else {
          others.withLock { $0.append(index) }
          continue
        }
        _ = try measure(paths[index], &reader, progress, onEvent)
      }
    }
    return others.withLock { $0.sorted() }.map { paths[$0] }
  }

  /// What one of its checkpoints takes.
  private func memoryByteCount(_ extraction: FeatureExtraction) throws -> Int {
    try extraction.memoryByteCount(
      of: splits.map(\.samples.count).max() ?? 0, layers: layers, pooling: pooling,
      memoryLimit: memoryLimit)
  }

  /// - Returns: whether the checkpoint was measured now, and neither refused nor found unchanged.
  /// - Throws: ``WorkInterrupted``, and what `onEvent` throws.
  private func measure(
    _ path: String, _ reader: inout CheckpointReader, _ progress: CheckpointProgress,
    _ onEvent: @Sendable (Event) throws -> Void
  ) throws -> Bool {
    func attempt<Value>(_ body: () throws -> Value) throws -> Value? {
      do {
        return try body()
      } catch let error as WorkInterrupted {
        throw error
      } catch {
        try progress.refuse(path, error) { try onEvent(.done(path, $0)) }
        return nil
      }
    }
    guard let stamp = try attempt({ try stamp(path) }) else { return false }
    if progress.reuse(path, stamp) { return false }
    guard
      let (extraction, found) = try attempt({ try reader.open(path, samples: splits[0].samples) })
    else { return false }
    if let found { try progress.tell { try onEvent(.found(path, summary: found.summary)) } }
    guard let record = try attempt({ try record(of: path, extraction) }) else { return false }
    let entry = AnalysisBatch.Entry(path: path, stamp: stamp, record: record)
    try progress.add(entry) { try onEvent(.done(path, $0)) }
    return true
  }

  private func record(of path: String, _ extraction: FeatureExtraction) throws -> RunRecord {
    let interruption = analysis.options.interruption
    var means: [String: ClassStatistics]?
    var measurements: [MeasurementRecord] = []
    var facts = RunFacts()
    for split in splits {
      try interruption.check()
      let features = try extraction.features(
        of: try extraction.shaped(split.samples, split: split.name), split: split.name,
        layers: layers, pooling: pooling, memoryLimit: memoryLimit, interruption: interruption)
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
