import CollapseCore
import Networks
import Testing
import Training

/// Numbers of parameters from those torchvision publishes with its weights, with the head and stem
/// for small images in place of its own.
@Suite struct NetworkCatalogTests {
  /// The three dense layers of torchvision's VGG: 25 088–4 096–4 096–1 000.
  static let vggHead = 25_089 * 4_096 + 4_097 * 4_096 + 4_097 * 1_000
  /// What a 7×7 stem has more than a 3×3 one.
  static let resNetStem = 3 * 64 * (49 - 9)

  /// Products of convolutions and the classifier, by hand from the tables of the papers: inputs ×
  /// outputs × kernel × places.
  @Test(
    arguments: [
      (
        "vgg11",
        [
          (3, 64, 9, 1024), (64, 128, 9, 256), (128, 256, 9, 64), (256, 256, 9, 64),
          (256, 512, 9, 16), (512, 512, 9, 16), (512, 512, 9, 4), (512, 512, 9, 4), (512, 10, 1, 1),
        ]
      ),
      (
        "resnet18",
        [(3, 64, 9, 1024)] + Array(repeating: (64, 64, 9, 1024), count: 4)
          + [(64, 128, 9, 256), (64, 128, 1, 256)] + Array(repeating: (128, 128, 9, 256), count: 3)
          + [(128, 256, 9, 64), (128, 256, 1, 64)] + Array(repeating: (256, 256, 9, 64), count: 3)
          + [(256, 512, 9, 16), (256, 512, 1, 16)] + Array(repeating: (512, 512, 9, 16), count: 3)
          + [(512, 10, 1, 1)]
      ),
    ] as [(String, [(Int, Int, Int, Int)])])
  func products(_ kind: String, _ layers: [(Int, Int, Int, Int)]) throws {
    let summary = try NetworkSummary(
      of: NetworkDescription(kind: kind), input: [3, 32, 32], classes: 10)
    let found = summary.layers.filter { ["convolution", "dense"].contains($0.kind) }
      .reduce(0) { $0 + $1.flops }
    #expect(found == layers.reduce(0) { $0 + 2 * $1.0 * $1.1 * $1.2 * $1.3 })
    #expect(
      try summary.flops
        == NetworkDescription(kind: kind).architecture(input: [3, 32, 32], classes: 10)
        .operationCount)
  }

  @Test(arguments: [
    ("vgg11", NetworkDescription.HiddenNormalization.none, 132_863_336 - vggHead + 5_130),
    ("vgg13", .none, 133_047_848 - vggHead + 5_130),
    ("vgg16", .none, 138_357_544 - vggHead + 5_130),
    ("vgg19", .none, 143_667_240 - vggHead + 5_130),
    ("vgg11", .all, 132_868_840 - vggHead + 5_130),
    ("vgg13", .all, 133_053_736 - vggHead + 5_130),
    ("vgg16", .all, 138_365_992 - vggHead + 5_130),
    ("vgg19", .all, 143_678_248 - vggHead + 5_130),
    ("vgg11", .last, 132_863_336 - vggHead + 5_130 + 2 * 512),
    ("resnet18", .all, 11_689_512 - resNetStem - 513_000 + 5_130),
    ("resnet34", .all, 21_797_672 - resNetStem - 513_000 + 5_130),
    ("resnet50", .all, 25_557_032 - resNetStem - 2_049_000 + 20_490),
  ])
  func parameterCounts(
    _ kind: String, _ normalization: NetworkDescription.HiddenNormalization, _ count: Int
  ) throws {
    let network = NetworkDescription(kind: kind, batchNormalization: normalization)
    #expect(try network.architecture(input: [3, 32, 32], classes: 10).parameterCount == count)
  }

  /// Every network of the list compiles, and a small step against its gradient lowers its loss by
  /// what the gradient promises, η ‖g‖²: to some percent, as the loss is curved.
  @Test(arguments: NetworkCatalog.entries.map(\.name).filter { $0 != "custom" })
  func everyNetworkDescends(_ kind: String) throws {
    let architecture = try Self.small(kind).architecture(input: [3, 32, 32], classes: 4)
    let network = try CompiledNetwork(
      architecture, firstBatch: 24, trainable: true, threads: 2, seed: 1)
    try network.initialize(Initialization(), seed: 2)
    let samples = ToySamples.quadrants(count: 24, channels: 3, size: 32)
    let batch = samples.pixels.map { Float($0) / 127.5 - 1 }
    let before = try network.step(batch, labels: samples.labels, loss: .crossEntropy())
    let gradients = try network.gradients()
    let square = gradients.reduce(0.0) { sum, gradient in
      gradient.tensor.values.reduce(sum) { $0 + Double($1) * Double($1) }
    }
    let promised = 1e-3 * before
    let rate = promised / square
    for ((name, value), gradient) in zip(try network.parameters(), gradients) {
      let moved = zip(value.values, gradient.tensor.values).map {
        Float(Double($0) - rate * Double($1))
      }
      try network.set(name, to: Tensor(shape: value.shape, values: moved))
    }
    let after = try network.step(batch, labels: samples.labels, loss: .crossEntropy())
    #expect(
      abs((before - after) / promised - 1) < 0.15, "\(before) to \(after), \(promised) promised")
  }

  /// Every network of the list can be trained, and its checkpoint says how it is read.
  @Test(arguments: NetworkCatalog.entries.map(\.name).filter { $0 != "custom" })
  func everyNetworkIsExtracted(_ kind: String) throws {
    var options = TrainingOptions()
    options.epochs = 1
    options.batchSize = 16
    options.algorithms = .exact
    let samples = ToySamples.quadrants(count: 40, channels: 3, size: 32)
    let trainer = try Trainer(
      network: Self.small(kind), options: options, training: samples,
      normalization: .centred(channels: 3))
    try trainer.run()
    let extractor = try FeatureExtractor(trainer.checkpoint())
    #expect(extractor.layers.last?.shape == [4])
    #expect(try extractor.classifier().classCount == 4)
    var right = 0
    try extractor.extract(samples) { block in
      for (row, index) in block.range.enumerated() {
        let logits = block.logits[row * 4..<(row + 1) * 4]
        right +=
          logits.firstIndex(of: logits.max()!)! - logits.startIndex
            == Int(samples.labels[index]) ? 1 : 0
      }
    }
    #expect(Double(right) / 40 == trainer.metrics?.trainAccuracy)
  }

  private static func small(_ kind: String) -> NetworkDescription {
    NetworkDescription(
      kind: kind, widths: kind == "mlp" ? [12] : nil,
      widthMultiplier: kind == "mlp" ? 1 : 0.0625)
  }

  @Test func stateNames() throws {
    func names(_ kind: String, _ description: (inout NetworkDescription) -> Void = { _ in })
      throws -> [String]
    {
      var network = NetworkDescription(kind: kind)
      description(&network)
      return try network.architecture(input: [3, 32, 32], classes: 10).parameters
        .map { "\($0.layer).\($0.parameter.name)" }
    }
    let vgg = try names("vgg11")
    #expect(
      vgg[..<6] == [
        "features.0.weight", "features.0.bias", "features.1.weight", "features.1.bias",
        "features.4.weight", "features.4.bias",
      ])
    #expect(vgg.contains("features.25.weight") && vgg.last == "classifier.bias")
    let resnet = try names("resnet18")
    for name in [
      "conv1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight",
      "layer2.0.downsample.1.bias", "layer4.1.bn2.weight", "fc.weight",
    ] { #expect(resnet.contains(name), "\(name)") }
    #expect(!resnet.contains("conv1.bias"))
    let last = try names("mlp") {
      $0.widths = [4, 5]
      $0.batchNormalization = .last
      $0.lastLayerBatchNormalization = .withoutShift
    }
    #expect(
      last == [
        "features.0.weight", "features.0.bias", "features.2.weight", "features.2.bias",
        "features.3.weight", "features.3.bias", "normalization.weight", "classifier.weight",
        "classifier.bias",
      ])
  }

  @Test(arguments: [
    (
      NetworkDescription(kind: "vgg12"),
      "cannot build network 'vgg12': there is none of that name; there are mlp, convnet, vgg11, vgg13, vgg16, vgg19, resnet18, resnet34, resnet50, custom"
    ),
    (
      NetworkDescription(kind: "vgg11", widths: [3]),
      "cannot build network 'vgg11': it takes no 'widths'; there are kind, widthMultiplier, batchNormalization, lastLayerBatchNormalization, normalizationGate, classifierBias, classifierFrame, initialization"
    ),
    (
      NetworkDescription(kind: "mlp"),
      "cannot build network 'mlp': 'widths' must list the hidden layers' widths, each from 1 to 1048576"
    ),
    (
      NetworkDescription(kind: "vgg11"),
      "cannot build network 'vgg11' on images of 28×28: it takes them from 32×32 on: 'dataset.shaping.padTo: 32' of a pipeline, or '--pad 32' of 'collapse train', puts zeros around them"
    ),
    (
      NetworkDescription(
        kind: "custom",
        layers: [
          LayerDescription("a", Flatten()), LayerDescription("a", Dense(outputs: 10)),
        ]),
      "cannot build network 'custom': two of its layers are called 'a'"
    ),
  ])
  func refused(_ network: NetworkDescription, _ message: String) {
    let error = #expect(throws: NetworkError.self) {
      try network.architecture(input: [3, 28, 28], classes: 10)
    }
    #expect(error?.description == message)
  }

  /// Rows of an orthogonal weight are orthonormal; a wide one has them, a tall one its columns.
  @Test(arguments: [(5, 9), (9, 5), (7, 7)])
  func orthogonal(_ rows: Int, _ columns: Int) {
    let parameter = LayerParameter(
      "weight", [rows, columns], .weight, fanIn: columns, fanOut: rows)
    let w = Initialization(kind: .orthogonal, scale: 2).values(
      for: parameter, named: "w", seed: 4
    ).values.map { Double($0) / 2 }
    let isWide = rows <= columns
    for a in 0..<min(rows, columns) {
      for b in 0..<min(rows, columns) {
        let product = (0..<max(rows, columns)).reduce(0.0) { sum, k in
          sum
            + (isWide
              ? w[a * columns + k] * w[b * columns + k] : w[k * columns + a] * w[k * columns + b])
        }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-6)
      }
    }
  }
}
