import CollapseCore
import Pipeline

/// What a dry run says.
enum PlanText {
  /// A line per run with the stages it would do, and what all of them would take.
  ///
  /// - Parameter seconds: what the trainings will take; `nil` where that is not known.
  static func text(_ plan: Plan, seconds: Double? = nil) -> String {
    let places = plan.runs.map { $0.folder?.path ?? $0.name }
    let width = places.map(\.count).max() ?? 0
    let digits = String(plan.runs.last?.number ?? 0).count
    var lines = zip(plan.runs, places).map { run, place in
      let number = String(run.number)
      return String(repeating: " ", count: digits - number.count) + number + "  " + place
        + String(repeating: " ", count: width + 2 - place.count) + duty(of: run)
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
    lines += plan.problems.map { problem in
      let count = problem.runs.count
      let extent = count == 0 ? "" : count == 1 ? " (\(problem.runs[0]))" : " (\(count) runs)"
      return "problem: \(problem.message)\(extent)"
    }
    return lines.joined(separator: "\n")
  }

  /// `24 runs, 2 at a time with one thread each`.
  static func load(_ concurrency: Concurrency, of runs: Int) -> String {
    let all = Counted.text(runs, "run")
    guard concurrency.runs > 0 else { return "\(all), nothing to train or measure" }
    let threads = concurrency.threads == 1 ? "one thread" : "\(concurrency.threads) threads"
    return "\(all), \(concurrency.jobs) at a time with \(threads) each"
  }

  private static func duty(of run: PlannedRun) -> String {
    guard let due = run.due else { return "cannot be read" }
    let stages = Stage.allCases.filter(due.contains).map(\.rawValue)
    return stages.isEmpty ? "done" : stages.joined(separator: ", ")
  }
}
