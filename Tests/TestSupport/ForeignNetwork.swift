public import CollapseCore
public import Networks

/// A small network as other code bases name its arrays: written out by hand for each, so that what
/// is read from the names and shapes can be compared with what is meant.
public struct ForeignNetwork: Sendable, CustomStringConvertible {
  public let name: String
  public var description: String { name }
  /// The layers that are meant; those with arrays have the foreign names.
  public let layers: [LayerDescription]
  /// Before every name in the file.
  public let prefix: String
  /// Layers whose arrays the file leaves out.
  public let hidden: Set<String>
  /// Layers in the file's order, where that is not the order of execution.
  public let order: [String]?

  public init(
    _ name: String, prefix: String = "", hidden: Set<String> = [], order: [String]? = nil,
    _ layers: [LayerDescription]
  ) {
    self.name = name
    self.layers = layers
    self.prefix = prefix
    self.hidden = hidden
    self.order = order
  }

  public static let input: Shape = [3, 8, 8]
  public static let classes = 3

  public func architecture() throws -> Architecture {
    try Architecture(layers, input: Self.input)
  }

  /// Each array: its name in a checkpoint of ours, its name in the file, and its shape.
  public func arrays() throws -> [(ours: String, theirs: String, shape: Shape)] {
    var places = try architecture().allLayers
    if let order {
      places =
        order.map { name in places.first { $0.name == name }! }
        + places.filter { !order.contains($0.name) }
    }
    return places.filter { !hidden.contains($0.name) }.flatMap { place in
      place.parameters.map {
        ("parameters/\(place.name)/\($0.name)", "\(prefix)\(place.name).\($0.name)", $0.shape)
      }
        + place.statistics.map {
          (
            "statistics/\(place.name)/\($0.name)", "\(prefix)\(place.name).\($0.name)",
            Shape([$0.count])
          )
        }
    }
  }
}

/// What a network is written in.
private func convolution(
  _ name: String, _ outputs: Int, _ kernel: Int = 3, stride: Int = 1, bias: Bool = false
) -> LayerDescription {
  LayerDescription(
    name,
    Convolution(
      outputs: outputs, window: Window(kernel, stride: stride, padding: kernel / 2), bias: bias))
}

private func normalization(_ name: String) -> LayerDescription {
  LayerDescription(name, BatchNormalization())
}

private func dense(_ name: String, _ outputs: Int) -> LayerDescription {
  LayerDescription(name, Dense(outputs: outputs))
}

private func relu(_ name: String) -> LayerDescription { LayerDescription("\(name).relu", ReLU()) }

private func mean(_ name: String = "mean") -> LayerDescription {
  LayerDescription(name, GlobalAveragePooling())
}

private func pooling(_ name: String) -> LayerDescription {
  LayerDescription("\(name).pooling", MaxPooling(Window(2, stride: 2)))
}

/// A block of two 3×3 convolutions with the names of its parts.
private func block(
  _ name: String, _ parts: [String], _ outputs: Int, stride: Int = 1, shortcut: [String] = []
) -> LayerDescription {
  let paths = parts.map { "\(name).\($0)" }
  let side = shortcut.map { "\(name).\($0)" }
  return LayerDescription(
    name,
    Residual(
      body: [
        convolution(paths[0], outputs, stride: stride), normalization(paths[1]), relu(paths[0]),
        convolution(paths[2], outputs), normalization(paths[3]),
      ],
      shortcut: side.isEmpty
        ? [] : [convolution(side[0], outputs, 1, stride: stride), normalization(side[1])]))
}

/// A stem, a block of 4 and one of 8 channels, the mean and the classifier.
private func residualNetwork(
  stem: [String], _ stages: [String], _ parts: [String], shortcut: [String], head: String
) -> [LayerDescription] {
  [
    convolution(stem[0], 4), normalization(stem[1]), relu(stem[0]),
    block(stages[0], parts, 4), block(stages[1], parts, 8, stride: 2, shortcut: shortcut),
    mean(), dense(head, ForeignNetwork.classes),
  ]
}

extension ForeignNetwork {
  private static let basic = ["conv1", "bn1", "conv2", "bn2"]

  /// Residual networks whose structure shows in nothing but order, shapes and numbers.
  public static let residual: [ForeignNetwork] = [
    ForeignNetwork(
      "torchvision",
      residualNetwork(
        stem: ["conv1", "bn1"], ["layer1.0", "layer2.0"], basic,
        shortcut: ["downsample.0", "downsample.1"], head: "fc")),
    ForeignNetwork(
      "kuangliu, in parallel modules", prefix: "net.module.",
      residualNetwork(
        stem: ["conv1", "bn1"], ["layer1.0", "layer2.0"], basic,
        shortcut: ["shortcut.0", "shortcut.1"], head: "linear")),
    ForeignNetwork(
      "weiaicunzai, compiled", prefix: "_orig_mod.",
      residualNetwork(
        stem: ["conv1.0", "conv1.1"], ["conv2_x.0", "conv3_x.0"],
        [
          "residual_function.0", "residual_function.1", "residual_function.3",
          "residual_function.4",
        ],
        shortcut: ["shortcut.0", "shortcut.1"], head: "fc")),
    ForeignNetwork(
      "pytorchcv", prefix: "state_dict.",
      residualNetwork(
        stem: ["features.init_block.conv", "features.init_block.bn"],
        ["features.stage1.unit1", "features.stage2.unit1"],
        ["body.conv1.conv", "body.conv1.bn", "body.conv2.conv", "body.conv2.bn"],
        shortcut: ["identity_conv.conv", "identity_conv.bn"], head: "output")),
    ForeignNetwork(
      "Hugging Face, shortcut first",
      order: [
        "resnet.embedder.embedder.convolution", "resnet.embedder.embedder.normalization",
        "resnet.encoder.stages.0.layers.0.layer.0.convolution",
        "resnet.encoder.stages.0.layers.0.layer.0.normalization",
        "resnet.encoder.stages.0.layers.0.layer.1.convolution",
        "resnet.encoder.stages.0.layers.0.layer.1.normalization",
        "resnet.encoder.stages.1.layers.0.shortcut.convolution",
        "resnet.encoder.stages.1.layers.0.shortcut.normalization",
      ],
      residualNetwork(
        stem: [
          "resnet.embedder.embedder.convolution", "resnet.embedder.embedder.normalization",
        ], ["resnet.encoder.stages.0.layers.0", "resnet.encoder.stages.1.layers.0"],
        [
          "layer.0.convolution", "layer.0.normalization", "layer.1.convolution",
          "layer.1.normalization",
        ], shortcut: ["shortcut.convolution", "shortcut.normalization"], head: "classifier.1")),
    ForeignNetwork(
      "akamaster, shortcut without arrays", prefix: "model.", hidden: ["layer2.0.shortcut"],
      [
        convolution("conv1", 4), normalization("bn1"), relu("conv1"),
        block("layer1.0", basic, 4),
        LayerDescription(
          "layer2.0",
          Residual(
            body: [
              convolution("layer2.0.conv1", 8, stride: 2), normalization("layer2.0.bn1"),
              relu("layer2.0.conv1"), convolution("layer2.0.conv2", 8),
              normalization("layer2.0.bn2"),
            ], shortcut: [convolution("layer2.0.shortcut", 8, 1, stride: 2)])), mean(),
        dense("linear", classes),
      ]),
    ForeignNetwork(
      "normalization first, shortcut of what it gives",
      [
        convolution("conv1", 4),
        LayerDescription(
          "layer1.0",
          Residual(
            body: [
              normalization("layer1.0.bn1"), relu("layer1.0.conv1"),
              convolution("layer1.0.conv1", 4), normalization("layer1.0.bn2"),
              relu("layer1.0.conv2"), convolution("layer1.0.conv2", 4),
            ], rectifies: false)), normalization("layer2.0.bn1"), relu("layer2.0.conv1"),
        LayerDescription(
          "layer2.0",
          Residual(
            body: [
              convolution("layer2.0.conv1", 8, stride: 2), normalization("layer2.0.bn2"),
              relu("layer2.0.conv2"), convolution("layer2.0.conv2", 8),
            ], shortcut: [convolution("layer2.0.shortcut.0", 8, 1, stride: 2)], rectifies: false)),
        normalization("bn"), relu("bn"), mean(), dense("linear", classes),
      ]),
    ForeignNetwork(
      "last-layer normalization",
      [
        convolution("conv1", 4), normalization("bn1"), relu("conv1"),
        block("layer1.0", basic, 4), mean(), normalization("norm"), dense("fc", classes),
      ]),
    ForeignNetwork(
      "bottleneck",
      [
        convolution("conv1", 4), normalization("bn1"), relu("conv1"),
        bottleneck("layer1.0", 4, stride: 1), bottleneck("layer2.0", 8, stride: 2), mean(),
        dense("fc", classes),
      ]),
  ]

  private static func bottleneck(_ name: String, _ width: Int, stride: Int) -> LayerDescription {
    func path(_ part: String) -> String { "\(name).\(part)" }
    return LayerDescription(
      name,
      Residual(
        body: [
          convolution(path("conv1"), width, 1), normalization(path("bn1")), relu(path("conv1")),
          convolution(path("conv2"), width, stride: stride), normalization(path("bn2")),
          relu(path("conv2")), convolution(path("conv3"), 4 * width, 1),
          normalization(path("bn3")),
        ],
        shortcut: [
          convolution(path("downsample.0"), 4 * width, 1, stride: stride),
          normalization(path("downsample.1")),
        ]))
  }

  /// Layers one after another.
  public static let chains: [ForeignNetwork] = [
    ForeignNetwork(
      "VGG, one dense layer",
      [
        convolution("features.0", 4, bias: true), normalization("features.1"), relu("features.0"),
        pooling("features.1"), convolution("features.4", 8, bias: true),
        normalization("features.5"), relu("features.4"),
        convolution("features.7", 8, bias: true), normalization("features.8"),
        relu("features.7"), pooling("features.8"), mean(), dense("classifier", classes),
      ]),
    ForeignNetwork(
      "VGG, three dense layers of a 2×2 map, no normalization",
      [
        convolution("features.0", 4, bias: true), relu("features.0"), pooling("features.0"),
        convolution("features.3", 8, bias: true), relu("features.3"), pooling("features.3"),
        LayerDescription("flatten", Flatten()), dense("classifier.0", 6), relu("classifier.0"),
        dense("classifier.3", 6), relu("classifier.3"), dense("classifier.6", classes),
      ]),
    ForeignNetwork(
      "named convolutions, poolings by the size of maps",
      [
        convolution("conv1", 4, bias: true), relu("conv1"), pooling("conv1"),
        convolution("conv2", 5, bias: true), relu("conv2"), pooling("conv2"),
        LayerDescription("flatten", Flatten()), dense("fc1", 7), relu("fc1"),
        dense("fc2", classes),
      ]),
    ForeignNetwork(
      "perceptron, normalization before its ReLU", prefix: "model.",
      [
        LayerDescription("flatten", Flatten()), dense("1", 6), normalization("2"), relu("1"),
        dense("4", 5), normalization("5"), relu("4"), dense("7", classes),
      ]),
    ForeignNetwork(
      "perceptron, normalization after its ReLU", prefix: "net.",
      [
        LayerDescription("flatten", Flatten()), dense("1", 6), relu("1"),
        normalization("3"), dense("4", 5), relu("4"), normalization("6"),
        dense("7", classes),
      ]),
    ForeignNetwork(
      "perceptron by name",
      [
        LayerDescription("flatten", Flatten()), dense("fc1", 6), relu("fc1"), dense("fc2", 5),
        relu("fc2"), dense("fc3", classes),
      ]),
    ForeignNetwork(
      "linear layers without anything between",
      [
        LayerDescription("flatten", Flatten()), dense("0", 6), dense("1", classes),
      ]),
  ]
}
