public import CollapseCore

/// A network as a value: what YAML names and a checkpoint holds.
///
/// `{kind: mlp, widths: [512, 512, 512], batchNormalization: all}`. Fields that the kind does not
/// use must be absent, unknown ones are refused.
public struct NetworkDescription: Sendable, Hashable {
  /// Where batch normalization stands inside the network: between an affine map (or convolution)
  /// and its ReLU.
  public enum HiddenNormalization: String, FieldValue, CaseIterable {
    /// After every affine map but the classifier.
    case all
    /// After the last affine map before the classifier only.
    case last
    /// Nowhere inside the network.
    case none
  }

  /// A batch normalization directly before the classifier, after the last ReLU or pooling: its
  /// output is the network's feature vector, the setting of Pan & Cao's theorems.
  public enum LastLayerNormalization: String, FieldValue, CaseIterable {
    /// With a trained scale and a trained shift.
    case withShift
    /// A trained scale and no shift, as in the theory.
    case withoutShift
    /// Neither scale nor shift.
    case withoutAffine
    /// None: the features are what the last ReLU or pooling gives.
    case none
  }

  /// A name from ``NetworkCatalog``, or `custom`.
  public var kind: String
  /// Widths of the hidden layers of an `mlp`, channels of the stages of a `convnet`.
  public var widths: [Int]?
  /// A factor on the number of channels of a convolutional network.
  public var widthMultiplier: Double
  /// Where batch normalization stands inside the network.
  public var batchNormalization: HiddenNormalization
  /// Which batch normalization stands directly before the classifier.
  public var lastLayerBatchNormalization: LastLayerNormalization
  /// What its batch normalizations do with batches whose samples are alike; absent: nothing else
  /// than with others.
  public var normalizationGate: NormalizationGate?
  /// Whether the classifier adds a bias.
  public var classifierBias: Bool
  /// The simplex that the classifier's W is and stays; absent: it is trained.
  public var classifierFrame: FixedFrame?
  /// What follows the hidden layers of an `mlp`; absent: ReLU.
  public var activation: Activation?
  /// What follows the last of them instead.
  public var featureActivation: Activation?
  /// How weights start.
  public var initialization: Initialization
  /// The layers of a `custom` network; the last, a dense one, is the classifier.
  public var layers: [LayerDescription]?

  /// A network of a kind; what its kind does not use must be left out.
  public init(
    kind: String, widths: [Int]? = nil, widthMultiplier: Double = 1,
    batchNormalization: HiddenNormalization = .all,
    lastLayerBatchNormalization: LastLayerNormalization = .none, classifierBias: Bool = true,
    initialization: Initialization = Initialization(), layers: [LayerDescription]? = nil,
    classifierFrame: FixedFrame? = nil, activation: Activation? = nil,
    featureActivation: Activation? = nil, normalizationGate: NormalizationGate? = nil
  ) {
    self.kind = kind
    self.widths = widths
    self.widthMultiplier = widthMultiplier
    self.batchNormalization = batchNormalization
    self.lastLayerBatchNormalization = lastLayerBatchNormalization
    self.classifierBias = classifierBias
    self.initialization = initialization
    self.layers = layers
    self.classifierFrame = classifierFrame
    self.activation = activation
    self.featureActivation = featureActivation
    self.normalizationGate = normalizationGate
  }

  /// The layers for samples of shape `input` and `classes` classes; the last is the classifier.
  ///
  /// - Throws: ``NetworkError`` of kind `usage` for an unknown kind, fields it has no use for, or an
  ///   input its layers cannot take.
  public func architecture(input: Shape, classes: Int) throws -> Architecture {
    let entry = try entry
    for field in FieldName.allCases where field != .kind && !entry.fields.contains(field) {
      try refuseIfStated(field, known: entry.fields)
    }
    if normalizationGate != nil, batchNormalization == .none, lastLayerBatchNormalization == .none {
      throw refuse(
        "'normalizationGate' is for batch normalizations, and there is none: "
          + "'batchNormalization' and 'lastLayerBatchNormalization' are none")
    }
    return try storedArchitecture(input: input, classes: classes)
  }

  /// The same of a checkpoint: fields that its kind of network does not read are passed over, as
  /// they were when it was written.
  package func storedArchitecture(input: Shape, classes: Int) throws -> Architecture {
    let entry = try entry
    guard widthMultiplier > 0, widthMultiplier <= 64 else {
      throw refuse(
        "'widthMultiplier' is \(widthMultiplier), expected a positive number, at most 64")
    }
    let architecture = try Architecture(entry.build(self, input, classes), input: input)
    let last = architecture.layers.last
    guard architecture.output == [classes], last?.description.layer is Dense else {
      throw refuse(
        "its last layer '\(last?.name ?? "")' gives \(architecture.output), expected "
          + "a dense layer with one output for each of \(classes) classes")
    }
    var seen: Set<String> = []
    for layer in architecture.allLayers where !seen.insert(layer.name).inserted {
      throw refuse("two of its layers are called '\(layer.name)'")
    }
    return architecture
  }

  private var entry: NetworkCatalog.Entry {
    get throws(NetworkError) {
      if let entry = NetworkCatalog.entry(named: kind) { return entry }
      throw refuse(
        "there is none of that name; there are "
          + NetworkCatalog.entries.map(\.name).joined(separator: ", "))
    }
  }

  /// The error of a description that makes no network.
  func refuse(_ reason: String) -> NetworkError {
    NetworkError(operation: "build network '\(kind)'", reason: reason)
  }

  /// Refuses a field that this kind of network does not read, where it says anything.
  private func refuseIfStated(_ field: FieldName, known: Set<FieldName>) throws {
    let unstated = NetworkDescription(kind: kind)
    let isStated =
      switch field {
      case .kind: false
      case .widths: widths != nil
      case .widthMultiplier: widthMultiplier != unstated.widthMultiplier
      case .batchNormalization: batchNormalization != unstated.batchNormalization
      case .lastLayerBatchNormalization:
        lastLayerBatchNormalization != unstated.lastLayerBatchNormalization
      case .normalizationGate: normalizationGate != nil
      case .classifierBias: classifierBias != unstated.classifierBias
      case .classifierFrame: classifierFrame != nil
      case .activation: activation != nil
      case .featureActivation: featureActivation != nil
      case .initialization: initialization != unstated.initialization
      case .layers: layers != nil
      }
    guard isStated else { return }
    let names = FieldName.allCases.filter { $0 == .kind || known.contains($0) }.map(\.rawValue)
    throw refuse("it takes no '\(field.rawValue)'; there are \(names.joined(separator: ", "))")
  }
}

extension NetworkDescription {
  /// The fields by name; a kind of network reads some of them.
  package enum FieldName: String, CaseIterable {
    case kind, widths, widthMultiplier, batchNormalization, lastLayerBatchNormalization
    case normalizationGate, classifierBias, classifierFrame, activation, featureActivation,
      initialization, layers
  }
}

extension NetworkDescription: Configurable {
  public static var standard: NetworkDescription { NetworkDescription(kind: "mlp") }
  public static var bareField: String? { "kind" }

  public static var fields: [Field<NetworkDescription>] {
    [
      Field(
        "kind", \.kind, "A network by name, or custom.",
        words: NetworkCatalog.entries.map(\.name), isRequired: true),
      Field(
        "widths", \.widths,
        "Widths of the hidden layers of an mlp, channels of the stages of a convnet.",
        range: .closed(1...1_048_576), flag: CommandLineFlag("widths", valueName: "n,n,…"),
        absence: "the kind's"),
      Field(
        "widthMultiplier", \.widthMultiplier,
        "A factor on the number of channels of a convolutional network.",
        range: .above(0, atMost: 64), flag: CommandLineFlag("width-multiplier", valueName: "factor")
      ),
      Field(
        "batchNormalization", \.batchNormalization,
        "Batch normalization after every affine map but the classifier, the last of them, or none.",
        flag: CommandLineFlag("batch-normalization", valueName: "where")),
      Field(
        "lastLayerBatchNormalization", \.lastLayerBatchNormalization,
        "A batch normalization directly before the classifier, the setting of the theorems.",
        flag: CommandLineFlag("last-layer", valueName: "form")),
      Field(
        "normalizationGate", \.normalizationGate,
        "What its batch normalizations do with batches whose samples are alike.",
        absence: "nothing else than with others"),
      Field(
        "classifierBias", \.classifierBias, "Whether the classifier adds a bias.",
        flag: CommandLineFlag("classifier-bias")),
      Field(
        "classifierFrame", \.classifierFrame,
        "The simplex that the classifier is and stays, not trained and without decay.",
        absence: "the classifier is trained"),
      Field(
        "activation", \.activation, "What follows the hidden layers of an mlp.",
        flag: CommandLineFlag("activation", valueName: "kind"), standard: Activation.relu),
      Field(
        "featureActivation", \.featureActivation, "What follows the last of them instead.",
        flag: CommandLineFlag("feature-activation", valueName: "kind"), absence: "activation"),
      Field("initialization", \.initialization, "How the first parameters are drawn."),
      Field(
        "layers", \.layers, "The layers of a custom network; the last is the classifier.",
        absence: "for custom only"),
    ]
  }
}
