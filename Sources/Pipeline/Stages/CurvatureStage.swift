import CollapseCore
import FeatureStore
import Files
import Reporting

/// Checkpoints → `curvature.json`: the second derivatives of the training loss after each epoch.
enum CurvatureStage: RunStage {
  static let stage = Stage.curvature
  static let readsSamples = true
  static let version = "1"
  /// What is measured on features has no part in it.
  static let source: Stage? = .train

  static func belongs(to configuration: RunConfiguration) -> Bool { configuration.curvature != nil }

  static func options(of configuration: RunConfiguration, _ data: DataFacts) -> any Encodable {
    configuration.curvature
  }

  static func perform(_ context: StageContext) throws -> [String]? {
    let (run, folder) = (context.run, context.folder)
    guard let options = context.configuration.curvature else { return [] }
    let checkpoints = folder.checkpointEpochs()
    guard let last = checkpoints.last else {
      throw FileError(
        kind: .missingInput, operation: "take the curvature", path: folder.checkpoints,
        reason: "there are no checkpoints; the stage 'train' makes them")
    }
    let epochs = options.epochs == .last ? [last] : checkpoints
    do {
      let records = try run.data.with(context.configuration.dataset) { data in
        try epochs.enumerated().map { index, epoch in
          // It may have waited for the data until now.
          try run.interruption.check()
          let extraction = try FeatureExtraction(
            try CheckpointFile.read(folder.checkpoint(epoch: epoch)), threads: run.threads)
          let measurement = try CurvatureMeasurement(
            extraction, data.train, split: "train", options: options, threads: run.threads,
            interruption: run.interruption)
          let record = try measurement.run()
          run.onEvent(
            .progress(run: run.name, .curvature, done: index + 1, count: epochs.count))
          return record
        }
      }
      try CurvatureFile(records).write(to: folder.curvature)
      return [folder.curvature]
    } catch is WorkInterrupted {
      return nil
    }
  }
}
