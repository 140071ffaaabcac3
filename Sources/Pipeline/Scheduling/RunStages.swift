import CollapseCore
import FoundationEssentials
import Networks
import Training

/// The stages of a run with the keys that decide whether what stands in its folder is theirs.
struct RunStages {
  let train: StageKey
  let extract: StageKey
  let analyze: StageKey
  /// The stages there are, in order.
  let all: [Stage]

  init(_ configuration: RunConfiguration, data: TrainingData) throws {
    struct TrainingStage: Encodable {
      let network: NetworkDescription
      let training: TrainingOptions
      // Measured while training, these cannot be changed afterwards.
      let measures: MeasureConfiguration?
      let features: FeatureOptions?
    }
    let features = FeatureOptions(configuration, data: data)
    let isMeasured = configuration.measures.when == .duringTraining
    all = isMeasured ? [.train, .analyze] : [.train, .extract, .analyze]
    train = try StageKey(
      stage: Stage.train.rawValue, version: Stage.train.version,
      options: TrainingStage(
        network: configuration.network, training: configuration.training,
        measures: isMeasured ? configuration.measures : nil,
        features: isMeasured ? features : nil),
      inputs: [data.sha256])
    extract = try StageKey(
      stage: Stage.extract.rawValue, version: Stage.extract.version,
      options: features, inputs: [train.hex])
    analyze = try StageKey(
      stage: Stage.analyze.rawValue, version: Stage.analyze.version,
      options: configuration.measures, inputs: [isMeasured ? train.hex : extract.hex])
  }

  /// The key of a stage of a run.
  subscript(stage: Stage) -> StageKey {
    switch stage {
    case .train: train
    case .extract: extract
    case .analyze, .report: analyze
    }
  }

  /// The stages of `asked` that have something to do, given what stands in `folder`.
  ///
  /// Outputs that were removed to free disk are made again only for a later stage that reads
  /// them.
  func due(
    of asked: Set<Stage>, _ manifest: RunManifest, in folder: RunFolder
  ) -> Set<Stage> {
    var due: Set<Stage> = []
    for stage in all.reversed() where asked.contains(stage) {
      guard let done = manifest.stages[stage.rawValue], done.key == self[stage] else {
        due.insert(stage)
        continue
      }
      let isNeeded = done.isFreed == true ? !due.isEmpty : !folder.stands(done)
      if isNeeded { due.insert(stage) }
    }
    return due
  }
}

/// What of a run's features decides what is written.
private struct FeatureOptions: Encodable {
  let epochs: FeatureConfiguration.Epochs
  let layers: FeatureConfiguration.Layers
  let splits: [String]
  /// Absent where every pixel is taken, as before there was a choice, and where no layer that is
  /// taken gives maps: what was written then stands.
  let pooling: FeaturePooling?
  /// Which rule says what a block is; absent where it comes to the layers of the first one, every
  /// ReLU.
  let blocks: Int?

  init(_ configuration: RunConfiguration, data: TrainingData) {
    epochs = configuration.features.epochs
    layers = configuration.features.layers
    splits = configuration.features.splits
    // A network that cannot take the samples has no features at all.
    let network = try? configuration.network.architecture(
      input: data.train.sampleShape, classes: data.train.classCount)
    let givesMaps = layers == .all && network?.blocks.contains { $0.output.rank == 3 } == true
    let asked = configuration.features.pooling
    pooling = givesMaps && asked != .none ? asked : nil
    let features = try? network?.featureLayer
    let rectified = network?.layers.filter { $0.kind == "relu" || $0 == features }
    blocks = layers == .all && rectified != network?.blocks ? 2 : nil
  }
}
