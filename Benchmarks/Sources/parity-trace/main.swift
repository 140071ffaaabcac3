import Foundation
import Tensors
import Training

// parity-trace NETWORK WIDTH BATCH STEPS FOLDER
//
// Trains NETWORK (its channels times WIDTH) for one epoch of STEPS batches of random 32×32 images
// in float32 by exact algorithms, and writes what another framework needs to do the same, and
// what came out, to FOLDER:
//
//   trace.json      names and shapes of the parameters and running moments, the losses of all
//                   steps, and the logits of a batch after them, in inference
//   start.f32       the first values of the parameters, one after another
//   end.f32         parameters and running moments after the last step
//   images.u8       the batches in the order of the steps, then the batch of the logits
//   labels.i32      the labels of the batches

guard CommandLine.arguments.count == 6, let width = Double(CommandLine.arguments[2]),
  let batch = Int(CommandLine.arguments[3]), let steps = Int(CommandLine.arguments[4])
else {
  FileHandle.standardError.write(
    Data("usage: parity-trace NETWORK WIDTH BATCH STEPS FOLDER\n".utf8))
  exit(64)
}
let folder = URL(filePath: CommandLine.arguments[5])
let shape: Shape = [3, 32, 32]
let size = shape.elementCount
var random = SeededGenerator(seed: 1)
let samples = LabeledImages(
  sampleShape: shape,
  pixels: (0..<batch * steps * size).map { _ in UInt8(random.next() >> 56) },
  labels: (0..<batch * steps).map { Int32($0 % 10) }, classNames: (0..<10).map(String.init))

var options = TrainingOptions()
options.epochs = 1
options.batchSize = batch
options.seed = 1
options.learningRate = LearningRate(initial: 0.001)
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
