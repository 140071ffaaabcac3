public import CollapseCore

extension PipelineRunner.Plan {
  /// What a run would end with, or all of them where it names none.
  public struct Problem: Sendable {
    public let kind: FailureKind
    public let message: String
    public let run: String?

    fileprivate init(_ error: any Error, run: String?) {
      kind = (error as? any ClassifiedError)?.kind ?? .internalFailure
      message = "\(error)"
      self.run = run
    }
  }

  /// What would keep runs from going on.
  public var problems: [Problem] {
    var problems = runs.compactMap { run in run.problem.map { Problem($0, run: run.name) } }
    do {
      try disk.check(for: runsFolder)
    } catch {
      problems.append(Problem(error, run: nil))
    }
    return problems
  }
}
