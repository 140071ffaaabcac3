import CollapseCore
import FeatureStore
import Files
import NeuralCollapse
import Reporting

/// Feature files, or the trajectory of a training, → `measures.json`.
enum AnalyzeStage: RunStage {
  static let stage = Stage.analyze

  /// Follows from the catalogue: with another measure, or another formula, tables are made anew. The
  /// number is raised when the same formulas are computed otherwise.
  static let version: String = {
    let catalogue = Measure.catalogue.map { "\($0.key) = \($0.formula)\n" }.joined()
    return "3 " + Digest.sha256(catalogue.utf8).prefix(16)
  }()

  static func options(of configuration: RunConfiguration, _ data: DataFacts) -> any Encodable {
    configuration.measures
  }

  static func perform(_ context: StageContext) throws -> [String]? {
    let (run, folder) = (context.run, context.folder)
    let isMeasured = context.configuration.measures.when == .duringTraining
    let all =
      isMeasured
      ? try context.outputs(of: .train, in: folder.trajectory, to: "measure features").map {
        try EpochMeasures.read($0)
      } : try measure(context)
    guard let all else { return nil }
    let snapshots = all.compactMap(\.snapshot)
    let record = try RunRecord(
      context.configuration, name: run.name, data: run.facts,
      history: try MetricsFile.history(folder.metrics), measurements: all.flatMap(\.measurements),
      projection: snapshots.isEmpty
        ? nil : .init(classes: all.last?.classes ?? [], snapshots: snapshots),
      folder: folder)
    try record.write(to: folder.measures)
    return [folder.measures]
  }

  /// Measures every feature file of the stage before; `nil` when interrupted.
  private static func measure(_ context: StageContext) throws -> [EpochMeasures]? {
    let (run, folder, configuration) = (context.run, context.folder, context.configuration)
    let analysis = FeatureAnalysis(configuration.measures, threads: run.threads)
    let files = Set(
      try context.outputs(of: .extract, in: folder.features, to: "measure features"))
    let epochs = folder.featureEpochs()
    var all: [EpochMeasures] = []
    for (index, epoch) in epochs.enumerated() {
      if run.interruption.isRequested { return nil }
      let measures = try EpochMeasures(
        epoch: epoch, splits: configuration.features.splits, analysis
      ) { split in
        let path = folder.features(epoch: epoch, split: split)
        return files.contains(path) ? try FeatureSet(path) : nil
      } file: { split in
        String(folder.features(epoch: epoch, split: split).dropFirst(folder.path.count + 1))
      }
      if !measures.measurements.isEmpty { all.append(measures) }
      run.onEvent(.measured(run: run.name, measures.measurements))
      run.onEvent(.progress(run: run.name, .analyze, done: index + 1, count: epochs.count))
    }
    return all
  }
}
