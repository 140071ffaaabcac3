import CollapseCore
import FeatureStore
import Files
import Reporting
import Training

/// Checkpoints → `curvature.json`: the second derivatives of the training loss after each epoch, and
/// after each step inside an epoch, with a checkpoint.
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
    let isLast = options.epochs == .last
    let paths =
      (isLast ? [last] : checkpoints).map { folder.checkpoint(epoch: $0) }
      + (isLast ? [] : folder.checkpointSteps().map { folder.checkpoint(step: $0) })
    do {
      // As the checkpoint after the last epoch tells it.
      var stepsPerEpoch = 0.0
      var records = try run.data.with(context.configuration.dataset) { data in
        try paths.enumerated().map { index, path in
          // It may have waited for the data until now.
          try run.interruption.check()
          let content = try CheckpointFile.read(path)
          let header = try CheckpointHeader(content)
          if header.step == 0, header.epoch > 0 {
            stepsPerEpoch = Double(header.totalSteps) / Double(header.epoch)
          }
          let extraction = try FeatureExtraction(content, threads: run.threads)
          let measurement = try CurvatureMeasurement(
            extraction, data.train, split: "train", options: options, threads: run.threads,
            interruption: run.interruption)
          let record = try measurement.run()
          run.onEvent(
            .progress(run: run.name, .curvature, done: index + 1, count: paths.count))
          return record
        }
      }
      for index in records.indices {
        records[index].place =
          records[index].step.map { Double($0) / stepsPerEpoch }
          ?? records[index].epoch.map(Double.init)
      }
      records.sort { ($0.place ?? 0) < ($1.place ?? 0) }
      try CurvatureFile(records).write(to: folder.curvature)
      return [folder.curvature]
    } catch is WorkInterrupted {
      return nil
    }
  }
}
