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

  public var momentum: Double
  public var nesterov: Bool

  public init(momentum: Double = 0.9, nesterov: Bool = false) {
    self.momentum = momentum
    self.nesterov = nesterov
  }

  public var moments: [String] { momentum > 0 ? ["momentum"] : [] }
}
