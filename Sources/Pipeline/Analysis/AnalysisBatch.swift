public import Arrays
public import CollapseCore
public import FeatureStore
import Files
import Networks
import NeuralCollapse
public import Reporting

/// Many sets of features analyzed side by side: one record per set, failures apart.
public struct AnalysisBatch: Sendable {
  /// A set of features, what it was when it was measured, and its measures.
  public struct Entry: Sendable {
    /// The name of the set: the path of a feature file.
    public let path: String
    /// Tells whether the files and the options are those of an earlier analysis.
    let stamp: String
    public let record: RunRecord
  }

  public struct Failure: ClassifiedError {
    public let path: String
    public let message: String
    public let kind: FailureKind
    /// What the user could say to have the file read.
    public let choice: MissingChoice?

    public var description: String { message }
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
  /// Files of features of samples of no class: a single one for `nc5_orthogonality`, and those that
  /// have names for NECO and NCI.
  public var outOfDistribution: [(name: String?, path: String)]
  /// Epoch and split of sets that do not state them; of those that do, they must be these.
  public var epoch: Int?
  public var split: String?
  /// Epoch and run as paths state them; `nil` for what names usually say.
  public var names: NamePattern?
  /// Threads to use: a set each, or several for one.
  public var threads: Int

  public init(
    analysis: FeatureAnalysis = FeatureAnalysis(), reading: FeatureFileOptions = .init(),
    meansFrom: String? = nil,
    outOfDistribution: [(name: String?, path: String)] = [], threads: Int = 1
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
  ///   - share: those of the sets that are measured; what decides on them may be among the others.
  ///   - earlier: entries of an earlier analysis; those of files that have not changed stand.
  ///   - onSet: is told each set as it is done, from any thread.
  public func run(
    _ sets: [FeatureSource], share: SetShare = .all, earlier: [Entry] = [],
    interruption: Interruption = Interruption(),
    onSet: @Sendable (FeatureSource) -> Void = { _ in }
  ) throws -> Outcome {
    let mine = share(sets)
    let analysis = analysis(forSets: mine.count, interruption)
    return try run(
      mine, analysis, References(self, analysis, sets: sets), earlier: earlier, onSet: onSet)
  }

  /// - Parameter references: of these sets, or of more.
  func run(
    _ sets: [FeatureSource], _ analysis: FeatureAnalysis, _ references: References,
    earlier: [Entry], onSet: @Sendable (FeatureSource) -> Void
  ) throws -> Outcome {
    let known = Dictionary(earlier.map { ($0.path, $0) }, uniquingKeysWith: { _, b in b })
    let interruption = analysis.options.interruption
    let results = try Parallel.map(sets.count, threads: threads) { index -> SetOutcome in
      let set = sets[index]
      if interruption.isRequested { return .left(known[set.name]) }
      defer { onSet(set) }
      do {
        return try measure(
          set, analysis, references, earlier: known[set.name])
      } catch is WorkInterrupted {
        return .left(known[set.name])
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
  func analysis(forSets count: Int, _ interruption: Interruption) -> FeatureAnalysis {
    var shared = analysis
    shared.options.interruption = interruption
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

  /// A set as it is measured.
  struct OpenSet {
    let source: FeatureSource
    var features: FeatureSet
    let origin: FeatureOrigin
    let training: String?
    /// The files, each as it is.
    let inputs: [FileIdentity]
    let stamp: String
  }

  func open(
    _ set: FeatureSource, _ references: References, over ranks: any Communicator = SingleProcess()
  ) throws -> OpenSet {
    // Before the files are read: what changes meanwhile is measured again the next time.
    let inputs = try ranks.together { try set.paths.map { try FileIdentity($0) } }
    let open = try set.open(reading, over: ranks)
    return try ranks.together {
      var origin = try FeatureOrigin(
        open.metadata, path: set.name, epoch: epoch, split: split, names: names)
      let fitting = references.trainingFiles(of: set, origin.metadata)
      let training = fitting.count == 1 ? fitting[0] : nil
      if training == nil { origin.rivals = fitting }
      return OpenSet(
        source: set, features: open, origin: origin, training: training, inputs: inputs,
        stamp: try stamp(
          inputs, training: training, rivals: origin.rivals, labelsFiles: set.labelsFiles))
    }
  }

  private func measure(
    _ set: FeatureSource, _ analysis: FeatureAnalysis, _ references: References, earlier: Entry?
  ) throws -> SetOutcome {
    let open = try open(set, references)
    if let earlier, earlier.stamp == open.stamp { return .reused(earlier) }
    return .measured(try measure(open, analysis, references))
  }

  /// The set with its classes numbered as those of the training file that decides on it: both must
  /// number them in one way. Classes that nothing but labels names may be missing in a test split,
  /// so that it is the one to follow.
  func matched(_ open: OpenSet, _ references: References) throws -> FeatureSet {
    guard let training = open.training, open.features.areClassesFromLabels else {
      return open.features
    }
    return try open.features.matchingClasses(
      of: try references.classNames(of: training), statedBy: training)
  }

  func measure(
    _ open: OpenSet, _ analysis: FeatureAnalysis, _ references: References,
    passing pass: FeatureAnalysis.Passes = FeatureAnalysis.passes
  ) throws -> Entry {
    try measure(open, try matched(open, references), analysis, references, passing: pass)
  }

  /// - Parameters:
  ///   - features: the set as ``matched(_:_:)`` gave it.
  ///   - pass: how a layer's rows become a report.
  func measure(
    _ open: OpenSet, _ features: FeatureSet, _ analysis: FeatureAnalysis,
    _ references: References, passing pass: FeatureAnalysis.Passes
  ) throws -> Entry {
    var analysis = analysis
    analysis.options.meansSource = open.training
    let measurements = try analysis.measure(
      features, origin: open.origin, file: open.source.name,
      trainingMeans: try references.classMeans(of: open.training, for: features),
      outOfDistributionMeans: references.outOfDistributionMeans,
      outOfDistributionSets: references.outOfDistributionSets,
      trainingSet: references.outOfDistributionSets.isEmpty
        ? nil : try open.training.map { try FeatureSet($0, options: reading) }, passing: pass)
    let record = RunRecord(
      set: open.source, metadata: open.origin.metadata, measurements: measurements)
    return Entry(path: open.source.name, stamp: open.stamp, record: record)
  }

  /// The files as they are, and every option that decides on the result.
  private func stamp(
    _ inputs: [FileIdentity], training: String?, rivals: [String], labelsFiles: [String]
  ) throws -> String {
    struct Options: Encodable {
      let analysis: FeatureAnalysis.Choices
      let reading: FeatureFileOptions
      let epoch: Int?
      let split: String?
      let names: String?
      /// Raised when what is recorded of a file besides its measures changes.
      let record = 2
    }
    let options = Options(
      analysis: analysis.choices, reading: reading, epoch: epoch, split: split, names: names?.text)
    let others: [(String, String?)] =
      [
        ("means", training), ("labels", reading.labelsFile), ("classifier", reading.classifierFile),
      ] + outOfDistribution.map { ("ood \($0.name ?? "")", $0.path) }
    let labels = try labelsFiles.map { "labels \(try FileIdentity($0).text)" }
    return try StageKey(
      stage: Stage.analyze.rawValue, version: AnalyzeStage.version, options: options,
      inputs: inputs.map(\.text)
        + (try others.compactMap { role, path in
          try path.map { "\(role) \(try FileIdentity($0).text)" }
        }) + labels + rivals.map { "rival \($0)" }
    ).hex
  }
}

extension AnalysisBatch.Failure {
  init(_ set: FeatureSource, _ error: any Error) {
    // An analysis error knows rows and shapes; the file is known here.
    let text = "\(error)"
    self.init(
      path: set.name,
      message: set.paths.contains { text.contains($0) } ? text : "\(set.name): \(text)",
      kind: (error as? any ClassifiedError)?.kind ?? .internalFailure,
      choice: (error as? ArrayFileError)?.choice)
  }
}

extension RunRecord {
  /// The record of features from anywhere.
  init(set: FeatureSource, metadata: FeatureMetadata, measurements: [MeasurementRecord]) {
    self.init(
      name: set.name, facts: metadata.facts, measurements: measurements, paths: set.paths)
  }
}
