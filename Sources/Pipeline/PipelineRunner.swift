public import CollapseCore
import Files
import FoundationEssentials
import Networks
public import Reporting
import Synchronization
import Training

/// Runs every point of a pipeline's grid, several at a time, then reports on all of them.
///
/// ```
/// runs/<pipeline>/<run>/            see ``RunFolder``
/// runs/<pipeline>/report/           index.html, figures, measures.csv; report-<profile>/ of a profile
/// ```
/// Nothing is done twice: a stage whose options, inputs and code are those its outputs were made
/// with is skipped, and an interrupted training continues where it stopped.
///
/// How many runs go on at once decides no bit of a result: each has threads of its own, of a
/// number that does not depend on it.
public struct PipelineRunner: Sendable {
  public let pipeline: PipelineFile
  /// The folder that holds all pipelines' runs.
  public let runsFolder: String
  /// The data sets of the pipeline.
  public let data: DatasetPool
  /// Threads of each run whose configuration leaves them open.
  public let threads: Int
  /// What is known to be fastest on this machine; `nil` to find out anew and keep nothing.
  public let algorithmCache: AlgorithmCache?
  /// Runs at a time, as the caller wants it; `nil` for as many as processors and memory allow.
  public let jobs: Int?
  /// The stages to do; all by default.
  public let stages: Set<Stage>
  /// The points of the grid to do, by their numbers from 1; `nil` for all.
  public let points: Set<Int>?

  /// - Parameter threads: threads of each run; `nil` for all processors where there is one run,
  ///   and one each where there are several: small networks train fastest so, and the number
  ///   hangs on nothing but the pipeline.
  public init(
    pipeline: PipelineFile, runsFolder: String = "runs", data: DatasetPool,
    threads: Int? = nil, jobs: Int? = nil, algorithmCache: AlgorithmCache? = .standard,
    stages: Set<Stage> = Set(Stage.allCases), points: Set<Int>? = nil
  ) {
    self.pipeline = pipeline
    self.runsFolder = runsFolder
    self.data = data
    self.threads = threads ?? PipelineRunner.standardThreads(pipeline)
    self.jobs = jobs
    self.algorithmCache = algorithmCache
    self.stages = stages
    self.points = points
  }

  private static func standardThreads(_ pipeline: PipelineFile) -> Int {
    pipeline.runs.count > 1 ? 1 : Processors.count
  }

  /// How a pipeline ended.
  public struct Outcome: Sendable {
    /// The runs that have measures or failed, in the order of the grid.
    public let report: StudyReport
    /// The report's page; `nil` when it was not asked for or nothing was measured.
    public let page: String?
    /// Why runs failed, by name.
    public let failures: [(run: String, error: any Error)]
    /// Whether it was stopped on request.
    public let wasInterrupted: Bool
  }

  /// The runs with their folders, what each would do, and what would keep it from it; each data set
  /// is read once, nothing is written.
  public func plan() -> Plan {
    Planner(
      pipeline: pipeline, runsFolder: runsFolder, data: data, threads: threads, jobs: jobs,
      stages: stages, points: points
    ).plan()
  }

  /// Does what is not done yet.
  ///
  /// A run that diverges, or whose folder is damaged, is reported and costs the others nothing;
  /// a failure to write stops all, each in a state it can continue from.
  ///
  /// - Parameter onEvent: is told of progress from the threads of the runs.
  /// - Throws: before anything is written, what is wrong with the pipeline: ``ConfigurationError``
  ///   where a network of the grid cannot take the samples, and what keeps data from being read.
  public func run(
    interruption: Interruption = Interruption(),
    onEvent: @escaping @Sendable (PipelineEvent) -> Void = { _ in }
  ) throws -> Outcome {
    let plan = plan()
    for run in plan.runs {
      guard let error = run.problem else { continue }
      if error is ConfigurationError || run.data == nil { throw error }
    }
    try plan.disk.check(for: runsFolder)
    onEvent(
      .planned(
        plan.runs.map { .init(name: $0.name, operations: $0.estimate?.operations ?? 0) },
        plan.concurrency))
    if let announcement = plan.disk.announcement { onEvent(.note(announcement)) }
    let results = perform(plan, interruption: interruption, onEvent: onEvent)
    for case .failed(let error) in results where error.stopsPipeline { throw error }
    let failures = zip(plan.runs, results).compactMap { run, result in
      if case .failed(let error) = result { (run: run.name, error: error) } else { nil }
    }
    let wasInterrupted = results.contains { if case .interrupted = $0 { true } else { false } }
    let study = try study(of: plan.runs, failed: Set(failures.map(\.run)))
    let page =
      stages.contains(.report) && !study.runs.isEmpty && !wasInterrupted
      ? try writeReport(study, plan.runs, onEvent: onEvent) : nil
    return Outcome(
      report: study, page: page, failures: failures, wasInterrupted: wasInterrupted)
  }

  private enum RunResult: Sendable {
    case done, interrupted
    case failed(any Error)
  }

  /// Every run, so many at a time; those of one data set one after another, so that it is read once.
  private func perform(
    _ plan: Plan, interruption: Interruption, onEvent: @escaping @Sendable (PipelineEvent) -> Void
  ) -> [RunResult] {
    let results = Mutex([RunResult](repeating: .interrupted, count: plan.runs.count))
    let order = plan.orderByData
    HostThreads.forEach(order.count, threads: plan.concurrency.jobs) { place in
      if interruption.isRequested { return }
      let index = order[place]
      let run = plan.runs[index]
      // Without them the plan would have been refused.
      guard let folder = run.folder, let facts = run.data else { return }
      onEvent(.runStarted(name: run.name, index: run.number, count: pipeline.runs.count))
      let execution = RunExecution(
        name: run.name,
        gridValues: Dictionary(run.gridValues.map { ($0.field, $0.value) }) { a, _ in a },
        configuration: run.configuration, data: data, facts: facts, folder: folder,
        threads: threads,
        algorithmCache: algorithmCache, interruption: interruption, onEvent: onEvent)
      let result: RunResult
      do {
        result = try execution.run(stages) ? .done : .interrupted
        onEvent(.runEnded(name: run.name))
      } catch {
        result = .failed(error)
        onEvent(.runFailed(name: run.name, "\(error)"))
        if error.stopsPipeline { interruption.request() }
      }
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0 }
  }

  // MARK: - The report

  /// Where the report goes.
  public var reportFolder: String { pipeline.reportFolder(in: runsFolder) }

  /// Makes the report's files anew where a measure, the pipeline or the program has changed.
  ///
  /// - Returns: the path of the page.
  private func writeReport(
    _ study: StudyReport, _ runs: [PlannedRun], onEvent: (PipelineEvent) -> Void
  ) throws -> String {
    let folder = RunFolder(path: reportFolder)
    let page = "\(folder.path)/index.html"
    let key = try StageKey(
      stage: Stage.report.rawValue, version: "1",
      options: [
        study.title, study.summary, study.configuration ?? "", study.command ?? "",
        study.about?.joined(separator: " ") ?? "",
        Gnuplot.installed == nil ? "no figures" : "figures", Machine.executableStamp,
      ],
      inputs: study.runs.map { "\($0.name) \($0.state.rawValue)" }
        + (try runs.compactMap(\.folder).flatMap { [$0.measures, $0.curvature] }
          .filter(FileManager.default.fileExists(atPath:))
          .map { Digest.sha256(try FileContents.read($0)) }))
    // A report is cheap: where its manifest cannot be read, it is made anew.
    var manifest = (try? folder.readManifest()) ?? RunManifest()
    if let done = manifest.stages[Stage.report.rawValue], done.key == key, folder.stands(done) {
      onEvent(.stageSkipped(run: pipeline.name, .report))
      return page
    }
    onEvent(.stageStarted(run: pipeline.name, .report))
    let start = ContinuousClock.now
    let files = try study.write(to: folder.path)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    manifest.stages[Stage.report.rawValue] = RunManifest.StageRecord(
      key: key, outputs: try files.map(folder.output), seconds: seconds,
      finished: Date.now.formatted(.iso8601))
    try folder.write(manifest)
    onEvent(.stageFinished(run: pipeline.name, .report, seconds: seconds))
    return page
  }

  /// What makes the same runs again.
  private var command: String {
    let isUsual = threads == PipelineRunner.standardThreads(pipeline)
    return pipeline.command + (isUsual ? "" : " --threads \(threads)")
  }

  /// What there is to say of a run that failed.
  private func failed(
    _ run: PlannedRun, _ facts: DataFacts, _ folder: RunFolder
  ) throws -> RunRecord {
    try RunRecord(
      run.configuration, name: run.name, data: facts, state: .failed,
      history: (try? MetricsFile.history(folder.metrics)) ?? [], measurements: [],
      projection: nil, folder: folder)
  }

  /// The runs with measures, and those that failed without.
  private func study(of runs: [PlannedRun], failed names: Set<String>) throws -> StudyReport {
    let records = try runs.compactMap { run -> RunRecord? in
      // Without them the plan would have been refused.
      guard let folder = run.folder, let facts = run.data else { return nil }
      if names.contains(run.name) {
        return try failed(run, facts, folder)
      }
      guard FileManager.default.fileExists(atPath: folder.measures) else {
        // A point that failed elsewhere is a point of the study.
        guard (try? folder.readManifest())?.failure != nil else { return nil }
        return try failed(run, facts, folder)
      }
      var record = try RunRecord.read(folder.measures)
      // Records of the first version keep a part of the facts, and another pipeline's name the run
      // as it is called there.
      record.facts = try RunFacts(run.configuration, data: facts)
      record.name = run.name
      if run.configuration.curvature != nil { try record.addCurvature(in: folder) }
      return record
    }
    return StudyReport(
      title: pipeline.title, summary: pipeline.summary ?? "", runs: records,
      configuration: pipeline.text,
      versions: LibraryVersion.all.map { .init(name: $0.name, version: $0.version) },
      command: command, about: pipeline.claims)
  }
}

extension String {
  /// As one word of a shell.
  package var quotedForShell: String {
    let isPlain = allSatisfy { $0.isLetter || $0.isNumber || "-_./=+,:".contains($0) }
    return isPlain && !isEmpty ? self : "'\(replacing("'", with: "'\\''"))'"
  }
}

extension Error {
  /// Whether no other run of a pipeline could go on either.
  fileprivate var stopsPipeline: Bool {
    (self as? any ClassifiedError)?.kind == .cannotWrite
  }
}
