import CollapseCore
import Files
import FoundationEssentials
import Networks
public import Reporting
import Training

extension RunRecord {
  /// The record of a run of a pipeline.
  init(
    _ configuration: RunConfiguration, name: String, data: DataFacts, state: State = .finished,
    history: [EpochRecord], measurements: [MeasurementRecord], projection: FeatureProjection?,
    folder: RunFolder
  ) {
    let network = configuration.network
    let normalization: String =
      switch (network.batchNormalization, network.lastLayerBatchNormalization) {
      case (.all, _): "all"
      case (.none, .none): "none"
      default: "last"
      }
    self.init(
      name: name, dataset: data.name, network: network.shortName,
      batchNormalization: normalization,
      weightDecay: configuration.training.weightDecay.ofClassifier,
      learningRate: configuration.training.learningRate.initial,
      seed: configuration.training.seed, state: state, history: history, measurements: measurements,
      projection: projection, paths: [folder.path])
  }

  /// Writes the record as JSON: a run's `measures.json`.
  func write(to path: String) throws {
    try AtomicFile.write(try JSONText.compact(self) + "\n", to: path)
  }

  /// The record in a run's `measures.json`.
  public static func read(_ path: String) throws -> RunRecord {
    let bytes = try FileContents.read(path)
    do {
      return try JSONDecoder().decode(RunRecord.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw FileError.unexpected(
        "the measures of a run", found: error.found(in: bytes), in: path)
    }
  }
}
