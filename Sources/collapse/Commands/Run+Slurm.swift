import CollapseCore
import Pipeline

extension PipelineEvent {
  /// Whether the report was made, here and not by its job.
  var isOfReport: Bool {
    if case .stageFinished(_, .report, _) = self { true } else { false }
  }
}

extension Run {
  /// Submits the points that are left and follows them, unless asked not to.
  ///
  /// - Returns: why points failed, by the names of their runs; `nil` where the jobs go on and there is
  ///   nothing more to do here.
  func submit(_ runner: PipelineRunner, _ display: PipelineDisplay) throws -> [String: String]? {
    let slurm = try Slurm.find()
    let options = try cluster.options()
    var words = ["--data-folder", dataFolder.path]
    if algorithms.noAlgorithmCache { words.append("--no-algorithm-cache") }
    for stage in onlyStage where stage != .report { words += ["--only-stage", stage.rawValue] }
    let executor = SlurmExecutor(
      runner, slurm, options: options, arguments: words, command: CommandLineText.repeatable)
    guard let submitted = try executor.submit() else {
      Terminal.shared.note("no point is left to do")
      return [:]
    }
    tell(submitted, runner)
    let pipeline = runner.pipeline.name
    let look =
      "'collapse runs \(pipeline)' shows them, 'collapse runs cancel \(pipeline)' ends them"
    if cluster.detach {
      Terminal.shared.note("the jobs go on: \(look)")
      return nil
    }
    Terminal.shared.note("Ctrl-C leaves them to themselves: \(look)")
    let outcome = try SlurmWatch(submitted, runner, slurm).follow(
      interruption: .shared, onEvent: display.show)
    Terminal.shared.endProgress()
    if outcome.wasLeft {
      throw Interrupted(
        message: "left: the jobs go on. \(look)"
          + (submitted.submission.report == nil ? "" : "; their report comes after them"))
    }
    return Dictionary(outcome.failures.map { ($0.run, $0.reason) }) { a, _ in a }
  }

  private func tell(_ submitted: SlurmExecutor.Submitted, _ runner: PipelineRunner) {
    let submission = submitted.submission
    let tasks = submission.arrays.reduce(0) { $0 + $1.tasks.count }
    let jobs = submission.arrays.map(\.job).joined(separator: ", ")
    let processors = Counted.text(submitted.processors, "processor")
    Terminal.shared.note(
      "Slurm job \(jobs): \(Counted.text(submission.points.count, "point")) in "
        + "\(Counted.text(tasks, "task")) of \(processors) and "
        + ByteCount.text(submitted.megabytes << 20)
        + (submission.report.map { "; job \($0) makes the report" } ?? ""))
    Terminal.shared.detail("scripts and what Slurm says: \(submitted.folder)")
    Terminal.shared.note(
      "whether the nodes share '\(runner.runsFolder)' and this folder cannot be told from here; one that "
        + "does not says so in \(submitted.folder)")
  }
}
