public import CollapseCore
import FoundationEssentials
import LibC
import Networks
import Training

/// Follows what was submitted from outside: by the queue and by what stands in the run folders.
public struct SlurmWatch: Sendable {
  let submission: SlurmSubmission
  /// The points that were asked for, and those of them that were submitted.
  let all: [PlannedRun]
  let runs: [PlannedRun]
  let stages: Set<Stage>
  let slurm: Slurm
  /// The folder of the submission.
  let folder: String

  public init(_ submitted: SlurmExecutor.Submitted, _ runner: PipelineRunner, _ slurm: Slurm) {
    submission = submitted.submission
    all = submitted.plan.runs
    runs = SlurmExecutor.due(submitted.plan)
    stages = runner.stages.subtracting([.report])
    self.slurm = slurm
    folder = submitted.folder
  }

  public struct Outcome: Sendable {
    /// Why points came to no end, by the names of their runs.
    public let failures: [(run: String, reason: String)]
    /// Whether the watching ended before the jobs did.
    public let wasLeft: Bool
  }

  /// What has been told of a run.
  private struct Told {
    var node: String?
    var restarts = 0
    var hasStarted = false
    var isOver = false
    var epoch = 0
    var failure: String?
  }

  /// Tells of the points until none is left in the queue, or until the watching is interrupted:
  /// the jobs go on then.
  ///
  /// - Parameter interval: seconds between looks.
  public func follow(
    interruption: Interruption, every interval: Double = 2,
    onEvent: (PipelineEvent) -> Void
  ) throws -> Outcome {
    onEvent(
      .planned(
        all.map { .init(name: $0.name, operations: $0.estimate?.operations ?? 0) }, nil))
    let numbers = Set(runs.map(\.number))
    for run in all where !numbers.contains(run.number) {
      onEvent(.runStarted(name: run.name, index: run.number, count: all.count))
      for stage in Stage.allCases where stages.contains(stage) {
        onEvent(.stageSkipped(run: run.name, stage))
      }
      onEvent(.runEnded(name: run.name))
    }
    var told = [Told](repeating: Told(), count: runs.count)
    var isAnswering = true
    while !interruption.isRequested {
      do {
        let queue = try SlurmQueue(of: [submission], slurm)
        isAnswering = true
        for index in runs.indices { look(at: runs[index], in: queue, &told[index], onEvent) }
        if !queue.holds(submission) { break }
      } catch let error as SlurmError {
        // A controller that is started anew costs the jobs nothing.
        if isAnswering { onEvent(.note("\(error); asking again")) }
        isAnswering = false
      }
      let end = ContinuousClock.now + .seconds(interval)
      while !interruption.isRequested, ContinuousClock.now < end { usleep(50_000) }
    }
    return Outcome(
      failures: zip(runs, told).compactMap { run, told in told.failure.map { (run.name, $0) } },
      wasLeft: interruption.isRequested)
  }

  private func look(
    at run: PlannedRun, in queue: SlurmQueue, _ told: inout Told, _ onEvent: (PipelineEvent) -> Void
  ) {
    guard !told.isOver, let folder = run.folder else { return }
    let entry = queue[submission, run.number]
    let manifest = (try? folder.readManifest()) ?? RunManifest()
    let left = run.data.flatMap { try? RunStages(run.configuration, data: $0) }?
      .due(of: stages, manifest, in: folder)
    let isDone = left?.isEmpty ?? false
    let isOver = isDone || entry == nil
    let wasBegun = entry.map { $0.isRunning || $0.restarts > 0 } ?? true
    if !told.hasStarted, isOver || wasBegun {
      told.hasStarted = true
      onEvent(.runStarted(name: run.name, index: run.number, count: all.count))
    }
    if let entry, entry.restarts > told.restarts {
      told.restarts = entry.restarts
      onEvent(.training(run: run.name, .note("  back in the queue, from where it goes on")))
    }
    if let entry, entry.isRunning, let node = entry.node, node != told.node {
      told.node = node
      onEvent(.training(run: run.name, .note("  on \(node)")))
    }
    if let row = (try? MetricsFile(continuing: folder.metrics, after: .max).rows)?.last,
      row.epoch > told.epoch
    {
      told.epoch = row.epoch
      onEvent(
        .reached(
          run: run.name, epoch: row.epoch, of: run.configuration.training.epochs,
          loss: row.trainLoss ?? row.runningLoss, trainingAccuracy: row.trainAccuracy))
    }
    guard isOver else { return }
    told.isOver = true
    if isDone {
      for stage in Stage.allCases where run.due?.contains(stage) ?? false {
        if let record = manifest.stages[stage.rawValue] {
          onEvent(.stageFinished(run: run.name, stage, seconds: record.seconds))
        }
      }
      onEvent(.runEnded(name: run.name))
    } else {
      let log = SlurmSubmission.Point(number: run.number, folder: folder.path).log
      let place = FileManager.default.fileExists(atPath: log) ? log : self.folder
      let reason = manifest.failure ?? "its job ended before it did; '\(place)' may say why"
      told.failure = reason
      onEvent(.runFailed(name: run.name, reason))
    }
  }
}
