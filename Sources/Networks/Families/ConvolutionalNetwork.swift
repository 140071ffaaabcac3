import CollapseCore

/// Two to five stages of 3×3 convolution, ReLU and halving; then the mean over the map and the
/// classifier.
enum ConvolutionalNetwork {
  static let entry = NetworkCatalog.Entry(
    name: "convnet",
    summary: "3×3 convolutions of the given widths (32, 64, 128) with ReLU and max pooling",
    fields: NetworkCatalog.commonFields.union([.widths, .widthMultiplier])
  ) { description, _, classes in
    let widths = description.widths ?? [32, 64, 128]
    guard !widths.isEmpty, widths.allSatisfy({ (1...1 << 16).contains($0) }) else {
      throw description.refuse(
        "'widths' must list the stages' channels, each from 1 to 65536")
    }
    var layers = LayerSequence(prefix: "features")
    for (index, width) in widths.enumerated() {
      let normalizes = description.normalizes(layer: index, of: widths.count)
      layers.append(
        Convolution(outputs: description.scaled(width), window: Window(3, padding: 1)))
      if normalizes { layers.append(BatchNormalization(gate: description.normalizationGate)) }
      layers.append(ReLU())
      layers.append(MaxPooling(Window(2, stride: 2)))
    }
    return layers.layers + [LayerDescription("avgpool", GlobalAveragePooling())]
      + description.head(classes: classes)
  }
}

extension NetworkDescription {
  /// A number of channels times the width multiplier.
  func scaled(_ channels: Int) -> Int {
    max(1, Int((Double(channels) * widthMultiplier).rounded()))
  }
}
