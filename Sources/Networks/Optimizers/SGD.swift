public import CollapseCore

/// v ← μ v + g; θ ← θ − η v, or θ − η (g + μ v) with Nesterov's variant.
public struct SGD: OptimizerRule {
  public static let kind = "sgd"
  public static let summary = "v ← μ v + g, θ ← θ − η v"
  public static var standard: SGD { SGD() }

  public static var fields: [Field<SGD>] {
    [
      Field(
        "momentum", \.momentum, "μ of v ← μ v + gradient.", range: .halfOpen(0..<1),
        flag: CommandLineFlag("momentum", valueName: "μ")),
      Field(
        "nesterov", \.nesterov, "Whether the step looks ahead: θ ← θ − η (g + μ v).",
        flag: CommandLineFlag("nesterov")),
    ]
  }

  /// μ, the share of the last velocity that is kept, in 0..<1; 0 for plain gradient descent.
  public var momentum: Double
  /// Whether the step looks ahead: θ ← θ − η (g + μ v).
  public var nesterov: Bool

  /// Gradient descent with momentum μ; Nesterov's variant where asked for.
  public init(momentum: Double = 0.9, nesterov: Bool = false) {
    self.momentum = momentum
    self.nesterov = nesterov
  }

  public var moments: [String] { momentum > 0 ? ["momentum"] : [] }
}
