import CollapseCore

/// The penalty ½ λ ‖θ‖² on parameters, or its counterpart that shrinks them directly.
public struct WeightDecay: Sendable, Hashable {
  public enum Scope: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every trained array: weights, biases, and the scales and shifts of normalizations.
    case all
    /// Matrices and kernels only.
    case weights
  }

  public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
    /// λ θ is added to the gradient, before momentum and Adam's scaling (L2 regularization).
    case coupled
    /// θ is multiplied by 1 − η λ beside the step (Loshchilov & Hutter, 2019).
    case decoupled
  }

  /// λ.
  public var coefficient = 0.0
  public var appliesTo = Scope.all
  public var mode = Mode.coupled
  /// λ of the classifier's arrays (its bias only with the scope `all`); absent: `coefficient`.
  public var classifier: Double?
  /// λ of the scales and shifts of normalizations, whatever the scope; absent: `coefficient`
  /// with the scope `all`, else zero.
  public var normalization: Double?

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

extension WeightDecay: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case coefficient, appliesTo, mode, classifier, normalization
  }

  /// A bare number is the coefficient, with all else at its default.
  public init(from decoder: any Decoder) throws {
    if let number = try? decoder.singleValueContainer().decode(Double.self) {
      self.init(coefficient: number)
      guard number >= 0, number.isFinite else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: "expected no negative number, found \(number)"))
      }
      return
    }
    try decoder.refuseFields(except: CodingKeys.allCases)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      coefficient: try container.value(.coefficient, default: 0),
      appliesTo: try container.value(.appliesTo, default: .all),
      mode: try container.value(.mode, default: .coupled),
      classifier: try container.decodeIfPresent(Double.self, forKey: .classifier),
      normalization: try container.decodeIfPresent(Double.self, forKey: .normalization))
    for (key, lambda) in [
      (CodingKeys.coefficient, coefficient), (.classifier, classifier),
      (.normalization, normalization),
    ] {
      try container.require(key, lambda, "no negative number") { $0 >= 0 && $0.isFinite }
    }
  }
}
