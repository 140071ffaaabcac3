import CollapseCore
import Networks

/// Samples → checkpoints and `metrics.csv`; with measures during training their trajectory too.
enum TrainStage: RunStage {
  static let stage = Stage.train
  static let readsSamples = true
  static let version = "2"

  private struct Options: Encodable {
    let network: NetworkDescription
    let training: TrainingOptions
    // Measured while training, these cannot be changed afterwards.
    let measures: MeasureConfiguration?
    let features: FeatureOptions?
    // What is in the file that training begins with.
    let initialParameters: String?
  }

  static func options(of configuration: RunConfiguration, _ data: DataFacts) -> any Encodable {
    let isMeasured = configuration.measures.when == .duringTraining
    return Options(
      network: configuration.network, training: configuration.training,
      measures: isMeasured ? configuration.measures : nil,
      features: isMeasured ? FeatureOptions(configuration, data: data) : nil,
      initialParameters: InitialParameters(configuration.training.initialParameters)?.digest)
  }

  static func outputBytes(_ estimate: ResourceEstimate) -> Int { estimate.checkpointBytes }

  static func perform(_ context: StageContext) throws -> [String]? {
    try context.run.data.with(context.configuration.dataset) { data in
      // It may have waited for the data until now.
      context.run.interruption.isRequested ? nil : try train(on: data, context)
    }
  }

  private static func train(on data: TrainingData, _ context: StageContext) throws -> [String]? {
    let (run, configuration, folder) = (context.run, context.configuration, context.folder)
    var training = try CheckpointedTraining(
      configuration, folder: folder, data: data, threads: run.threads,
      algorithmCache: run.algorithmCache)
    if configuration.measures.when == .duringTraining {
      training.trajectory = TrajectoryMeasurement(
        configuration: configuration, folder: folder, data: data, threads: run.threads)
    }
    let outcome = try training.run(resuming: true, interruption: run.interruption) { event in
      run.onEvent(.training(run: run.name, event))
    } onMeasures: { measures in
      run.onEvent(.measured(run: run.name, measures.measurements))
    }
    guard case .finished = outcome else { return nil }
    return folder.checkpointEpochs().map { folder.checkpoint(epoch: $0) }
      + folder.checkpointSteps().map { folder.checkpoint(step: $0) } + [folder.metrics]
      + (training.trajectory == nil
        ? [] : folder.trajectoryEpochs().map { folder.trajectory(epoch: $0) })
  }
}
