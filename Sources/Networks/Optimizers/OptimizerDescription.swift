import CollapseCore

/// How a gradient becomes a step, as in PyTorch.
public enum OptimizerDescription: Sendable, Hashable {
  /// v ← μ v + g; θ ← θ − η v, or θ − η (g + μ v) with Nesterov's variant.
  case sgd(momentum: Double = 0.9, nesterov: Bool = false)
  /// Kingma & Ba, 2015, with both moments corrected for their start at zero.
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  /// Adam with decoupled weight decay, whatever ``WeightDecay/mode`` says (Loshchilov & Hutter,
  /// 2019).
  case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

  /// Numbers kept for each parameter from step to step.
  public var momentCount: Int {
    switch self {
    case .sgd(let momentum, _): momentum > 0 ? 1 : 0
    case .adam, .adamW: 2
    }
  }

  /// Whether decay acts beside the step and not through the gradient.
  package func decouples(_ decay: WeightDecay) -> Bool {
    if case .adamW = self { return true }
    return decay.mode == .decoupled
  }
}

extension OptimizerDescription: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, momentum, nesterov, beta1, beta2, epsilon
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try container.decode(String.self, forKey: .kind)
    switch kind {
    case "sgd":
      try decoder.refuseFields(except: [CodingKeys.kind, .momentum, .nesterov])
      let momentum = try container.value(.momentum, default: 0.9)
      try container.require(.momentum, momentum, "a number in [0, 1)") { (0..<1).contains($0) }
      self = .sgd(
        momentum: momentum, nesterov: try container.value(.nesterov, default: false))
    case "adam", "adamw":
      try decoder.refuseFields(except: [CodingKeys.kind, .beta1, .beta2, .epsilon])
      let beta1 = try container.value(.beta1, default: 0.9)
      let beta2 = try container.value(.beta2, default: 0.999)
      let epsilon = try container.value(.epsilon, default: 1e-8)
      try container.require(.beta1, beta1, "a number in [0, 1)") { (0..<1).contains($0) }
      try container.require(.beta2, beta2, "a number in [0, 1)") { (0..<1).contains($0) }
      try container.require(.epsilon, epsilon, "a positive number") { $0 > 0 }
      self =
        kind == "adam"
        ? .adam(beta1: beta1, beta2: beta2, epsilon: epsilon)
        : .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon)
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container,
        debugDescription: "unknown optimizer '\(kind)'; there are sgd, adam, adamw")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .sgd(let momentum, let nesterov):
      try container.encode("sgd", forKey: .kind)
      try container.encode(momentum, forKey: .momentum)
      try container.encode(nesterov, forKey: .nesterov)
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
      let isDecoupled = if case .adamW = self { true } else { false }
      try container.encode(isDecoupled ? "adamw" : "adam", forKey: .kind)
      try container.encode(beta1, forKey: .beta1)
      try container.encode(beta2, forKey: .beta2)
      try container.encode(epsilon, forKey: .epsilon)
    }
  }
}
