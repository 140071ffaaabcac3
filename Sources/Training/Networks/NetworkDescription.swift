public import CollapseCore

/// A network as a value: what YAML names and a checkpoint holds.
///
/// `{kind: mlp, widths: [512, 512, 512], batchNormalization: all}`. Fields that the kind does not
/// use must be absent, unknown ones are refused.
public struct NetworkDescription: Sendable, Hashable {
  /// Where batch normalization stands inside the network: between an affine map (or convolution)
  /// and its ReLU.
  public enum HiddenNormalization: String, Sendable, Hashable, Codable, CaseIterable {
    /// After every affine map but the classifier.
    case all
    /// After the last affine map before the classifier only.
    case last
    case none
  }

  /// A batch normalization directly before the classifier, after the last ReLU or pooling: its
  /// output is the network's feature vector, the setting of Pan & Cao's theorems.
  public enum LastLayerNormalization: String, Sendable, Hashable, Codable, CaseIterable {
    case withShift
    /// A trained scale and no shift, as in the theory.
    case withoutShift
    /// Neither scale nor shift.
    case withoutAffine
    case none
  }

  /// A name from ``NetworkCatalog``, or `custom`.
  public var kind: String
  /// Widths of the hidden layers of an `mlp`, channels of the stages of a `convnet`.
  public var widths: [Int]?
  /// A factor on the number of channels of a convolutional network.
  public var widthMultiplier: Double
  public var batchNormalization: HiddenNormalization
  public var lastLayerBatchNormalization: LastLayerNormalization
  /// Whether the classifier adds a bias.
  public var classifierBias: Bool
  public var initialization: Initialization
  /// The layers of a `custom` network; the last, a dense one, is the classifier.
  public var layers: [LayerDescription]?

  public init(
    kind: String, widths: [Int]? = nil, widthMultiplier: Double = 1,
    batchNormalization: HiddenNormalization = .all,
    lastLayerBatchNormalization: LastLayerNormalization = .none, classifierBias: Bool = true,
    initialization: Initialization = Initialization(), layers: [LayerDescription]? = nil
  ) {
    self.kind = kind
    self.widths = widths
    self.widthMultiplier = widthMultiplier
    self.batchNormalization = batchNormalization
    self.lastLayerBatchNormalization = lastLayerBatchNormalization
    self.classifierBias = classifierBias
    self.initialization = initialization
    self.layers = layers
  }

  /// The layers for samples of shape `input` and `classes` classes; the last is the classifier.
  ///
  /// - Throws: ``TrainingError`` of kind `usage` for an unknown kind, fields it has no use for,
  ///   or an input its layers cannot take.
  public func lowered(input: Shape, classes: Int) throws -> [LayerDescription] {
    guard let entry = NetworkCatalog.entry(named: kind) else {
      throw TrainingError(
        kind: .usage, operation: "build network '\(kind)'",
        reason: "there is none of that name; there are "
          + NetworkCatalog.entries.map(\.name).joined(separator: ", "))
    }
    let layers = try entry.build(self, input, classes)
    let output = try layers.outputShape(for: input)
    guard output == [classes], layers.last?.layer is Dense else {
      throw TrainingError(
        kind: .usage, operation: "build network '\(kind)'",
        reason: "its last layer '\(layers.last?.name ?? "")' gives \(output), expected "
          + "a dense layer with one output for each of \(classes) classes")
    }
    var seen: Set<String> = []
    for name in try layers.names(input: input) where !seen.insert(name).inserted {
      throw TrainingError(
        kind: .usage, operation: "build network '\(kind)'",
        reason: "two of its layers are called '\(name)'")
    }
    return layers
  }

  /// Number of trained numbers.
  public func parameterCount(input: Shape, classes: Int) throws -> Int {
    try lowered(input: input, classes: classes).parameters(input: input)
      .reduce(0) { $0 + $1.parameter.shape.elementCount }
  }

  /// Multiplications and additions of one sample forward, two per product.
  public func operationCount(input: Shape, classes: Int) throws -> Int {
    try lowered(input: input, classes: classes).operationCount(input: input)
  }

  /// The layer whose output is the classifier's input: the network's features.
  public func featureLayer(input: Shape, classes: Int) throws -> String {
    let layers = try lowered(input: input, classes: classes)
    guard layers.count > 1 else {
      throw TrainingError(
        kind: .usage, operation: "find the features of network '\(kind)'",
        reason: "nothing comes before its classifier")
    }
    return layers[layers.count - 2].name
  }
}

extension NetworkDescription: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, widths, widthMultiplier, batchNormalization, lastLayerBatchNormalization
    case classifierBias, initialization, layers
  }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseFields(except: CodingKeys.allCases)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      kind: try container.decode(String.self, forKey: .kind),
      widths: try container.decodeIfPresent([Int].self, forKey: .widths),
      widthMultiplier: try container.value(.widthMultiplier, default: 1),
      batchNormalization: try container.value(.batchNormalization, default: .all),
      lastLayerBatchNormalization: try container.value(
        .lastLayerBatchNormalization, default: .none),
      classifierBias: try container.value(.classifierBias, default: true),
      initialization: try container.value(.initialization, default: Initialization()),
      layers: try container.decodeIfPresent([LayerDescription].self, forKey: .layers))
    try container.require(.widthMultiplier, widthMultiplier, "a positive number, at most 64") {
      $0 > 0 && $0 <= 64
    }
  }
}
