import Tensors

/// Loss and accuracy of a network in inference mode.
final class Evaluator {
  private let network: CompiledNetwork
  private let loss: LossFunction
  private let normalization: ChannelNormalization?
  private let batchSize: Int

  /// Compiles the plans for all of `samples`.
  init(
    _ network: CompiledNetwork, loss: LossFunction, normalization: ChannelNormalization?,
    batchSize: Int, samples: [any LabeledSamples]
  ) throws {
    self.network = network
    self.loss = loss
    self.normalization = normalization
    self.batchSize = batchSize
    for samples in samples {
      if samples.count >= batchSize { _ = try network.inferencePlan(batch: batchSize) }
      let rest = samples.count % batchSize
      if rest > 0 { _ = try network.inferencePlan(batch: rest) }
    }
  }

  /// Means over all samples, in their order.
  func evaluate(
    _ samples: any LabeledSamples, epoch: Int
  ) throws -> (loss: Double, accuracy: Double) {
    let feeder = BatchFeeder(samples, normalization: normalization, batchSize: batchSize)
    var total = LossSum()
    try feeder.forEach(of: Array(0..<samples.count)) { _, batch in
      let plan = try network.inferencePlan(batch: batch.count)
      try plan.input.bind(to: batch.samples)
      try plan.runForward()
      let sum = loss.evaluate(
        plan.logits.floats, labels: batch.usedLabels, classes: network.classes, gradient: nil)
      guard sum.loss.isFinite else {
        throw TrainingDivergence(
          epoch: epoch, step: nil, loss: sum.loss, layer: plan.firstNonFiniteLayer(network.store))
      }
      total += sum
      return true
    }
    let count = Double(max(samples.count, 1))
    return (total.loss / count, Double(total.correct) / count)
  }
}
