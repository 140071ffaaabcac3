import CollapseCore
import Files
import FoundationEssentials
import Networks
import Reporting
import Training

/// One run of a pipeline: its stages in its folder, each skipped where what it made stands.
struct RunExecution: Sendable {
  let name: String
  let gridValues: [String: String]
  let configuration: RunConfiguration
  /// The data sets of the pipeline, for the stages that need the run's.
  let data: DatasetPool
  /// What is known of the run's data.
  let facts: DataFacts
  let folder: RunFolder
  let threads: Int
  let algorithmCache: AlgorithmCache?
  let interruption: Interruption
  let onEvent: @Sendable (PipelineEvent) -> Void

  /// Does the stages in `asked` that are not done yet; with nothing to do it writes nothing.
  ///
  /// - Returns: whether the run came to its end; not when it was interrupted.
  func run(_ asked: Set<Stage>) throws -> Bool {
    let stages = try RunStages(configuration, data: facts)
    let due = stages.due(of: asked, try folder.readManifest(), in: folder)
    if due.isEmpty {
      for stage in stages.all where asked.contains(stage) {
        onEvent(.stageSkipped(run: name, stage))
      }
      return true
    }
    try Folder.make(folder.path)
    return try folder.locked(interruption: interruption) {
      try folder.prepare()
      // Another process may have been at work until now.
      var manifest = try folder.readManifest()
      describe(in: &manifest, key: stages.train)
      do {
        return try perform(due, of: asked, stages, &manifest)
      } catch  where (error as? any ClassifiedError)?.kind != .cannotWrite {
        manifest.failure = "\(error)"
        try folder.write(manifest)
        throw error
      }
    }
  }

  private func describe(in manifest: inout RunManifest, key: StageKey) {
    manifest.key = key
    manifest.gridValues = gridValues
    manifest.datasetHash = facts.sha256
    manifest.epochs = configuration.training.epochs
    manifest.threads = configuration.training.threads ?? threads
    manifest.failure = nil
    manifest.versions = Dictionary(
      LibraryVersion.all.map { ($0.name, $0.version) }, uniquingKeysWith: { a, _ in a })
    manifest.host = [
      "system": Machine.system, "processors": String(Processors.count),
      "memory": String(Machine.memory),
    ]
  }

  private func perform(
    _ due: Set<Stage>, of asked: Set<Stage>, _ stages: RunStages, _ manifest: inout RunManifest
  ) throws -> Bool {
    try folder.write(configuration)
    try folder.write(manifest)
    let types = RunStages.registry.filter { asked.contains($0.stage) }
    // From the first that reads samples to the last the data set stays: runs side by side would
    // else take it from each other between two stages.
    let end = types.lastIndex { $0.readsSamples && due.contains($0.stage) }.map { $0 + 1 } ?? 0
    if end > 0 {
      let isComplete = try data.with(configuration.dataset) { _ in
        try perform(types[..<end], due, stages, &manifest)
      }
      guard isComplete else { return false }
    }
    return try perform(types[end...], due, stages, &manifest)
  }

  private func perform(
    _ types: ArraySlice<any RunStage.Type>, _ due: Set<Stage>, _ stages: RunStages,
    _ manifest: inout RunManifest
  ) throws -> Bool {
    for type in types {
      let stage = type.stage
      guard let key = stages[stage] else { continue }
      guard due.contains(stage) else {
        onEvent(.stageSkipped(run: name, stage))
        continue
      }
      onEvent(.stageStarted(run: name, stage))
      let start = ContinuousClock.now
      guard let outputs = try type.perform(StageContext(run: self, manifest: manifest)) else {
        return false
      }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      manifest.stages[stage.rawValue] = RunManifest.StageRecord(
        key: key, outputs: try outputs.map(folder.output), seconds: seconds,
        finished: Date.now.formatted(.iso8601))
      try folder.write(manifest)
      onEvent(.stageFinished(run: name, stage, seconds: seconds))
    }
    return true
  }
}
