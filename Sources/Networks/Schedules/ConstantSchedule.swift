import CollapseCore

/// The initial rate to the end.
struct ConstantSchedule: ScheduleRule {
  static let kind = "constant"
  static let summary = "the initial rate to the end"
  static var standard: ConstantSchedule { ConstantSchedule() }
  static var fields: [Field<ConstantSchedule>] { [] }

  func rate(initial: Double, epoch: Int, progress: Double) -> Double { initial }
}
