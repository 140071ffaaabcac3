import CollapseCore

/// Residual networks with torchvision's names (`conv1`, `layer1.0.conv1`, …, `fc`) and the stem
/// for small images: one 3×3 convolution without pooling.
///
/// Source: He et al., "Deep Residual Learning for Image Recognition", 2016.
enum ResNet {
  private struct Architecture {
    let blocks: [Int]
    let isBottleneck: Bool
  }

  private static let architectures: [(depth: Int, Architecture)] = [
    (18, Architecture(blocks: [2, 2, 2, 2], isBottleneck: false)),
    (34, Architecture(blocks: [3, 4, 6, 3], isBottleneck: false)),
    (50, Architecture(blocks: [3, 4, 6, 3], isBottleneck: true)),
  ]

  static let entries = architectures.map { depth, architecture in
    NetworkCatalog.Entry(
      name: "resnet\(depth)", summary: "ResNet-\(depth) with the stem for 32×32 images",
      fields: NetworkCatalog.commonFields.union([.widthMultiplier])
    ) { description, _, classes in
      build(architecture, description, classes)
    }
  }

  private static func build(
    _ architecture: Architecture, _ description: NetworkDescription, _ classes: Int
  ) -> [LayerDescription] {
    let units = Units(description)
    let last = architecture.blocks.reduce(0, +)
    var layers = units.unit(
      "conv1", "bn1", description.scaled(64), Window(3, padding: 1), isLast: false)
    layers.append(LayerDescription("relu", ReLU()))
    var inputs = description.scaled(64)
    var done = 0
    for (stage, count) in architecture.blocks.enumerated() {
      let width = description.scaled(64 << stage)
      let outputs = architecture.isBottleneck ? 4 * width : width
      for index in 0..<count {
        done += 1
        let name = "layer\(stage + 1).\(index)"
        let stride = stage > 0 && index == 0 ? 2 : 1
        let body =
          architecture.isBottleneck
          ? units.bottleneck(name, width, outputs, stride, isLast: done == last)
          : units.basic(name, width, stride, isLast: done == last)
        let shortcut =
          stride != 1 || inputs != outputs
          ? units.unit(
            "\(name).downsample.0", "\(name).downsample.1", outputs, Window(1, stride: stride),
            isLast: false) : []
        layers.append(LayerDescription(name, Residual(body: body, shortcut: shortcut)))
        inputs = outputs
      }
    }
    layers.append(LayerDescription("avgpool", GlobalAveragePooling()))
    return layers + description.head(classes: classes, name: "fc")
  }

  /// Convolutions with the normalization the description asks for; without one they have a bias.
  private struct Units {
    private let description: NetworkDescription

    init(_ description: NetworkDescription) { self.description = description }

    func unit(
      _ name: String, _ normalization: String, _ outputs: Int, _ window: Window, isLast: Bool
    ) -> [LayerDescription] {
      let normalizes = description.normalizes(layer: isLast ? 1 : 0, of: 2)
      let convolution = LayerDescription(
        name, Convolution(outputs: outputs, window: window, bias: !normalizes))
      guard normalizes else { return [convolution] }
      return [
        convolution,
        LayerDescription(
          normalization, BatchNormalization(gate: description.normalizationGate)),
      ]
    }

    func basic(
      _ name: String, _ width: Int, _ stride: Int, isLast: Bool
    ) -> [LayerDescription] {
      unit(
        "\(name).conv1", "\(name).bn1", width, Window(3, stride: stride, padding: 1),
        isLast: false)
        + [LayerDescription("\(name).relu", ReLU())]
        + unit("\(name).conv2", "\(name).bn2", width, Window(3, padding: 1), isLast: isLast)
    }

    func bottleneck(
      _ name: String, _ width: Int, _ outputs: Int, _ stride: Int, isLast: Bool
    ) -> [LayerDescription] {
      unit("\(name).conv1", "\(name).bn1", width, Window(1), isLast: false)
        + [LayerDescription("\(name).relu1", ReLU())]
        + unit(
          "\(name).conv2", "\(name).bn2", width, Window(3, stride: stride, padding: 1),
          isLast: false)
        + [LayerDescription("\(name).relu2", ReLU())]
        + unit("\(name).conv3", "\(name).bn3", outputs, Window(1), isLast: isLast)
    }
  }
}
