import CollapseCore
import Pipeline

/// A pipeline about a model: its parts as lines, then its verdicts.
struct LaboratorySession {
  let runner: LaboratoryRunner

  /// Says what would be done.
  func showPlan() throws {
    let parts = try runner.plan()
    let width = parts.map(\.name.count).max() ?? 0
    for part in parts {
      let name = part.name + String(repeating: " ", count: width + 2 - part.name.count)
      let duty = part.isDone ? "done" : Counted.text(part.taskCount, "task")
      let reading = part.dataset.map { ", of \($0)" } ?? ""
      let rest = part.obstacle.map { "; left out: \($0)" } ?? ""
      StandardOutput.print("\(name)\(duty): \(part.caption)\(reading)\(rest)")
    }
    let rest = parts.contains { $0.dataset != nil } ? "" : ", without data"
    StandardOutput.print("\n\(Counted.text(runner.threads, "task")) at a time\(rest)")
  }

  /// Does it, and prints the verdicts.
  func run(printsJSON: Bool) throws {
    let outcome: LaboratoryRunner.Outcome
    do {
      outcome = try runner.run(interruption: .shared, onEvent: show)
    } catch is WorkInterrupted {
      Terminal.shared.endProgress()
      throw Interrupted(message: "stopped; the same command continues")
    }
    Terminal.shared.endProgress()
    if printsJSON {
      StandardOutput.print(outcome.verdictJSON)
    } else if !Terminal.shared.isQuiet {
      StandardOutput.print(outcome.verdictText)
      StandardOutput.print("\nreport: \(outcome.page)")
    }
  }

  private func show(_ event: LaboratoryRunner.Event) {
    switch event {
    case .partStarted(let part, let index, let count):
      Terminal.shared.note(
        "[\(index)/\(count)] \(part.name): \(part.caption)"
          + (part.isDone
            ? ", done before, nothing changed" : part.obstacle.map { "; left out: \($0)" } ?? ""))
    case .tasksDone(let done, let count):
      Terminal.shared.progress("  \(done) of \(count) tasks")
    case .partFinished(let part, let seconds):
      Terminal.shared.note("  \(part.name): \(Elapsed.text(seconds))")
    }
  }
}
