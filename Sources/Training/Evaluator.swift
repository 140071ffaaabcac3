import CollapseCore
import Networks

/// Loss and accuracy of a network in inference mode.
final class Evaluator {
  private let network: CompiledNetwork
  private let objective: Objective
  private let normalization: ChannelNormalization?
  private let batchSize: Int

  /// Compiles the plans for all of `samples`.
  init(
    _ network: CompiledNetwork, objective: Objective, normalization: ChannelNormalization?,
    batchSize: Int, samples: [any LabeledSamples]
  ) throws {
    self.network = network
    self.objective = objective
    self.normalization = normalization
    let batchSize = min(batchSize, max(1, samples.map(\.count).max() ?? 1))
    self.batchSize = batchSize
    try NetworkMemory(inference: network.architecture, batch: batchSize).check()
    for samples in samples {
      if samples.count >= batchSize { _ = try network.inferencePlan(batch: batchSize) }
      let rest = samples.count % batchSize
      if rest > 0 { _ = try network.inferencePlan(batch: rest) }
    }
  }

  /// Means over all samples; `nil` when interrupted between two batches.
  func evaluate(
    _ samples: any LabeledSamples, epoch: Int, _ interruption: Interruption
  ) throws -> (loss: Double, penalty: Double, accuracy: Double)? {
    let feeder = BatchFeeder(samples, normalization: normalization, batchSize: batchSize)
    var total = ObjectiveSum()
    var isComplete = true
    try feeder.forEach(of: order(of: samples.count)) { _, batch in
      if interruption.isRequested {
        isComplete = false
        return false
      }
      let plan = try network.inferencePlan(batch: batch.count)
      try plan.input.bind(to: batch.samples)
      try plan.runForward()
      let sum = objective.evaluate(plan.outputs(labels: batch.usedLabels))
      guard (sum.loss + sum.penalty).isFinite else {
        throw TrainingDivergence(
          epoch: epoch, step: nil, loss: sum.loss,
          layer: try plan.firstNonFiniteLayer())
      }
      total += sum
      return true
    }
    guard isComplete else { return nil }
    let count = Double(max(samples.count, 1))
    return (total.loss / count, total.penalty / count, Double(total.correct) / count)
  }

  /// As the samples come; where the loss compares the samples of a batch, mixed once and for all,
  /// as sources often come class after class.
  private func order(of count: Int) -> [Int] {
    guard objective.comparesSamples else { return Array(0..<count) }
    var generator = SeededGenerator(seed: 0, stream: "evaluation")
    return generator.permutation(count)
  }
}
