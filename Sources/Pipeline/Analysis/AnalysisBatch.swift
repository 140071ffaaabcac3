public import CollapseCore
public import FeatureStore
import Files
import FoundationEssentials
import Networks
import NeuralCollapse
public import Reporting

/// Many sets of features analyzed side by side: one record per set, failures apart.
public struct AnalysisBatch: Sendable {
  /// A set of features, what it was when it was measured, and its measures.
  public struct Entry: Sendable, Codable {
    /// The name of the set: the path of a feature file.
    public let path: String
    /// Tells whether the files and the options are those of an earlier analysis.
    let stamp: String
    public let record: RunRecord
  }

  public struct Failure: Sendable {
    public let path: String
    public let message: String
    public let kind: FailureKind
  }

  public struct Outcome: Sendable {
    /// In the order of the sets.
    public let entries: [Entry]
    public let failures: [Failure]
    /// How many entries are those of an earlier analysis.
    public let reused: Int
    /// How many sets were left when the analysis was interrupted.
    public let remaining: Int
  }

  public var analysis: FeatureAnalysis
  public var reading: FeatureFileOptions
  /// A training file whose class means decide on every set. Without it they are those of the
  /// training file beside each, where the batch has one (``TrainingFiles``), or the set's own.
  public var meansFrom: String?
  /// Features of samples of no class, for `nc5_orthogonality`.
  public var outOfDistribution: String?
  /// Threads to use: a set each, or several for one.
  public var threads: Int

  public init(
    analysis: FeatureAnalysis = FeatureAnalysis(), reading: FeatureFileOptions = .init(),
    meansFrom: String? = nil, outOfDistribution: String? = nil, threads: Int = 1
  ) {
    self.analysis = analysis
    self.reading = reading
    self.meansFrom = meansFrom
    self.outOfDistribution = outOfDistribution
    self.threads = threads
  }

  /// Analyzes `sets`; a bad file costs the other sets nothing.
  ///
  /// - Parameters:
  ///   - earlier: entries of an earlier analysis; those of files that have not changed stand.
  ///   - onSet: is told each set as it is done, from any thread.
  public func run(
    _ sets: [FeatureSet], earlier: [Entry] = [], interruption: Interruption = Interruption(),
    onSet: @Sendable (FeatureSet) -> Void = { _ in }
  ) throws -> Outcome {
    let known = Dictionary(earlier.map { ($0.path, $0) }, uniquingKeysWith: { _, b in b })
    let analysis = analysis(forSets: sets.count)
    let references = try References(self, analysis, sets: sets)
    let results = try Parallel.map(sets.count, threads: threads) { index -> SetOutcome in
      let set = sets[index]
      if interruption.isRequested { return .left(known[set.name]) }
      defer { onSet(set) }
      do {
        return try measure(set, analysis, references, earlier: known[set.name])
      } catch {
        return .failed(Failure(set, error))
      }
    }
    return Outcome(
      entries: results.compactMap(\.entry), failures: results.compactMap(\.failure),
      reused: results.count { if case .reused = $0 { true } else { false } },
      remaining: results.count { if case .left = $0 { true } else { false } })
  }

  /// The analysis with the threads that one of `count` sets may use.
  private func analysis(forSets count: Int) -> FeatureAnalysis {
    var shared = analysis
    shared.options.threads = max(1, threads / max(1, count))
    return shared
  }

  private enum SetOutcome: Sendable {
    case measured(Entry), reused(Entry), failed(Failure), left(Entry?)

    var entry: Entry? {
      switch self {
      case .measured(let entry), .reused(let entry): entry
      case .left(let entry): entry
      case .failed: nil
      }
    }

    var failure: Failure? { if case .failed(let failure) = self { failure } else { nil } }
  }

  private func measure(
    _ set: FeatureSet, _ analysis: FeatureAnalysis, _ references: References, earlier: Entry?
  ) throws -> SetOutcome {
    // Before the files are read: what changes meanwhile is measured again the next time.
    let inputs = try set.paths.map { try FileIdentity($0) }
    let open = try set.open(reading)
    let training = references.trainingFile(of: set, open.metadata)
    let stamp = try stamp(inputs, training: training)
    if let earlier, earlier.stamp == stamp { return .reused(earlier) }
    var measurements = try analysis.measure(
      open, trainingMeans: try references.classMeans(of: training),
      outOfDistributionMeans: references.outOfDistributionMeans)
    // A file that was named needs no warning; one that was found beside the set does.
    if let training, meansFrom == nil {
      for index in measurements.indices {
        measurements[index].report.warnings.insert(
          "decided (NC4) by the class means of '\(training)'", at: 0)
      }
    }
    let record = RunRecord(
      set: set, metadata: open.metadata, measurements: measurements)
    return .measured(Entry(path: set.name, stamp: stamp, record: record))
  }

  /// The files as they are, and every option that decides on the result.
  private func stamp(_ inputs: [FileIdentity], training: String?) throws -> String {
    struct Options: Encodable {
      let convention: Convention
      let spectrum: Bool
      let weightDecay: Double?
      let droppingNonFinite: Bool
      let reading: FeatureFileOptions
    }
    let options = Options(
      convention: analysis.options.convention, spectrum: analysis.options.spectrum,
      weightDecay: analysis.options.weightDecay,
      droppingNonFinite: analysis.options.droppingNonFinite, reading: reading)
    let others = [
      ("means", training), ("ood", outOfDistribution), ("labels", reading.labelsFile),
      ("classifier", reading.classifierFile),
    ]
    return try StageKey(
      stage: Stage.analyze.rawValue, version: AnalyzeStage.version, options: options,
      inputs: inputs.map(\.text)
        + (try others.compactMap { role, path in
          try path.map { "\(role) \(try FileIdentity($0).text)" }
        })
    ).hex
  }
}

extension AnalysisBatch.Failure {
  init(_ set: FeatureSet, _ error: any Error) {
    // An analysis error knows rows and shapes; the file is known here.
    let text = "\(error)"
    self.init(
      path: set.name,
      message: set.paths.contains { text.contains($0) } ? text : "\(set.name): \(text)",
      kind: (error as? any ClassifiedError)?.kind ?? .internalFailure)
  }
}

/// What tells a file from its later self: path, size and time of change.
private struct FileIdentity {
  let text: String

  init(_ path: String) throws {
    let size = try FileContents.size(path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    let modified = (attributes[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate ?? 0
    text = "\(path) \(size) \(modified)"
  }
}

extension RunRecord {
  /// The record of features from anywhere.
  init(set: FeatureSet, metadata: FeatureMetadata, measurements: [MeasurementRecord]) {
    let normalization: String? =
      switch (metadata.batchNormalization, metadata.lastLayerBatchNormalization) {
      case (true?, _): "all"
      case (_, true?): "last"
      case (nil, nil): nil
      default: "none"
      }
    self.init(
      name: set.name, dataset: metadata.dataset, network: metadata.network,
      batchNormalization: normalization, weightDecay: metadata.weightDecay,
      learningRate: metadata.learningRate, seed: metadata.seed,
      measurements: measurements, paths: set.paths)
  }
}
