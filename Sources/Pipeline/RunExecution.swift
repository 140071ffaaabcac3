import FeatureStore
import Files
import FoundationEssentials
import NeuralCollapse
import Reporting
import Tensors
import Training

/// One run of a pipeline: its stages in its folder, each skipped where what it made stands.
struct RunExecution {
  let name: String
  let gridValues: [String: String]
  let configuration: RunConfiguration
  let data: TrainingData
  let folder: RunFolder
  let threads: Int
  let algorithmCache: AlgorithmCache?
  let interruption: Interruption
  let onEvent: (PipelineEvent) throws -> Void

  /// The key of the training, which names the run.
  static func trainingKey(
    _ configuration: RunConfiguration, data: TrainingData
  ) -> StageKey {
    struct Options: Encodable {
      let network: NetworkDescription
      let training: TrainingOptions
    }
    return StageKey(
      stage: Stage.train.rawValue, version: Stage.train.version,
      options: Options(network: configuration.network, training: configuration.training),
      inputs: [data.sha256])
  }

  /// Does the stages in `stages` that are not done yet.
  ///
  /// - Returns: whether the run came to its end; not when it was interrupted.
  func run(_ stages: Set<Stage>) throws -> Bool {
    try folder.write(configuration)
    var manifest = try folder.readManifest()
    manifest.gridValues = gridValues
    manifest.datasetHash = data.sha256
    manifest.versions = ["collapse": CollapseVersion.current]
    manifest.host = [
      "system": Machine.system, "processors": String(Machine.processorCount),
      "memory": String(Machine.memory),
    ]
    let trainingKey = RunExecution.trainingKey(configuration, data: data)
    let extractKey = StageKey(
      stage: Stage.extract.rawValue, version: Stage.extract.version,
      options: configuration.features, inputs: [trainingKey.hex])
    let analyzeKey = StageKey(
      stage: Stage.analyze.rawValue, version: Stage.analyze.version,
      options: configuration.measures, inputs: [extractKey.hex])
    let plan: [(Stage, StageKey, () throws -> [String]?)] = [
      (.train, trainingKey, train), (.extract, extractKey, extract),
      (.analyze, analyzeKey, analyze),
    ]
    for (stage, key, body) in plan where stages.contains(stage) {
      if let done = manifest.stages[stage.rawValue], done.key == key, folder.stands(done) {
        try onEvent(.stageSkipped(run: name, stage))
        continue
      }
      try onEvent(.stageStarted(run: name, stage))
      let start = ContinuousClock.now
      guard let outputs = try body() else { return false }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      manifest.stages[stage.rawValue] = RunManifest.StageRecord(
        key: key, outputs: try outputs.map(folder.output), seconds: seconds,
        finished: Date.now.formatted(.iso8601))
      try folder.write(manifest)
      try onEvent(.stageFinished(run: name, stage, seconds: seconds))
    }
    return true
  }

  private func train() throws -> [String]? {
    var options = configuration.training
    if options.threads == nil { options.threads = threads }
    let training = CheckpointedTraining(
      folder: folder, network: configuration.network, options: options, data: data,
      algorithmCache: algorithmCache)
    let outcome = try training.run(resuming: true, interruption: interruption) { event in
      try onEvent(.training(run: name, event))
    }
    guard case .finished = outcome else { return nil }
    return folder.checkpointEpochs().map { folder.checkpoint(epoch: $0) } + [folder.metrics]
  }

  private func extract() throws -> [String]? {
    let checkpoints = folder.checkpointEpochs()
    guard let last = checkpoints.last else {
      throw FileError(
        kind: .missingInput, operation: "extract features", path: folder.checkpoints,
        reason: "there are no checkpoints; the stage 'train' makes them")
    }
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
          to: path, interruption: interruption)
        guard isComplete else { return nil }
        outputs.append(path)
        try onEvent(
          .progress(
            run: name, .extract, done: outputs.count, count: epochs.count * splits.count))
      }
    }
    return outputs
  }

  private func analyze() throws -> [String]? {
    var options = AnalysisOptions()
    options.convention = Convention.named(configuration.measures.convention) ?? .standard
    options.spectrum = configuration.measures.spectrum
    options.threads = threads
    let analysis = FeatureAnalysis(options: options)
    let epochs = folder.featureEpochs()
    var measurements: [MeasurementRecord] = []
    var snapshots: [FeatureProjection.Snapshot] = []
    var classes: [String] = []
    for (index, epoch) in epochs.enumerated() {
      if interruption.isRequested { return nil }
      var means: [String: ClassStatistics]?
      for split in configuration.features.splits {
        let path = folder.features(epoch: epoch, split: split)
        guard FileManager.default.fileExists(atPath: path) else { continue }
        let source = try FeatureFile(path)
        if split == "train" {
          let found = try analysis.means(of: source)
          means = found
          if let statistics = source.layers.last.flatMap({ found[$0.name] }) {
            classes = PlaneProjection.classNames(of: source, statistics: statistics)
            let snapshot = try PlaneProjection.snapshot(
              of: source, statistics: statistics, epoch: epoch)
            if let snapshot { snapshots.append(snapshot) }
          }
        }
        measurements += try analysis.measure(
          source, split: split, trainingMeans: split == "train" ? nil : means)
      }
      try onEvent(.progress(run: name, .analyze, done: index + 1, count: epochs.count))
    }
    let record = RunRecord(
      configuration, name: name, data: data, history: try history(), measurements: measurements,
      projection: snapshots.isEmpty ? nil : .init(classes: classes, snapshots: snapshots),
      folder: folder)
    try record.write(to: folder.measures)
    return [folder.measures]
  }

  private func history() throws -> [EpochRecord] {
    try MetricsFile(continuing: folder.metrics, after: .max).rows.compactMap { row in
      guard let loss = row.trainLoss, let accuracy = row.trainAccuracy else { return nil }
      return EpochRecord(
        epoch: row.epoch, trainingLoss: loss, regularizedLoss: row.regularizedLoss,
        trainingAccuracy: accuracy, testLoss: row.testLoss, testAccuracy: row.testAccuracy,
        learningRate: row.learningRate)
    }
  }
}
