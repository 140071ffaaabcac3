import CollapseCore
import Foundation
import Networks
import Testing
import Training

/// Training against numbers PyTorch computed from the same weights and batches. They were written
/// by `scripts/compare-parity --width 0.25 --batch 16 --steps 6 --learning-rate 0.001 --golden …`,
/// which hands PyTorch what its program `parity-trace` made in the same way as the test here.
@Suite struct ParityTests {
  struct Golden: Decodable, CustomTestStringConvertible {
    let network: String
    let width: Double
    let batch: Int
    let steps: Int
    let learningRate: Double
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

  /// The tolerances leave room for other orders of summation, which normalizations over few samples
  /// and values close to a ReLU's kink magnify from step to step: with one choice of algorithms the
  /// losses differ by 2e-7, with another by 9e-4. A mistake of a few parts in a hundred anywhere
  /// in the steps forward, backward or of the optimizer exceeds them.
  @Test(arguments: goldens) func sameAsPyTorch(_ golden: Golden) throws {
    let samples = patchworks(count: golden.batch * golden.steps)
    var options = TrainingOptions()
    options.epochs = 1
    options.batchSize = golden.batch
    options.seed = 1
    options.learningRate = LearningRate(initial: golden.learningRate)
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
      #expect(abs(loss - expected) <= 2e-3 * expected, "step \(step + 1)")
    }
    try FeatureExtractor(outcome.checkpoint).extract(
      samples.selecting(Array(0..<golden.batch)), batchSize: golden.batch
    ) { expectClose($0.logits, golden.logits, "logits", tolerance: 1e-2) }
  }

  /// The images of `parity-trace`: 4 × 4 coloured patches, half of each colour its class's.
  private func patchworks(count: Int) -> LabeledImages {
    var random = SeededGenerator(seed: 1)
    func patches() -> [Int] { (0..<3 * 16).map { _ in random.index(below: 256) } }
    let ofClass = (0..<10).map { _ in patches() }
    let labels = (0..<count).map { Int32($0 % 10) }
    var pixels: [UInt8] = []
    for label in labels {
      let own = patches()
      for channel in 0..<3 {
        for y in 0..<32 {
          for x in 0..<32 {
            let patch = channel * 16 + y / 8 * 4 + x / 8
            let colours = 2 * ofClass[Int(label)][patch] + own[patch]
            pixels.append(UInt8((colours + random.index(below: 256)) / 4))
          }
        }
      }
    }
    return LabeledImages(
      sampleShape: [3, 32, 32], pixels: pixels, labels: labels,
      classNames: (0..<10).map(String.init))
  }
}
