public import CollapseCore

/// The penalty ½ λ ‖θ‖² on parameters, or its counterpart that shrinks them directly.
public struct WeightDecay: Sendable, Hashable {
  /// Which trained arrays decay.
  public enum Scope: String, FieldValue, CaseIterable {
    /// Every trained array: weights, biases, and the scales and shifts of normalizations.
    case all
    /// Matrices and kernels only.
    case weights
  }

  /// How the decay acts on them.
  public enum Mode: String, FieldValue, CaseIterable {
    /// λ θ is added to the gradient, before momentum and Adam's scaling (L2 regularization).
    case coupled
    /// θ is multiplied by 1 − η λ beside the step (Loshchilov & Hutter, 2019).
    case decoupled
  }

  /// λ.
  public var coefficient = 0.0
  /// Which trained arrays decay.
  public var appliesTo = Scope.all
  /// How the decay acts on them.
  public var mode = Mode.coupled
  /// λ of the classifier's arrays (its bias only with the scope `all`); absent: `coefficient`.
  public var classifier: Double?
  /// λ of the scales and shifts of normalizations, whatever the scope; absent: `coefficient`
  /// with the scope `all`, else zero.
  public var normalization: Double?
  /// λ of all biases, whatever the scope; absent: that of their layer with the scope `all`, else
  /// zero.
  public var bias: Double?
  /// λ of single layers, by their names.
  public var layers: [LayerDecay]?

  /// Decay by λ = `coefficient`, with another λ for the classifier, for normalizations, for biases or
  /// for layers if given.
  public init(
    coefficient: Double = 0, appliesTo: Scope = .all, mode: Mode = .coupled,
    classifier: Double? = nil, normalization: Double? = nil, bias: Double? = nil,
    layers: [LayerDecay]? = nil
  ) {
    self.coefficient = coefficient
    self.appliesTo = appliesTo
    self.mode = mode
    self.classifier = classifier
    self.normalization = normalization
    self.bias = bias
    self.layers = layers
  }

  /// λ of the classifier's W: the one that figures and the theory of the last layer speak of.
  public var ofClassifier: Double { classifier ?? coefficient }

  /// Whether anything decays.
  package var isAnywhere: Bool {
    ([coefficient, classifier, normalization, bias] + (layers ?? []).map(\.coefficient))
      .contains { ($0 ?? 0) > 0 }
  }

  /// λ of one array of the layer called `layer`: its layer's if that is named; a bias's, a
  /// normalization's, the classifier's, or that of the rest.
  package func coefficient(role: ParameterRole, layer: String, isClassifier: Bool) -> Double {
    let ofLayer = layers?.first { $0.layer == layer }?.coefficient
    switch role {
    case .scale, .shift:
      return ofLayer ?? normalization ?? (appliesTo == .all ? coefficient : 0)
    case .bias:
      if let bias { return bias }
      return appliesTo == .weights ? 0 : ofLayer ?? (isClassifier ? ofClassifier : coefficient)
    case .weight:
      return ofLayer ?? (isClassifier ? ofClassifier : coefficient)
    }
  }

  /// Checks that the layers it names are there, and that the classifier is not among them: there is
  /// a field for that, which reports read.
  ///
  /// - Throws: ``NetworkError`` of kind `usage`.
  package func check(against architecture: Architecture) throws(NetworkError) {
    let names = architecture.allLayers.filter { !$0.parameters.isEmpty }.map(\.name)
    for layer in layers ?? [] {
      guard names.contains(layer.layer) else {
        throw NetworkError(
          operation: "decay layers by their names",
          reason: "no layer with parameters is called '\(layer.layer)'; there are "
            + names.joined(separator: ", "))
      }
      guard layer.layer != architecture.layers.last?.name else {
        throw NetworkError(
          operation: "decay layers by their names",
          reason: "'\(layer.layer)' is the classifier; its decay is 'classifier'")
      }
    }
  }
}

/// Another λ for the arrays of one layer.
public struct LayerDecay: Sendable, Hashable {
  /// The layer's name: `features.0`.
  public var layer: String
  /// λ.
  public var coefficient: Double

  /// λ of the layer called `layer`.
  public init(_ layer: String, _ coefficient: Double) {
    self.layer = layer
    self.coefficient = coefficient
  }
}

extension LayerDecay: Configurable {
  public static var standard: LayerDecay { LayerDecay("", 0) }

  public static var fields: [Field<LayerDecay>] {
    [
      Field("layer", \.layer, "The layer's name, as in checkpoints.", isRequired: true),
      Field(
        "coefficient", \.coefficient, "λ of its arrays.", range: .notNegative, isRequired: true),
    ]
  }
}

extension WeightDecay: Configurable {
  public static var standard: WeightDecay { WeightDecay() }
  public static var bareField: String? { "coefficient" }

  public static var fields: [Field<WeightDecay>] {
    [
      Field(
        "coefficient", \.coefficient, "λ of the penalty λ/2 ‖parameters‖².", range: .notNegative,
        flag: CommandLineFlag("weight-decay", valueName: "λ")),
      Field(
        "appliesTo", \.appliesTo, "All trained arrays, or matrices and kernels only.",
        flag: CommandLineFlag("decay-scope", valueName: "scope")),
      Field(
        "mode", \.mode, "As a part of the gradient, or beside the step; adamw is decoupled.",
        flag: CommandLineFlag("decay-mode", valueName: "mode")),
      Field(
        "classifier", \.classifier, "Another λ for the classifier's arrays.", range: .notNegative,
        flag: CommandLineFlag("classifier-decay", valueName: "λ"), absence: "coefficient"),
      Field(
        "normalization", \.normalization, "Another λ for scales and shifts of normalizations.",
        range: .notNegative, flag: CommandLineFlag("normalization-decay", valueName: "λ"),
        absence: "coefficient, or 0 where only weights decay"),
      Field(
        "bias", \.bias, "Another λ for all biases.", range: .notNegative,
        flag: CommandLineFlag("bias-decay", valueName: "λ"),
        absence: "that of their layer, or 0 where only weights decay"),
      Field(
        "layers", \.layers, "Another λ for single layers, by their names.", absence: "none"),
    ]
  }

  public func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    var seen: Set<String> = []
    for layer in layers ?? [] where !seen.insert(layer.layer).inserted {
      throw stated.fault("layers", "'\(layer.layer)' is named twice")
    }
  }
}
