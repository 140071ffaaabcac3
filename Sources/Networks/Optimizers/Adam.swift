public import CollapseCore

/// Steps by the ratio of the first moment of the gradient and the root of the second, both
/// corrected for their start at zero (Kingma & Ba, 2015).
public struct Adam: OptimizerRule, AdamMoments {
  public static let kind = "adam"
  public static let summary = "θ ← θ − η m̂ / (√v̂ + ε)"
  public static var standard: Adam { Adam() }
  public static var fields: [Field<Adam>] { momentFields }

  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double

  /// The rule with the decays of its two moments, and ε.
  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }
}

/// ``Adam`` with weight decay beside the step, θ ← (1 − η λ) θ (Loshchilov & Hutter, 2019).
public struct AdamW: OptimizerRule, AdamMoments {
  public static let kind = "adamw"
  public static let summary = "adam with decoupled weight decay"
  public static let decouples = true
  public static var standard: AdamW { AdamW() }
  public static var fields: [Field<AdamW>] { momentFields }

  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double

  /// The rule with the decays of its two moments, and ε.
  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }
}

/// What Adam and its variants keep of the gradients.
public protocol AdamMoments: Sendable {
  /// β₁, the decay of the first moment, in 0..<1: m ← β₁ m + (1 − β₁) g.
  var beta1: Double { get set }
  /// β₂, the decay of the second moment, in 0..<1: v ← β₂ v + (1 − β₂) g².
  var beta2: Double { get set }
  /// Added to the root of the second moment.
  var epsilon: Double { get set }
}

extension AdamMoments {
  public var moments: [String] { ["first_moment", "second_moment"] }

  static var momentFields: [Field<Self>] {
    [
      Field("beta1", \.beta1, "The decay of the first moment.", range: .halfOpen(0..<1)),
      Field("beta2", \.beta2, "The decay of the second moment.", range: .halfOpen(0..<1)),
      Field("epsilon", \.epsilon, "Added to the root of the second moment.", range: .positive),
    ]
  }
}
