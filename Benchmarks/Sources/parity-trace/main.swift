import CollapseCore
import Foundation
import Networks
import Training

// parity-trace NETWORK WIDTH BATCH STEPS RATE FOLDER
//
// Trains NETWORK (its channels times WIDTH) for one epoch of STEPS batches of patchwork images
// in float32 with learning rate RATE by exact algorithms, and writes what another framework needs to do the same, and
// what came out, to FOLDER:
//
//   trace.json      names and shapes of the parameters and running moments, the losses of all
//                   steps, and the logits of a batch after them, in inference
//   start.f32       the first values of the parameters, one after another
//   end.f32         parameters and running moments after the last step
//   images.u8       the batches in the order of the steps, then the batch of the logits
//   labels.i32      the labels of the batches

guard CommandLine.arguments.count == 7, let width = Double(CommandLine.arguments[2]),
  let batch = Int(CommandLine.arguments[3]), let steps = Int(CommandLine.arguments[4]),
  let learningRate = Double(CommandLine.arguments[5])
else {
  FileHandle.standardError.write(
    Data("usage: parity-trace NETWORK WIDTH BATCH STEPS RATE FOLDER\n".utf8))
  exit(64)
}
let folder = URL(filePath: CommandLine.arguments[6])
let size = 3 * 32 * 32
let samples = patchworks(count: batch * steps)

var options = TrainingOptions()
options.epochs = 1
options.batchSize = batch
options.seed = 1
options.learningRate = LearningRate(initial: learningRate)
options.weightDecay = WeightDecay(coefficient: 5e-4)
options.evaluation.batchSize = batch
options.algorithms = .exact
let trainer = try Trainer(
  network: NetworkDescription(kind: CommandLine.arguments[1], widthMultiplier: width),
  options: options, training: samples, normalization: .centred(channels: 3))
let start = try trainer.checkpoint()

var losses: [Double] = []
var sum = 0.0
let outcome = try trainer.run { event in
  guard case .step(let progress) = event else { return }
  let total = progress.runningLoss * Double(progress.step * batch)
  losses.append((total - sum) / Double(batch))
  sum = total
}
var logits: [Float] = []
try FeatureExtractor(outcome.checkpoint).extract(
  samples.selecting(Array(0..<batch)), batchSize: batch
) { logits = $0.logits }

/// Images of 4 × 4 coloured patches, half of each colour its class's, with some noise. Images of
/// noise alone are all the same to the deep layers, whose normalization then magnifies rounding
/// errors along with what little they differ in.
func patchworks(count: Int) -> LabeledImages {
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

struct Trace: Encodable {
  struct Array: Encodable {
    let name: String
    let shape: [Int]
  }
  let start: [Array]
  let end: [Array]
  let losses: [Double]
  let logits: [Float]
}

/// Writes the tensors under `prefixes` to `file` and lists them by the names PyTorch has.
func write(_ checkpoint: NamedTensors, _ prefixes: [String], to file: String) throws
  -> [Trace.Array]
{
  var bytes = Data()
  var arrays: [Trace.Array] = []
  for prefix in prefixes {
    for name in checkpoint.names where name.hasPrefix(prefix) {
      let tensor = checkpoint[name]!
      tensor.values.withUnsafeBytes { bytes.append(contentsOf: $0) }
      arrays.append(
        .init(
          name: String(name.dropFirst(prefix.count).map { $0 == "/" ? "." : $0 }),
          shape: tensor.shape.dimensions))
    }
  }
  try bytes.write(to: folder.appending(path: file))
  return arrays
}

var generator = SeededGenerator(seed: options.seed, stream: "order/0")
let order = generator.permutation(samples.count)
var bytes = Data()
for index in order + Array(0..<batch) {
  bytes.append(contentsOf: samples.pixels[index * size..<(index + 1) * size])
}
var labels = Data()
for index in order {
  withUnsafeBytes(of: samples.labels[index]) { labels.append(contentsOf: $0) }
}
try bytes.write(to: folder.appending(path: "images.u8"))
try labels.write(to: folder.appending(path: "labels.i32"))
try JSONEncoder().encode(
  Trace(
    start: write(start, ["parameters/"], to: "start.f32"),
    end: write(outcome.checkpoint, ["parameters/", "statistics/"], to: "end.f32"),
    losses: losses, logits: logits)
).write(to: folder.appending(path: "trace.json"))
