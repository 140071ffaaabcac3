public import CollapseCore

/// A kind of schedule: how the learning rate changes once the warm-up is over.
///
/// A new kind is one file with a conformance, and one line in ``ScheduleRegistry``.
package protocol ScheduleRule: NamedKind {
  /// The rate of a step.
  ///
  /// - Parameters:
  ///   - epoch: epochs done before.
  ///   - progress: the share of the training after the warm-up that is done, 0 to 1.
  func rate(initial: Double, epoch: Int, progress: Double) -> Double
}

/// Every kind of schedule there is.
enum ScheduleRegistry {
  static let kinds: [any NamedKind.Type] = [
    ConstantSchedule.self,
    StepSchedule.self,
    CosineSchedule.self,
  ]
}

extension LearningRate {
  /// How the rate changes from epoch to epoch: as JSON or YAML its kind with that kind's fields,
  /// `{kind: cosine, final: 0}`, or the kind alone.
  public struct Schedule: Sendable {
    let rule: any ScheduleRule

    /// The initial rate to the end.
    public static let constant = Schedule(rule: ConstantSchedule())

    /// Multiplied by `factor` when as many epochs are done as each element says.
    public static func steps(epochs: [Int], factor: Double = 0.1) -> Schedule {
      Schedule(rule: StepSchedule(epochs: epochs, factor: factor))
    }

    /// From the initial rate to `final` along half a cosine, step by step.
    public static func cosine(final: Double = 0) -> Schedule {
      Schedule(rule: CosineSchedule(final: final))
    }
  }
}

extension LearningRate.Schedule: Choice {
  public static let noun = "schedule"
  public static var kinds: [any NamedKind.Type] { ScheduleRegistry.kinds }

  public init(_ value: any NamedKind, at path: [String]) {
    rule = value as! any ScheduleRule  // one of `kinds`
  }

  public var value: any NamedKind { rule }
}
