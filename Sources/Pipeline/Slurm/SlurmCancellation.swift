import CollapseCore
import FoundationEssentials

/// Taking points of studies out of the queue of a cluster.
public struct SlurmCancellation: Sendable {
  /// The tasks and reports to cancel.
  public let jobs: [String]
  /// The points they would do.
  public let points: Int
  private let slurm: Slurm

  /// - Parameter names: runs, as `collapse runs` lists them, or pipelines.
  /// - Throws: `FileError` for a name that means no run, and ``SlurmError`` where a task does other
  ///   points as well.
  public init(_ names: [String], in runsFolder: String, _ slurm: Slurm) throws {
    self.slurm = slurm
    let submissions = SlurmSubmission.all(around: runsFolder)
    let queue = try SlurmQueue(of: submissions, slurm)
    let exists = FileManager.default.fileExists(atPath: runsFolder)
    let catalog = (exists ? try RunCatalog(in: runsFolder) : RunCatalog(runs: []))
      .merged(submissions, queue)
    let meant = Set(
      try catalog.runs(meantBy: names, to: "cancel", in: runsFolder).map { RunCatalog.key($0.path) }
    )
    var (jobs, count): ([String], Int) = ([], 0)
    for submission in submissions {
      var isLeft = false
      var isMeant = false
      for task in submission.arrays.flatMap(\.tasks) {
        guard let first = task.first, let entry = queue[submission, first.number] else { continue }
        let ours = task.filter { meant.contains(RunCatalog.key($0.folder)) }
        guard !ours.isEmpty else {
          isLeft = true
          continue
        }
        if let other = task.first(where: { !meant.contains(RunCatalog.key($0.folder)) }) {
          throw SlurmError(
            kind: .usage,
            description:
              "job \(entry.job) does '\(RunCatalog.key(other.folder))' as well: name it too, or the "
              + "whole pipeline")
        }
        isMeant = true
        count += task.count
        jobs.append(entry.job)
      }
      let isOfPipeline = submission.points.allSatisfy { meant.contains(RunCatalog.key($0.folder)) }
      // A report of nothing new is nothing to wait for.
      if !isLeft, isMeant || isOfPipeline, let report = queue.report(of: submission) {
        jobs.append(report.job)
      }
    }
    (self.jobs, points) = (jobs, count)
  }

  public func perform() throws { try slurm.cancel(jobs) }
}
