import CollapseCore
import FeatureStore
import Files
import Networks

/// Checkpoints → feature files.
enum ExtractStage: RunStage {
  static let stage = Stage.extract
  static let readsSamples = true
  static let version = "1"

  static func belongs(to configuration: RunConfiguration) -> Bool {
    configuration.measures.when == .afterTraining
  }

  static func options(of configuration: RunConfiguration, _ data: DataFacts) -> any Encodable {
    FeatureOptions(configuration, data: data)
  }

  static func outputBytes(_ estimate: ResourceEstimate) -> Int { estimate.featureBytes }

  static func perform(_ context: StageContext) throws -> [String]? {
    let checkpoints = context.folder.checkpointEpochs()
    guard let last = checkpoints.last else {
      throw FileError(
        kind: .missingInput, operation: "extract features", path: context.folder.checkpoints,
        reason: "there are no checkpoints; the stage 'train' makes them")
    }
    let epochs = context.configuration.features.epochs == .last ? [last] : checkpoints
    return try context.run.data.with(context.configuration.dataset) { data in
      // It may have waited for the data until now.
      context.run.interruption.isRequested ? nil : try extract(data, after: epochs, context)
    }
  }

  private static func extract(
    _ data: TrainingData, after epochs: [Int], _ context: StageContext
  ) throws -> [String]? {
    let (run, features, folder) = (context.run, context.configuration.features, context.folder)
    try folder.prepare(folder.features)
    let splits = features.splits.filter { data[$0] != nil }
    var outputs: [String] = []
    for epoch in epochs {
      let extraction = try FeatureExtraction(
        try CheckpointFile.read(folder.checkpoint(epoch: epoch)), threads: run.threads)
      if features.statistics == .batch { try extraction.normalizeByBatches() }
      for split in splits {
        let path = folder.features(epoch: epoch, split: split)
        let isComplete = try extraction.write(
          data[split]!, split: split, layers: features.layers == .all ? .all : .last,
          pooling: features.pooling, to: path, interruption: run.interruption)
        guard isComplete else { return nil }
        outputs.append(path)
        run.onEvent(
          .progress(
            run: run.name, .extract, done: outputs.count, count: epochs.count * splits.count))
      }
    }
    return outputs
  }
}
