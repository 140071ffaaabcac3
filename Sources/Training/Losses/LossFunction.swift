import Tensors

/// What training minimizes over the logits z of a batch, averaged over its samples.
///
/// As JSON or YAML a loss is its kind with its own fields: `{kind: crossEntropy,
/// labelSmoothing: 0.1}`.
public enum LossFunction: Sendable, Hashable {
  /// −Σ_c t_c log softmax(z)_c, with t = (1 − s)·onehot + s / C for a label smoothing of s.
  case crossEntropy(labelSmoothing: Double = 0)
  /// (1/C) Σ_c k_c (z_c − t_c)², where t is `target` at the true class and 0 elsewhere, and k is
  /// `weight` at the true class and 1 elsewhere (Hui & Belkin, 2021; both 1 for plain MSE).
  case meanSquaredError(weight: Double = 1, target: Double = 1)
}

extension LossFunction: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, labelSmoothing, weight, target
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(String.self, forKey: .kind) {
    case "crossEntropy":
      try decoder.refuseFields(except: [CodingKeys.kind, .labelSmoothing])
      let smoothing = try container.value(.labelSmoothing, default: 0.0)
      try container.require(
        .labelSmoothing, (0..<1).contains(smoothing), "expected a number in [0, 1)")
      self = .crossEntropy(labelSmoothing: smoothing)
    case "meanSquaredError":
      try decoder.refuseFields(except: [CodingKeys.kind, .weight, .target])
      let weight = try container.value(.weight, default: 1.0)
      let target = try container.value(.target, default: 1.0)
      try container.require(.weight, weight > 0, "expected a positive number")
      try container.require(.target, target > 0, "expected a positive number")
      self = .meanSquaredError(weight: weight, target: target)
    case let kind:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container,
        debugDescription: "unknown loss '\(kind)'; there are crossEntropy, meanSquaredError")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .crossEntropy(let smoothing):
      try container.encode("crossEntropy", forKey: .kind)
      try container.encode(smoothing, forKey: .labelSmoothing)
    case .meanSquaredError(let weight, let target):
      try container.encode("meanSquaredError", forKey: .kind)
      try container.encode(weight, forKey: .weight)
      try container.encode(target, forKey: .target)
    }
  }
}
