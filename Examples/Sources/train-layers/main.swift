// Builds a network layer by layer, trains it, and reads its last-layer features.
//
//   swift run -c release --package-path Examples train-layers
import CollapseCore
import Networks
import Training

/// Points on three rings around the origin: no affine map tells them apart.
func rings(perClass: Int, seed: UInt64) -> LabeledPoints {
  var random = SeededGenerator(seed: seed)
  let labels = (0..<3 * perClass).map { Int32($0 % 3) }
  let coordinates = labels.flatMap { label in
    let (x, y) = (random.normal(), random.normal())
    let radius = Double(label + 1) + 0.1 * random.normal()
    let scale = radius / (x * x + y * y).squareRoot()
    return [Float(x * scale), Float(y * scale)]
  }
  return LabeledPoints(
    dimension: 2, coordinates: coordinates, labels: labels,
    classNames: ["inner", "middle", "outer"])
}

// Names are the prefixes of the arrays in checkpoints; the last layer, a dense one, is the
// classifier.
let network = NetworkDescription(
  kind: "custom", initialization: Initialization(kind: .he),
  layers: [
    LayerDescription("input", Dense(outputs: 32)),
    LayerDescription("input.relu", ReLU()),
    LayerDescription(
      "block",
      Residual(body: [
        LayerDescription("block.dense1", Dense(outputs: 32, bias: false)),
        LayerDescription("block.norm", BatchNormalization()),
        LayerDescription("block.relu", ReLU()),
        LayerDescription("block.dense2", Dense(outputs: 32)),
      ])),
    LayerDescription("dropout", Dropout(probability: 0.1)),
    LayerDescription("classifier", Dense(outputs: 3)),
  ])

let training = rings(perClass: 200, seed: 1)
let architecture = try network.architecture(input: training.sampleShape, classes: 3)
for layer in architecture.allLayers {
  let indent = String(repeating: "  ", count: layer.depth)
  print("\(indent)\(layer.name): \(layer.kind), \(layer.input) → \(layer.output)")
}
print("\(architecture.parameterCount) parameters")

var options = TrainingOptions()
options.epochs = 40
options.batchSize = 60
options.loss = .crossEntropy()
options.optimizer = .sgd(momentum: 0.9, nesterov: true)
options.learningRate = LearningRate(initial: 0.05, schedule: .cosine(final: 0))
options.weightDecay = WeightDecay(coefficient: 5e-4)

let trainer = try Trainer(
  network: network, options: options, training: training, test: rings(perClass: 50, seed: 2))
let outcome = try trainer.run { event in
  guard case .epochFinished(let metrics) = event, metrics.epoch.isMultiple(of: 10) else { return }
  print("epoch \(metrics.epoch): loss \(metrics.trainLoss!), test \(metrics.testAccuracy!)")
}

// A checkpoint is all that extracting features takes.
let extractor = try FeatureExtractor(outcome.checkpoint)
var rows = 0
try extractor.extract(training) { rows += $0.range.count }
print("\(rows) feature vectors of layer '\(extractor.featureLayer)'")

guard let accuracy = trainer.metrics?.testAccuracy, accuracy > 0.95, rows == training.count else {
  fatalError("the network did not learn the rings")
}
