import CollapseCore
import Networks
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// training-benchmark NETWORK [exact|fast] [float32|bfloat16] [THREADS]
//
// Trains NETWORK on random images, batch 128, on two threads unless told. Prints the seconds that
// preparation took; then, for every number read from standard input, takes so many steps and
// prints their seconds.

/// Writes a line at once: whoever reads it waits for it.
func say(_ line: String, to descriptor: Int32 = STDOUT_FILENO) {
  let bytes = Array("\(line)\n".utf8)
  _ = write(descriptor, bytes, bytes.count)
}

let arguments = CommandLine.arguments
guard arguments.count >= 2 else {
  say(
    "usage: training-benchmark mlp|vgg11|resnet18|… [exact|fast] [float32|bfloat16] [THREADS]",
    to: STDERR_FILENO)
  exit(64)
}
let isMLP = arguments[1] == "mlp"
let shape: Shape = isMLP ? [1, 28, 28] : [3, 32, 32]
var random = SeededGenerator(seed: 1)
let count = 128 * 16
let samples = LabeledImages(
  sampleShape: shape,
  pixels: (0..<count * shape.elementCount).map { _ in UInt8(random.next() >> 56) },
  labels: (0..<count).map { Int32($0 % 10) }, classNames: (0..<10).map(String.init))

var options = TrainingOptions()
options.epochs = .max
options.evaluation.everyEpochs = .max
options.learningRate = LearningRate(initial: 0.01)
options.weightDecay = WeightDecay(coefficient: 5e-4)
options.threads = arguments.count > 4 ? Int(arguments[4])! : 2
options.algorithms = arguments.count > 2 && arguments[2] == "exact" ? .exact : .fast
options.precision = arguments.count > 3 ? Precision(rawValue: arguments[3])! : .float32

let clock = ContinuousClock()
var start = clock.now
let trainer = try Trainer(
  network: NetworkDescription(kind: arguments[1], widths: isMLP ? [512, 512, 512] : nil),
  options: options, training: samples, normalization: .centred(channels: shape[0]))
say("\((clock.now - start) / .seconds(1))")

let interruption = Interruption()
var left = readLine().flatMap { Int($0) } ?? 0
if left == 0 { exit(0) }
start = clock.now
try trainer.run(interruption: interruption) { event in
  guard case .step = event else { return }
  left -= 1
  guard left == 0 else { return }
  say("\((clock.now - start) / .seconds(1))")
  left = readLine().flatMap { Int($0) } ?? 0
  if left == 0 { interruption.request() }
  start = clock.now
}
