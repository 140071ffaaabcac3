import CollapseCore
import Networks
import Training

extension CompiledNetwork {
  /// The layers of a test, as they are listed.
  convenience init(
    layers: [LayerDescription], inputShape: Shape, firstBatch: Int, trainable: Bool,
    precision: Precision = .float32, threads: Int?, seed: UInt64,
    policy: AlgorithmPolicy = .exact, known: AlgorithmChoices = AlgorithmChoices(),
    featureGradient: FeatureGradient = .ofClassifier
  ) throws {
    try self.init(
      Architecture(layers, input: inputShape), firstBatch: firstBatch, trainable: trainable,
      precision: precision, threads: threads, seed: seed, policy: policy, known: known,
      featureGradient: featureGradient)
  }
}
