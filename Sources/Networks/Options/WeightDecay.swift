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

  /// Decay by λ = `coefficient`, with another λ for the classifier or for normalizations if given.
  public init(
    coefficient: Double = 0, appliesTo: Scope = .all, mode: Mode = .coupled,
    classifier: Double? = nil, normalization: Double? = nil
  ) {
    self.coefficient = coefficient
    self.appliesTo = appliesTo
    self.mode = mode
    self.classifier = classifier
    self.normalization = normalization
  }

  /// λ of the classifier's W: the one that figures and the theory of the last layer speak of.
  public var ofClassifier: Double { classifier ?? coefficient }

  /// λ of one array: the classifier's, a normalization's, or that of the rest.
  package func coefficient(role: ParameterRole, isClassifier: Bool) -> Double {
    switch role {
    case .scale, .shift:
      return normalization ?? (appliesTo == .all ? coefficient : 0)
    case .bias where appliesTo == .weights:
      return 0
    case .weight, .bias:
      return isClassifier ? ofClassifier : coefficient
    }
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
    ]
  }
}
