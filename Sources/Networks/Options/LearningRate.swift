public import CollapseCore

/// The learning rate over the course of training.
///
/// As YAML: `learningRate: {initial: 0.1, schedule: {kind: steps, epochs: [60, 80], factor: 0.1},
/// warmUpEpochs: 5}`.
public struct LearningRate: Sendable, Hashable {
  /// η of the first step after the warm-up.
  public var initial = 0.05
  /// How the rate changes from epoch to epoch.
  public var schedule = Schedule.constant
  /// Epochs over which the rate first rises linearly, step by step, from nearly zero.
  public var warmUpEpochs = 0

  /// A rate that starts at `initial` and follows a schedule, after a warm-up if there is one.
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
    let progress = min(1, (time - warmUp) / max(Double(epochs) - warmUp, 1))
    return schedule.rule.rate(initial: initial, epoch: epoch, progress: progress)
  }
}

extension LearningRate: Configurable {
  public static var standard: LearningRate { LearningRate() }
  public static var bareField: String? { "initial" }

  public static var fields: [Field<LearningRate>] {
    [
      Field(
        "initial", \.initial, "The first rate.", range: .notNegative,
        flag: CommandLineFlag("learning-rate", valueName: "η")),
      Field("schedule", \.schedule, "How the rate changes from epoch to epoch."),
      Field(
        "warmUpEpochs", \.warmUpEpochs,
        "Epochs over which the rate first rises linearly from nearly zero.", range: .notNegative,
        flag: CommandLineFlag("warm-up", valueName: "epochs")),
    ]
  }
}
