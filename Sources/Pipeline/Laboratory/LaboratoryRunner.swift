public import CollapseCore
import Datasets
import Files
import FoundationEssentials
import LinearAlgebra
import Reporting
import Synchronization

/// Does the experiment of a pipeline about a model, part by part, and reports on it.
///
/// ```
/// runs/<pipeline>/laboratory/<part>-<key>.json   what was observed
/// runs/<pipeline>/laboratory/laboratory.json     which parts there are
/// runs/<pipeline>/report/                        index.html, claims.md, a CSV per part
/// ```
/// A part that was observed with the same options and data is not observed again, and an interrupted
/// experiment goes on with the part it was in. Tasks of a part go on side by side, each on one thread:
/// no bit hangs on how many there are.
public struct LaboratoryRunner: Sendable {
  public let pipeline: PipelineFile
  public let runsFolder: String
  public let threads: Int
  /// Where data sets are looked for, by those parts that read one.
  public let loader: DatasetLoader
  private let experiment: any Experiment

  /// - Parameter threads: tasks at a time; by default one per processor.
  /// - Returns: `nil` for a pipeline that trains.
  public init?(
    pipeline: PipelineFile, runsFolder: String = "runs", threads: Int? = nil,
    loader: DatasetLoader = DatasetLoader(threads: Processors.count)
  ) {
    guard let laboratory = pipeline.laboratory else { return nil }
    self.pipeline = pipeline
    self.runsFolder = runsFolder
    self.threads = threads ?? Processors.count
    self.loader = loader
    experiment = laboratory.experiment
  }

  /// A part as it stands before it begins.
  public struct PlannedPart: Sendable {
    public let name: String
    /// What is looked at.
    public let caption: String
    /// What can be done side by side.
    public let taskCount: Int
    /// The data set it reads; `nil` for none.
    public let dataset: String?
    /// Whether it was observed before with the same options and data.
    public let isDone: Bool
    /// What it needs and is missing: it is left out.
    public let obstacle: String?
  }

  /// What a laboratory reports while it works.
  public enum Event: Sendable {
    case partStarted(PlannedPart, index: Int, count: Int)
    case tasksDone(Int, of: Int)
    case partFinished(PlannedPart, seconds: Double)
  }

  /// How an experiment ended.
  public struct Outcome: Sendable {
    /// The report's page.
    public let page: String
    /// The claims with their verdicts, as a terminal shows them.
    public let verdictText: String
    /// The same as JSON.
    public let verdictJSON: String
  }

  private var folder: RunFolder { RunFolder(path: "\(runsFolder)/\(pipeline.name)/laboratory") }

  /// A part with what it stands on.
  private struct Standing {
    var part: ExperimentPart
    var data: LoadedDataset?
    /// Of its observations.
    var file: String
    var planned: PlannedPart
  }

  private func file(of part: ExperimentPart, _ data: LoadedDataset?) throws -> String {
    let type = type(of: experiment)
    let key = try StageKey(
      stage: "laboratory \(type.kind) \(part.name)", version: type.version,
      options: experiment.node,
      inputs: data.map { [SourceFile.combinedSHA256($0.files) ?? ""] } ?? [])
    return "\(folder.path)/\(part.name)-\(key.short).json"
  }

  /// Every part, with its data; without, where they are missing.
  ///
  /// - Throws: what is wrong with data that are there.
  private func standing() throws -> [Standing] {
    try experiment.parts.map { part in
      var data: LoadedDataset?
      var obstacle: String?
      do {
        data = try part.source.map(loader.load)
      } catch let error as any ClassifiedError where error.kind == .missingInput {
        obstacle = "\(error)"
      }
      if let data { try part.check(data) }
      let file = try file(of: part, data)
      let isDone = obstacle == nil && ObservationFile.read(file) != nil
      if !isDone, obstacle == nil { do { try part.prepare() } catch { obstacle = "\(error)" } }
      return Standing(
        part: part, data: data, file: file,
        planned: PlannedPart(
          name: part.name, caption: part.caption, taskCount: part.taskCount,
          dataset: part.source?.title, isDone: isDone, obstacle: obstacle))
    }
  }

  /// The parts, and which of them are done.
  public func plan() throws -> [PlannedPart] { try standing().map(\.planned) }

  /// Observes what was not observed yet, and writes the report.
  ///
  /// A part that needs what is missing is left out, by name: it is observed when that is there.
  ///
  /// - Throws: `WorkInterrupted` on request; `FileError`.
  public func run(
    interruption: Interruption = Interruption(),
    onEvent: @escaping @Sendable (Event) -> Void = { _ in }
  ) throws -> Outcome {
    try folder.prepare()
    return try folder.locked {
      let standing = try standing()
      var observations: [Observation] = []
      try manifest(standing).write(to: folder)
      for (index, entry) in standing.enumerated() {
        onEvent(.partStarted(entry.planned, index: index + 1, count: standing.count))
        if entry.planned.obstacle != nil { continue }
        if let known = ObservationFile.read(entry.file) {
          observations += known
          continue
        }
        let start = ContinuousClock.now
        let found = try observe(entry, interruption, onEvent)
        try ObservationFile.write(found, to: entry.file)
        observations += found
        onEvent(
          .partFinished(entry.planned, seconds: (ContinuousClock.now - start) / .seconds(1)))
      }
      return try report(
        on: observations, leftOut: standing.map(\.planned).filter { $0.obstacle != nil })
    }
  }

  private func manifest(_ standing: [Standing]) -> LaboratoryManifest {
    LaboratoryManifest(
      experiment: type(of: experiment).kind,
      parts: standing.map { entry in
        .init(
          name: entry.part.name, file: String(entry.file.dropFirst(folder.path.count + 1)),
          obstacle: entry.planned.obstacle)
      })
  }

  private func observe(
    _ entry: Standing, _ interruption: Interruption,
    _ onEvent: @escaping @Sendable (Event) -> Void
  ) throws -> [Observation] {
    let done = Mutex(0)
    let (part, data) = (entry.part, entry.data)
    return try Parallel.map(part.taskCount, threads: threads) { task in
      try interruption.check()
      let found = try part.observe(task, data, interruption)
      let count = done.withLock {
        $0 += 1
        return $0
      }
      onEvent(.tasksDone(count, of: part.taskCount))
      return found
    }.flatMap(\.self)
  }

  /// Every observation, a table for each part and for what a part observes besides.
  private func tables(of observations: [Observation]) -> [Table] {
    let captions = Dictionary(
      uniqueKeysWithValues: experiment.parts.map { ($0.name, $0.caption) })
    return (experiment.parts.map(\.name) + observations.map(\.part)).uniqued().map { name in
      observations.of(name).table(name: name, caption: captions[name] ?? name)
    }
  }

  private func report(
    on observations: [Observation], leftOut: [PlannedPart]
  ) throws -> Outcome {
    var conclusions = experiment.conclusions(from: observations)
    conclusions.facts += leftOut.map { ("Left out", "\($0.name): \($0.obstacle ?? "")") }
    let report = LaboratoryReport(
      title: pipeline.title, summary: pipeline.summary ?? "", facts: conclusions.facts,
      claims: conclusions.claims, tables: conclusions.tables, figures: conclusions.figures,
      definitions: conclusions.definitions,
      data: tables(of: observations),
      configuration: pipeline.text,
      versions: LibraryVersion.all.map { .init(name: $0.name, version: $0.version) },
      command: pipeline.command)
    let files = try report.write(to: pipeline.reportFolder(in: runsFolder))
    return Outcome(
      page: files[0], verdictText: report.verdicts.plainText, verdictJSON: report.verdicts.json)
  }
}

/// Observations as a file keeps them.
private enum ObservationFile {
  private struct Content: Codable {
    var format = "collapse-laboratory"
    var version = 1
    var observations: [Observation]
  }

  /// `nil` where there is none, or none that this program reads: it is made anew.
  static func read(_ path: String) -> [Observation]? {
    guard FileManager.default.fileExists(atPath: path), let bytes = try? FileContents.read(path),
      let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)),
      content.format == "collapse-laboratory", content.version == 1
    else { return nil }
    return content.observations
  }

  static func write(_ observations: [Observation], to path: String) throws {
    try AtomicFile.write(
      try JSONText.compact(Content(observations: observations)) + "\n", to: path)
  }
}
