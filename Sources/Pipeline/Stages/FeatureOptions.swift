import CollapseCore
import Networks
import Training

/// What of a run's features decides what is written.
struct FeatureOptions: Encodable {
  let epochs: FeatureConfiguration.Epochs
  let layers: FeatureConfiguration.Layers
  let splits: [String]
  /// Absent where every pixel is taken, as before there was a choice, and where no layer that is
  /// taken gives maps: what was written then stands.
  let pooling: FeaturePooling?
  /// Which rule says what a block is; absent where it comes to the layers of the first one, every
  /// ReLU.
  let blocks: Int?
  /// Absent where they are those of inference, as before there was a choice.
  let statistics: NormalizationStatistics?

  init(_ configuration: RunConfiguration, data: DataFacts) {
    epochs = configuration.features.epochs
    layers = configuration.features.layers
    splits = configuration.features.splits
    // A network that cannot take the samples has no features at all.
    let network = try? configuration.network.architecture(
      input: data.sampleShape, classes: data.classCount)
    let givesMaps = layers == .all && network?.blocks.contains { $0.output.rank == 3 } == true
    statistics = configuration.features.statistics == .batch ? .batch : nil
    let asked = configuration.features.pooling
    pooling = givesMaps && asked != .none ? asked : nil
    let features = try? network?.featureLayer
    let rectified = network?.layers.filter { $0.kind == "relu" || $0 == features }
    blocks = layers == .all && rectified != network?.blocks ? 2 : nil
  }
}
