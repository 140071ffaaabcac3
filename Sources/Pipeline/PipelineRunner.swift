import Files
import FoundationEssentials
public import Reporting
import Tensors
public import Training

/// Runs every point of a pipeline's grid, then reports on all of them.
///
/// ```
/// runs/<pipeline>/<run>/     see ``RunFolder``
/// runs/<pipeline>/report/    index.html, figures, measures.csv; report-<profile>/ of a profile
/// ```
/// Nothing is done twice: a stage whose options, inputs and code are those its outputs were made
/// with is skipped, and an interrupted training continues where it stopped.
public struct PipelineRunner {
  public let pipeline: PipelineFile
  /// The folder that holds all pipelines' runs.
  public let runsFolder: String
  public let loader: DatasetLoader
  public let threads: Int
  public let algorithmCache: AlgorithmCache?
  /// The stages to do; all by default.
  public let stages: Set<Stage>

  public init(
    pipeline: PipelineFile, runsFolder: String = "runs", loader: DatasetLoader, threads: Int,
    algorithmCache: AlgorithmCache? = .standard, stages: Set<Stage> = Set(Stage.allCases)
  ) {
    self.pipeline = pipeline
    self.runsFolder = runsFolder
    self.loader = loader
    self.threads = threads
    self.algorithmCache = algorithmCache
    self.stages = stages
  }

  /// How a pipeline ended.
  public struct Outcome: Sendable {
    /// The runs that have measures, in the order of the grid.
    public let report: StudyReport
    /// The report's page; `nil` when it was not asked for or nothing was measured.
    public let page: String?
    /// Why runs failed, by name.
    public let failures: [(run: String, error: any Error)]
    /// Whether it was stopped on request.
    public let wasInterrupted: Bool
  }

  /// A point of the grid with its name, as a dry run lists it.
  public struct PlannedRun: Sendable {
    public let name: String
    public let gridValues: [(field: String, value: String)]
    public let configuration: RunConfiguration
    public let folder: RunFolder
    let data: TrainingData
  }

  /// The runs with their folders; the data is read, nothing is written.
  public func plan() throws -> [PlannedRun] {
    var loaded: [DatasetConfiguration: TrainingData] = [:]
    return try pipeline.runs.map { run in
      let data = try loaded[run.configuration.dataset] ?? loader.load(run.configuration.dataset)
      loaded[run.configuration.dataset] = data
      let key = RunExecution.trainingKey(run.configuration, data: data)
      let label = run.gridValues.map { field, value in
        "\(field.split(separator: ".").last ?? "")-\(PipelineRunner.fileName(value))"
      }.joined(separator: "_")
      let name = label.isEmpty ? key.short : "\(label)-\(key.short)"
      return PlannedRun(
        name: name, gridValues: run.gridValues, configuration: run.configuration,
        folder: RunFolder(path: "\(runsFolder)/\(pipeline.name)/\(name)"), data: data)
    }
  }

  /// Does what is not done yet.
  ///
  /// A run that diverges, or whose folder is damaged, is reported and costs the others nothing;
  /// a failure to write ends the pipeline.
  public func run(
    interruption: Interruption = Interruption(),
    onEvent: @escaping (PipelineEvent) throws -> Void = { _ in }
  ) throws -> Outcome {
    var failures: [(run: String, error: any Error)] = []
    var wasInterrupted = false
    let planned = try plan()
    for (index, run) in planned.enumerated() {
      try onEvent(.runStarted(name: run.name, index: index + 1, count: planned.count))
      let execution = RunExecution(
        name: run.name,
        gridValues: Dictionary(run.gridValues.map { ($0.field, $0.value) }) { a, _ in a },
        configuration: run.configuration, data: run.data, folder: run.folder, threads: threads,
        algorithmCache: algorithmCache, interruption: interruption, onEvent: onEvent)
      do {
        wasInterrupted = try !execution.run(stages)
      } catch let error as any ClassifiedError where error.kind != .cannotWrite {
        failures.append((run.name, error))
        try onEvent(.runFailed(name: run.name, "\(error)"))
      }
      if wasInterrupted { break }
    }
    let report = try report(on: planned)
    var page: String?
    if stages.contains(.report), !report.runs.isEmpty, !wasInterrupted {
      let folder = reportFolder
      try onEvent(.stageStarted(run: pipeline.name, .report))
      let start = ContinuousClock.now
      page = try report.write(to: folder).first
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      try onEvent(.stageFinished(run: pipeline.name, .report, seconds: seconds))
    }
    return Outcome(
      report: report, page: page, failures: failures, wasInterrupted: wasInterrupted)
  }

  /// Where the report goes: a profile has its own, so that a quick look costs no long study's.
  public var reportFolder: String {
    "\(runsFolder)/\(pipeline.name)/report" + (pipeline.profile.map { "-\($0)" } ?? "")
  }

  private func report(on planned: [PlannedRun]) throws -> StudyReport {
    let records = try planned.compactMap { run in
      FileManager.default.fileExists(atPath: run.folder.measures)
        ? try RunRecord.read(run.folder.measures) : nil
    }
    return StudyReport(
      title: pipeline.title, summary: pipeline.summary ?? "", runs: records,
      configuration: pipeline.text,
      versions: LibraryVersion.all.map { .init(name: $0.name, version: $0.version) },
      command: "collapse run \(pipeline.file)"
        + (pipeline.profile.map { " --profile \($0)" } ?? ""))
  }

  /// `value` as a part of a file name: `[128, 64]` is `128-64`, `{kind: he, scale: 2}` is `he-2`; what
  /// file systems and shells take amiss is replaced.
  private static func fileName(_ value: String) -> String {
    let parts = value.split { "[]{},".contains($0) }.map { part in
      part.split(separator: ": ").last.map { $0.filter { !$0.isWhitespace } } ?? ""
    }
    let name = parts.filter { !$0.isEmpty }.joined(separator: "-")
    return String(name.map { $0.isLetter || $0.isNumber || "-.+".contains($0) ? $0 : "_" })
  }
}
