import CollapseCore
import Pipeline

/// The bad files of a batch, after all that could be measured.
enum FailureReport {
  /// Says what is wrong with each and ends the command, unless there are none.
  ///
  /// - Parameter noun: what `count` is of: "files".
  static func throwing(
    _ failures: [AnalysisBatch.Failure], of count: Int, _ noun: String
  ) throws {
    guard let first = failures.first else { return }
    for failure in failures {
      Terminal.shared.error(failure.message + Advice.text(for: failure.choice))
    }
    guard count > 1 else { throw SomeInputsFailed(kind: first.kind) }
    Terminal.shared.message("\(failures.count) of \(count) \(noun) failed")
    throw SomeInputsFailed(kind: .badInput)
  }
}
