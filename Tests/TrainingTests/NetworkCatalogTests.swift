import Tensors
import Testing
import Training

/// Numbers of parameters as torchvision's networks have them, with the head and stem for small
/// images worked out by hand from the same definitions.
@Suite struct NetworkCatalogTests {
  @Test(arguments: [
    // torchvision's vgg11_bn().features has 9 225 984 parameters, vgg16_bn().features 14 723 136.
    ("vgg11", NetworkDescription.HiddenNormalization.all, 9_225_984 + 5_130),
    ("vgg11", .none, 9_220_480 + 5_130),
    ("vgg16", .all, 14_723_136 + 5_130),
    // kuangliu's CIFAR ResNets: 11 173 962, 21 282 122 and 23 520 842.
    ("resnet18", .all, 11_173_962),
    ("resnet34", .all, 21_282_122),
    ("resnet50", .all, 23_520_842),
  ])
  func parameterCounts(
    _ kind: String, _ normalization: NetworkDescription.HiddenNormalization, _ count: Int
  ) throws {
    let network = NetworkDescription(kind: kind, batchNormalization: normalization)
    #expect(try network.parameterCount(input: [3, 32, 32], classes: 10) == count)
  }

  /// Every network of the list compiles, and takes a step that lowers its loss.
  @Test(arguments: NetworkCatalog.entries.map(\.name).filter { $0 != "custom" })
  func everyNetworkLearns(_ kind: String) throws {
    let network = NetworkDescription(
      kind: kind, widths: kind == "mlp" ? [12] : nil,
      widthMultiplier: kind == "mlp" ? 1 : 0.0625)
    var options = TrainingOptions()
    options.epochs = 1
    options.batchSize = 16
    options.learningRate = LearningRate(initial: 0.01)
    let samples = ToySamples.quadrants(count: 40, channels: 3, size: 32)
    let trainer = try Trainer(
      network: network, options: options, training: samples,
      normalization: .centred(channels: 3))
    try trainer.run()
    #expect(trainer.metrics!.trainLoss!.isFinite)
    let extractor = try FeatureExtractor(trainer.checkpoint())
    #expect(extractor.layers.last?.shape == [4])
    #expect(try extractor.classifier().classCount == 4)
  }

  @Test func stateNames() throws {
    func names(_ kind: String, _ description: (inout NetworkDescription) -> Void = { _ in })
      throws -> [String]
    {
      var network = NetworkDescription(kind: kind)
      description(&network)
      let layers = try network.lowered(input: [3, 32, 32], classes: 10)
      return try layers.parameters(input: [3, 32, 32]).map { "\($0.layer).\($0.parameter.name)" }
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
      "cannot build network 'vgg11': it takes no 'widths'; 'widthMultiplier' scales its channels"
    ),
    (
      NetworkDescription(kind: "mlp"),
      "cannot build network 'mlp': 'widths' must list the hidden layers' widths, each from 1 to 1048576"
    ),
    (
      NetworkDescription(kind: "vgg11"),
      "cannot build a layer 'maxPooling' on inputs of shape 512×1×1: its window of 2×2 finds no place on the map"
    ),
  ])
  func refused(_ network: NetworkDescription, _ message: String) {
    let error = #expect(throws: TrainingError.self) {
      try network.lowered(input: [3, 28, 28], classes: 10)
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
