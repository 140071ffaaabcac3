import CollapseCore
import FeatureStore
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
  let data: TrainingData
  let folder: RunFolder
  let threads: Int
  let algorithmCache: AlgorithmCache?
  let interruption: Interruption
  let onEvent: @Sendable (PipelineEvent) -> Void

  /// Does the stages in `asked` that are not done yet; with nothing to do it writes nothing.
  ///
  /// - Returns: whether the run came to its end; not when it was interrupted.
  func run(_ asked: Set<Stage>) throws -> Bool {
    let stages = try RunStages(configuration, data: data)
    let due = stages.due(of: asked, try folder.readManifest(), in: folder)
    if due.isEmpty {
      for stage in stages.all where asked.contains(stage) {
        onEvent(.stageSkipped(run: name, stage))
      }
      return true
    }
    try folder.prepare()
    return try folder.locked {
      // Another process may have been at work until now.
      var manifest = try folder.readManifest()
      describe(in: &manifest)
      do {
        return try perform(due, of: asked, stages, &manifest)
      } catch  where (error as? any ClassifiedError)?.kind != .cannotWrite {
        manifest.failure = "\(error)"
        try folder.write(manifest)
        throw error
      }
    }
  }

  private func describe(in manifest: inout RunManifest) {
    manifest.gridValues = gridValues
    manifest.datasetHash = data.sha256
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
    for stage in stages.all where asked.contains(stage) {
      guard due.contains(stage) else {
        onEvent(.stageSkipped(run: name, stage))
        continue
      }
      onEvent(.stageStarted(run: name, stage))
      let start = ContinuousClock.now
      guard let outputs = try outputs(of: stage, manifest) else { return false }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      manifest.stages[stage.rawValue] = RunManifest.StageRecord(
        key: stages[stage], outputs: try outputs.map(folder.output), seconds: seconds,
        finished: Date.now.formatted(.iso8601))
      try folder.write(manifest)
      onEvent(.stageFinished(run: name, stage, seconds: seconds))
    }
    return true
  }

  /// Does one stage.
  ///
  /// - Returns: the files it wrote; `nil` when it was interrupted.
  private func outputs(of stage: Stage, _ manifest: RunManifest) throws -> [String]? {
    switch stage {
    case .train: try train()
    case .extract: try extract()
    case .analyze: try analyze(manifest)
    case .report: []  // of all runs together, and so the runner's
    }
  }

  private func train() throws -> [String]? {
    var training = CheckpointedTraining(
      folder: folder, network: configuration.network, options: configuration.training, data: data,
      threads: threads, algorithmCache: algorithmCache)
    if configuration.measures.when == .duringTraining {
      training.trajectory = TrajectoryMeasurement(
        configuration: configuration, folder: folder, data: data, threads: threads)
    }
    let outcome = try training.run(resuming: true, interruption: interruption) { event in
      onEvent(.training(run: name, event))
    } onMeasures: { measures in
      onEvent(.measured(run: name, measures.measurements))
    }
    guard case .finished = outcome else { return nil }
    return folder.checkpointEpochs().map { folder.checkpoint(epoch: $0) } + [folder.metrics]
      + (training.trajectory == nil
        ? [] : folder.trajectoryEpochs().map { folder.trajectory(epoch: $0) })
  }

  private func extract() throws -> [String]? {
    let checkpoints = folder.checkpointEpochs()
    guard let last = checkpoints.last else {
      throw FileError(
        kind: .missingInput, operation: "extract features", path: folder.checkpoints,
        reason: "there are no checkpoints; the stage 'train' makes them")
    }
    try folder.prepare(folder.features)
    let epochs = configuration.features.epochs == .last ? [last] : checkpoints
    let splits = configuration.features.splits.filter { data[$0] != nil }
    var outputs: [String] = []
    for epoch in epochs {
      let extraction = try FeatureExtraction(
        try CheckpointFile.read(folder.checkpoint(epoch: epoch)), threads: threads)
      for split in splits {
        let path = folder.features(epoch: epoch, split: split)
        let isComplete = try extraction.write(
          data[split]!, split: split, layers: configuration.features.layers == .all ? .all : .last,
          pooling: configuration.features.pooling, to: path, interruption: interruption)
        guard isComplete else { return nil }
        outputs.append(path)
        onEvent(
          .progress(
            run: name, .extract, done: outputs.count, count: epochs.count * splits.count))
      }
    }
    return outputs
  }

  private func analyze(_ manifest: RunManifest) throws -> [String]? {
    let all =
      configuration.measures.when == .duringTraining
      ? try files(of: .train, manifest, in: folder.trajectory).map { try EpochMeasures.read($0) }
      : try measureFiles(manifest)
    guard let all else { return nil }
    let snapshots = all.compactMap(\.snapshot)
    let record = RunRecord(
      configuration, name: name, data: data, history: try MetricsFile.history(folder.metrics),
      measurements: all.flatMap(\.measurements),
      projection: snapshots.isEmpty
        ? nil : .init(classes: all.last?.classes ?? [], snapshots: snapshots),
      folder: folder)
    try record.write(to: folder.measures)
    return [folder.measures]
  }

  /// Measures every feature file of the stage before; `nil` when interrupted.
  private func measureFiles(_ manifest: RunManifest) throws -> [EpochMeasures]? {
    let analysis = FeatureAnalysis(configuration.measures, threads: threads)
    let files = Set(try files(of: .extract, manifest, in: folder.features))
    let epochs = folder.featureEpochs()
    var all: [EpochMeasures] = []
    for (index, epoch) in epochs.enumerated() {
      if interruption.isRequested { return nil }
      let measures = try EpochMeasures(
        epoch: epoch, splits: configuration.features.splits, analysis
      ) { split in
        let path = folder.features(epoch: epoch, split: split)
        return files.contains(path) ? try FeatureFile(path) : nil
      }
      if !measures.measurements.isEmpty { all.append(measures) }
      onEvent(.measured(run: name, measures.measurements))
      onEvent(.progress(run: name, .analyze, done: index + 1, count: epochs.count))
    }
    return all
  }

  /// The outputs in `subfolder` of a stage that this one reads.
  ///
  /// Those of an earlier configuration may lie beside them; they are not this one's.
  private func files(
    of stage: Stage, _ manifest: RunManifest, in subfolder: String
  ) throws(FileError) -> [String] {
    let files = (manifest.stages[stage.rawValue]?.outputs ?? [])
      .map { "\(folder.path)/\($0.path)" }
      .filter { $0.hasPrefix(subfolder + "/") }
    guard !files.isEmpty else {
      throw FileError(
        kind: .missingInput, operation: "measure features", path: subfolder,
        reason: "there are none; the stage '\(stage.rawValue)' makes them")
    }
    return files
  }
}
