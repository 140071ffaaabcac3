import CollapseCore
import LibC

/// Multiplied by a factor whenever so many epochs are done.
struct StepSchedule: ScheduleRule {
  static let kind = "steps"
  static let summary = "multiplied by a factor after each of some epochs"
  static var standard: StepSchedule { StepSchedule(epochs: []) }

  static var fields: [Field<StepSchedule>] {
    [
      Field(
        "epochs", \.epochs, "After how many epochs the rate is multiplied.", range: .positive,
        flag: CommandLineFlag("steps", valueName: "epoch,…", choosesKind: true), isRequired: true),
      Field(
        "factor", \.factor, "By what it is multiplied.", range: .positive,
        flag: CommandLineFlag("step-factor", valueName: "factor")),
    ]
  }

  var epochs: [Int]
  var factor = 0.1

  func rate(initial: Double, epoch: Int, progress: Double) -> Double {
    initial * pow(factor, Double(epochs.count { $0 <= epoch }))
  }
}
