import CollapseCore

/// The convolutions of VGG with torchvision's names (`features.0`, …), for small images: the
/// mean over the last map and one classifier stand for its three dense layers.
///
/// Source: Simonyan & Zisserman, "Very Deep Convolutional Networks", 2015, configurations A, B,
/// D and E.
enum VGG {
  /// Channels of the convolutions of each stage; a 2×2 max pooling ends a stage.
  private static let stages: [Int: [[Int]]] = [
    11: [[64], [128], [256, 256], [512, 512], [512, 512]],
    13: [[64, 64], [128, 128], [256, 256], [512, 512], [512, 512]],
    16: [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]],
    19: [
      [64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512, 512, 512, 512],
    ],
  ]

  static let entries = [11, 13, 16, 19].map { depth in
    NetworkCatalog.Entry(
      name: "vgg\(depth)", summary: "VGG-\(depth) with one classifier, for images from 32×32",
      fields: NetworkCatalog.commonFields.union([.widthMultiplier])
    ) { description, input, classes in
      try description.requireImages(of: 1 << stages[depth]!.count, found: input)
      let stages = stages[depth]!
      let count = stages.joined().count
      var layers = LayerSequence(prefix: "features")
      var index = 0
      for stage in stages {
        for channels in stage {
          layers.append(
            Convolution(outputs: description.scaled(channels), window: Window(3, padding: 1)))
          if description.normalizes(layer: index, of: count) {
            layers.append(BatchNormalization(gate: description.normalizationGate))
          }
          layers.append(ReLU())
          index += 1
        }
        layers.append(MaxPooling(Window(2, stride: 2)))
      }
      return layers.layers + [LayerDescription("avgpool", GlobalAveragePooling())]
        + description.head(classes: classes)
    }
  }
}

extension NetworkDescription {
  /// Refuses maps smaller than a network's poolings need, with the way to make them larger.
  func requireImages(of side: Int, found input: Shape) throws {
    guard input.rank == 3, min(input[1], input[2]) < side else { return }
    throw NetworkError(
      operation: "build network '\(kind)' on images of \(input[1])×\(input[2])",
      reason: "it takes them from \(side)×\(side) on: 'dataset.shaping.padTo: \(side)' of a "
        + "pipeline, or '--pad \(side)' of 'collapse train', puts zeros around them")
  }
}
