import CollapseCore
import LibC

/// From the initial rate to the final one along half a cosine, step by step (Loshchilov & Hutter,
/// 2017, without restarts).
struct CosineSchedule: ScheduleRule {
  static let kind = "cosine"
  static let summary = "to the final rate along half a cosine, step by step"
  static let flag: CommandLineFlag? = CommandLineFlag(
    "cosine", sentence: "Bring the learning rate to 0 along half a cosine.")
  static var standard: CosineSchedule { CosineSchedule() }

  static var fields: [Field<CosineSchedule>] {
    [Field("final", \.final, "The rate at the end.", range: .notNegative)]
  }

  var final = 0.0

  func rate(initial: Double, epoch: Int, progress: Double) -> Double {
    final + (initial - final) * (1 + cos(Double.pi * progress)) / 2
  }
}
