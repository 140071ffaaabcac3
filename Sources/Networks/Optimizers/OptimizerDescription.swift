public import CollapseCore

/// A kind of optimizer: how a gradient becomes a step.
///
/// A new kind is one file with a conformance here and one line in ``OptimizerRegistry``, and one
/// file in the engine that says how it steps.
public protocol OptimizerRule: NamedKind {
  /// The arrays it keeps from step to step, arranged like the parameters.
  var moments: [String] { get }

  /// Whether decay acts beside the step whatever ``WeightDecay/mode`` says.
  static var decouples: Bool { get }
}

extension OptimizerRule {
  public static var decouples: Bool { false }
}

/// Every kind of optimizer there is.
enum OptimizerRegistry {
  static let kinds: [any NamedKind.Type] = [
    SGD.self,
    Adam.self,
    AdamW.self,
  ]
}

/// How a gradient becomes a step, as in PyTorch.
///
/// As JSON or YAML an optimizer is its kind with that kind's fields, `{kind: sgd, momentum: 0.9}`,
/// or the kind alone.
public struct OptimizerDescription: Sendable {
  /// The kind with its parameters.
  public let rule: any OptimizerRule

  /// An optimizer that steps by a rule.
  public init(_ rule: any OptimizerRule) { self.rule = rule }

  /// v ← μ v + g; θ ← θ − η v, or θ − η (g + μ v) with Nesterov's variant.
  public static func sgd(momentum: Double = 0.9, nesterov: Bool = false) -> OptimizerDescription {
    OptimizerDescription(SGD(momentum: momentum, nesterov: nesterov))
  }

  /// Kingma & Ba, 2015, with both moments corrected for their start at zero.
  public static func adam(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> OptimizerDescription {
    OptimizerDescription(Adam(beta1: beta1, beta2: beta2, epsilon: epsilon))
  }

  /// Adam with decoupled weight decay, whatever ``WeightDecay/mode`` says (Loshchilov & Hutter,
  /// 2019).
  public static func adamW(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> OptimizerDescription {
    OptimizerDescription(AdamW(beta1: beta1, beta2: beta2, epsilon: epsilon))
  }

  /// `sgd`, `adam`, ….
  public var kind: String { type(of: rule).kind }

  /// Whether decay acts beside the step whatever ``WeightDecay/mode`` says.
  var decouples: Bool { type(of: rule).decouples }

  /// Numbers kept for each parameter from step to step.
  public var momentCount: Int { rule.moments.count }

  /// Whether decay acts beside the step and not through the gradient.
  package func decouples(_ decay: WeightDecay) -> Bool {
    decouples || decay.mode == .decoupled
  }
}

extension OptimizerDescription: Choice {
  public static let noun = "optimizer"
  public static var kinds: [any NamedKind.Type] { OptimizerRegistry.kinds }

  public init(_ value: any NamedKind, at path: [String]) {
    rule = value as! any OptimizerRule  // one of `kinds`
  }

  public var value: any NamedKind { rule }
}
