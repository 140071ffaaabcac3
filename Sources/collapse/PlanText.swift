import CollapseCore
import Pipeline

/// What a dry run says.
enum PlanText {
  /// A line per run with the stages it would do, and what all of them would take.
  ///
  /// - Parameter seconds: what the trainings will take; `nil` where that is not known.
  static func text(_ plan: PipelineRunner.Plan, seconds: Double? = nil) -> String {
    let width = plan.runs.map(\.folder.path.count).max() ?? 0
    var lines = plan.runs.map { run in
      run.folder.path + String(repeating: " ", count: width + 2 - run.folder.path.count)
        + duty(of: run)
    }
    lines.append("")
    lines.append(load(plan.concurrency, of: plan.runs.count))
    let memory = plan.runs.compactMap(\.estimate?.memoryBytes).max()
    if let memory { lines.append("memory: up to \(ByteCount.text(memory)) for a run") }
    if let seconds {
      lines.append(
        "time: about \(Elapsed.text(seconds)) of training, by steps timed on this machine now")
    }
    // Without an estimate nothing is known, which is not nothing.
    let isKnown = plan.runs.contains { $0.estimate != nil }
    if isKnown {
      lines.append(
        "disk: \(ByteCount.text(plan.disk.neededBytes)) to be written (checkpoints "
          + "\(ByteCount.text(plan.disk.checkpointBytes)), features "
          + "\(ByteCount.text(plan.disk.featureBytes)))"
          + (plan.disk.freeBytes.map { ", \(ByteCount.text($0)) free" } ?? ""))
    }
    lines += plan.problems.map { "problem: \($0.message)" + ($0.run.map { " (\($0))" } ?? "") }
    return lines.joined(separator: "\n")
  }

  /// `24 runs, 2 at a time with one thread each`.
  static func load(_ concurrency: Concurrency, of runs: Int) -> String {
    let all = Counted.text(runs, "run")
    guard concurrency.runs > 0 else { return "\(all), nothing to train or measure" }
    let threads = concurrency.threads == 1 ? "one thread" : "\(concurrency.threads) threads"
    return "\(all), \(concurrency.jobs) at a time with \(threads) each"
  }

  private static func duty(of run: PipelineRunner.PlannedRun) -> String {
    guard let due = run.due else { return "cannot be read" }
    let stages = Stage.allCases.filter(due.contains).map(\.rawValue)
    return stages.isEmpty ? "done" : stages.joined(separator: ", ")
  }
}
