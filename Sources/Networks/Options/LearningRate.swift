import CollapseCore
import LibC

/// The learning rate over the course of training.
///
/// As YAML: `learningRate: {initial: 0.1, schedule: {kind: steps, epochs: [60, 80], factor: 0.1},
/// warmUpEpochs: 5}`.
public struct LearningRate: Sendable, Hashable {
  /// How the rate changes from epoch to epoch.
  public enum Schedule: Sendable, Hashable {
    case constant
    /// Multiplied by `factor` when as many epochs are done as each element says.
    case steps(epochs: [Int], factor: Double)
    /// From the initial rate to `final` along half a cosine, step by step.
    case cosine(final: Double)
  }

  public var initial = 0.05
  public var schedule = Schedule.constant
  /// Epochs over which the rate first rises linearly, step by step, from nearly zero.
  public var warmUpEpochs = 0

  public init(initial: Double = 0.05, schedule: Schedule = .constant, warmUpEpochs: Int = 0) {
    self.initial = initial
    self.schedule = schedule
    self.warmUpEpochs = warmUpEpochs
  }

  /// The rate of a step.
  ///
  /// - Parameters:
  ///   - epoch: epochs done before.
  ///   - step: steps done in this epoch.
  ///   - steps: steps per epoch.
  ///   - epochs: epochs in all.
  public func rate(epoch: Int, step: Int, steps: Int, epochs: Int) -> Double {
    let time = Double(epoch) + Double(step) / Double(max(steps, 1))
    let warmUp = Double(warmUpEpochs)
    if time < warmUp {
      return initial * (time + 1 / Double(max(steps, 1))) / (warmUp + 1 / Double(max(steps, 1)))
    }
    switch schedule {
    case .constant: return initial
    case .steps(let epochs, let factor):
      return initial * pow(factor, Double(epochs.count { $0 <= epoch }))
    case .cosine(let final):
      let progress = min(1, (time - warmUp) / max(Double(epochs) - warmUp, 1))
      return final + (initial - final) * (1 + cos(Double.pi * progress)) / 2
    }
  }
}

extension LearningRate: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case initial, schedule, warmUpEpochs
  }

  /// A bare number is the initial rate, with all else at its default.
  public init(from decoder: any Decoder) throws {
    if let number = try? decoder.singleValueContainer().decode(Double.self) {
      initial = number
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
    initial = try container.value(.initial, default: 0.05)
    schedule = try container.value(.schedule, default: .constant)
    warmUpEpochs = try container.value(.warmUpEpochs, default: 0)
    try container.require(.initial, initial, "no negative number") { $0 >= 0 && $0.isFinite }
    try container.require(.warmUpEpochs, warmUpEpochs, "no negative number") { $0 >= 0 }
  }
}

extension LearningRate.Schedule: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case kind, epochs, factor, final }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(String.self, forKey: .kind) {
    case "constant":
      try decoder.refuseFields(except: [CodingKeys.kind])
      self = .constant
    case "steps":
      try decoder.refuseFields(except: [CodingKeys.kind, .epochs, .factor])
      self = .steps(
        epochs: try container.decode([Int].self, forKey: .epochs),
        factor: try container.value(.factor, default: 0.1))
      if case .steps(let epochs, let factor) = self {
        try container.require(.epochs, epochs, "positive numbers of epochs") {
          $0.allSatisfy { $0 > 0 }
        }
        try container.require(.factor, factor, "a positive number") { $0 > 0 }
      }
    case "cosine":
      try decoder.refuseFields(except: [CodingKeys.kind, .final])
      let final = try container.value(.final, default: 0.0)
      try container.require(.final, final, "no negative number") { $0 >= 0 }
      self = .cosine(final: final)
    case let kind:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container,
        debugDescription: "unknown schedule '\(kind)'; there are constant, steps, cosine")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .constant: try container.encode("constant", forKey: .kind)
    case .steps(let epochs, let factor):
      try container.encode("steps", forKey: .kind)
      try container.encode(epochs, forKey: .epochs)
      try container.encode(factor, forKey: .factor)
    case .cosine(let final):
      try container.encode("cosine", forKey: .kind)
      try container.encode(final, forKey: .final)
    }
  }
}
