import CollapseCore

/// Dense layers with an activation, ReLU unless said: for widths [512, 512], `features.0` dense, `features.1` batch
/// normalization, `features.2` ReLU, `features.3` dense, …, `classifier`.
enum MultilayerPerceptron {
  static let entry = NetworkCatalog.Entry(
    name: "mlp", summary: "dense layers of the given widths with ReLU, then the classifier",
    fields: NetworkCatalog.commonFields.union([.widths, .activation, .featureActivation])
  ) { description, input, classes in
    guard let widths = description.widths, widths.allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw description.refuse(
        "'widths' must list the hidden layers' widths, each from 1 to 1048576")
    }
    var layers = LayerSequence(prefix: "features")
    var rest: [LayerDescription] = []
    if input.rank > 1 || widths.isEmpty { rest.append(LayerDescription("flatten", Flatten())) }
    for (index, width) in widths.enumerated() {
      layers.append(Dense(outputs: width))
      if description.normalizes(layer: index, of: widths.count) {
        layers.append(BatchNormalization(gate: description.normalizationGate))
      }
      let own = index == widths.count - 1 ? description.featureActivation : nil
      if let activation = (own ?? description.activation ?? .relu).layer {
        layers.append(activation)
      }
    }
    return rest + layers.layers + description.head(classes: classes)
  }
}

/// Layers numbered in the order they are added, as in PyTorch's `Sequential`.
struct LayerSequence {
  private(set) var layers: [LayerDescription] = []
  private let prefix: String

  init(prefix: String) { self.prefix = prefix }

  mutating func append(_ layer: some Layer) {
    layers.append(LayerDescription("\(prefix).\(layers.count)", layer))
  }
}

extension NetworkDescription {
  /// Whether batch normalization follows hidden layer `layer` of `count`.
  func normalizes(layer: Int, of count: Int) -> Bool {
    switch batchNormalization {
    case .all: true
    case .last: layer == count - 1
    case .none: false
    }
  }

  /// The end of every network: last-layer batch normalization if wanted, and the classifier.
  func head(classes: Int, name: String = "classifier") -> [LayerDescription] {
    var layers: [LayerDescription] = []
    if lastLayerBatchNormalization != .none {
      layers.append(
        LayerDescription(
          "normalization",
          BatchNormalization(
            scale: lastLayerBatchNormalization != .withoutAffine,
            shift: lastLayerBatchNormalization == .withShift, gate: normalizationGate)))
    }
    layers.append(
      LayerDescription(
        name, Dense(outputs: classes, bias: classifierBias, frame: classifierFrame)))
    return layers
  }
}
