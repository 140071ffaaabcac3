import Foundation
import Tensors
import Testing
import Training

/// Training against numbers PyTorch computed from the same weights and batches. They were written
/// by `scripts/compare-parity --width 0.25 --batch 16 --steps 6 --golden …`, which hands PyTorch
/// what its program `parity-trace` made in the same way as the test here.
@Suite struct ParityTests {
  struct Golden: Decodable, CustomTestStringConvertible {
    let network: String
    let width: Double
    let batch: Int
    let steps: Int
    /// Of each step, in training.
    let losses: [Double]
    /// Of the first samples after the last step, in inference.
    let logits: [Double]
    var testDescription: String { network }
  }

  static let goldens: [Golden] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Goldens/parity.json")
    return try! JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
  }()

  /// The tolerances leave room for another order of summation, which values close to a ReLU's
  /// kink magnify from step to step. A mistake of one part in a hundred anywhere in the steps
  /// forward, backward or of the optimizer exceeds them.
  @Test(arguments: goldens) func sameAsPyTorch(_ golden: Golden) throws {
    let shape: Shape = [3, 32, 32]
    let count = golden.batch * golden.steps
    var random = SeededGenerator(seed: 1)
    let samples = LabeledImages(
      sampleShape: shape,
      pixels: (0..<count * shape.elementCount).map { _ in UInt8(random.next() >> 56) },
      labels: (0..<count).map { Int32($0 % 10) }, classNames: (0..<10).map(String.init))
    var options = TrainingOptions()
    options.epochs = 1
    options.batchSize = golden.batch
    options.seed = 1
    options.learningRate = LearningRate(initial: 0.001)
    options.weightDecay = WeightDecay(coefficient: 5e-4)
    options.algorithms = .exact
    let trainer = try Trainer(
      network: NetworkDescription(kind: golden.network, widthMultiplier: golden.width),
      options: options, training: samples, normalization: .centred(channels: 3))
    var losses: [Double] = []
    var sum = 0.0
    let outcome = try trainer.run { event in
      guard case .step(let progress) = event else { return }
      let total = progress.runningLoss * Double(progress.step * golden.batch)
      losses.append((total - sum) / Double(golden.batch))
      sum = total
    }
    for (step, (loss, expected)) in zip(losses, golden.losses).enumerated() {
      #expect(abs(loss - expected) <= 1e-3 * expected, "step \(step + 1)")
    }
    try FeatureExtractor(outcome.checkpoint).extract(
      samples.selecting(Array(0..<golden.batch)), batchSize: golden.batch
    ) { expectClose($0.logits, golden.logits, "logits", tolerance: 1e-2) }
  }
}
