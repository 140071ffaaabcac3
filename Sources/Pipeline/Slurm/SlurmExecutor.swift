import CollapseCore
import Files
import FoundationEssentials
import LibC
import Networks

/// Gives the points of a study that are left to Slurm, as arrays of jobs and a job for the report
/// that waits for them.
public struct SlurmExecutor: Sendable {
  let runner: PipelineRunner
  let options: SlurmOptions
  let slurm: Slurm
  /// The options of `collapse run` that every point gets, beside those that the runner knows.
  let arguments: [String]
  /// What the user typed.
  let command: String

  public init(
    _ runner: PipelineRunner, _ slurm: Slurm, options: SlurmOptions, arguments: [String],
    command: String
  ) {
    self.runner = runner
    self.options = options
    self.slurm = slurm
    self.arguments = arguments
    self.command = command
  }

  /// What was submitted.
  public struct Submitted: Sendable {
    public let submission: SlurmSubmission
    public let plan: Plan
    /// Processors and MiB of memory of a task.
    public let processors: Int
    public let megabytes: Int
    /// The folder of the scripts.
    public let folder: String
  }

  /// The runs of a plan with something to do before the report.
  static func due(_ plan: Plan) -> [PlannedRun] {
    plan.runs.filter { !($0.due?.subtracting([.report]).isEmpty ?? true) }
  }

  /// Submits the points that are left.
  ///
  /// - Returns: `nil` where nothing is left to do but the report.
  /// - Throws: what keeps points from going on, as ``PipelineRunner/run(interruption:onEvent:)``
  ///   does; ``SlurmError`` where Slurm refuses, or points are in the queue already or at work. Nothing
  ///   is left in the queue then.
  public func submit() throws -> Submitted? {
    let plan = runner.plan()
    for run in plan.runs { if let error = run.problem { throw error } }
    try plan.disk.check(for: runner.runsFolder)
    let due = SlurmExecutor.due(plan)
    guard !due.isEmpty else { return nil }
    try refuseWhatIsUnderWay(due)
    let limits = try slurm.limits()

    let folder = try SlurmExecutor.newFolder(
      in: SlurmSubmission.folder(runs: runner.runsFolder, pipeline: runner.pipeline.name))
    let name = "collapse-\(RunFolder.fileName(runner.pipeline.name))-\(folder.name)"
    let copy = "\(folder.path)/\(fileName(runner.pipeline.file))"
    try AtomicFile.write(runner.pipeline.text, to: copy)
    let threads = due.map { $0.configuration.training.threads ?? runner.threads }.max() ?? 1
    let megabytes = memory(due) >> 20
    let script = SlurmScript(
      workingFolder: FileManager.default.currentDirectoryPath, folder: folder.path, name: name,
      executable: Executable.path, study: runner.pipeline.file, copy: copy,
      arguments: words, command: command)
    let points = due.map {
      SlurmSubmission.Point(number: $0.number, folder: $0.folder?.path ?? "")
    }
    let tasks = points.pieces(of: options.jobsPerTask)

    var submission = SlurmSubmission(
      name: name, submitted: Date.now.formatted(.iso8601), command: command, arrays: [],
      report: nil)
    do {
      for (index, part) in tasks.pieces(of: max(1, limits.arraySize)).enumerated() {
        let file = "\(folder.path)/points\(index == 0 ? "" : "-\(index + 1)").sh"
        let text = script.points(
          part, perTask: options.jobsPerTask, threads: threads, megabytes: megabytes)
        try AtomicFile.write(text, to: file)
        let job = try slurm.submit(file, options.words)
        submission.arrays.append(.init(job: job, tasks: part))
        try submission.write(to: folder.path)
      }
      if runner.stages.contains(.report) {
        let file = "\(folder.path)/report.sh"
        try AtomicFile.write(script.report(after: submission.arrays.map(\.job)), to: file)
        submission.report = try slurm.submit(file, options.words)
        try submission.write(to: folder.path)
      }
    } catch {
      try? slurm.cancel(submission.arrays.map(\.job))
      try? FileManager.default.removeItem(atPath: folder.path)
      throw error
    }
    return Submitted(
      submission: submission, plan: plan, processors: threads * options.jobsPerTask,
      megabytes: megabytes, folder: folder.path)
  }

  /// What `collapse run` is told for each point: threads are said, so that the node decides none.
  private var words: [String] {
    var words: [String] = []
    if let profile = runner.pipeline.profile { words += ["--profile", profile] }
    for override in runner.pipeline.overrides { words += ["--set", override] }
    return words + ["--runs", runner.runsFolder, "--threads", String(runner.threads)] + arguments
  }

  /// Bytes of a task: of the largest points that meet in one, their data, which each reads for itself,
  /// a quarter more, and the program with its libraries.
  private func memory(_ due: [PlannedRun]) -> Int {
    let bytes = due.map { ($0.estimate?.memoryBytes ?? 0) + ($0.data?.byteCount ?? 0) }
    let together = bytes.sorted(by: >).prefix(options.jobsPerTask).reduce(0, +)
    return (512 << 20) + together / 4 * 5
  }

  private func refuseWhatIsUnderWay(_ due: [PlannedRun]) throws {
    let submissions = SlurmSubmission.all(in: "\(runner.runsFolder)/\(runner.pipeline.name)")
    let queue = try SlurmQueue(of: submissions, slurm)
    let queued = due.filter { run in
      submissions.contains { submission in
        submission.points.contains { $0.number == run.number && $0.folder == run.folder?.path }
          && queue[submission, run.number] != nil
      }
    }
    let look = "'collapse runs \(runner.pipeline.name)' shows them"
    if !queued.isEmpty {
      throw SlurmError(
        kind: .usage,
        description: "\(SlurmExecutor.list(queued)) in the queue already: \(look), "
          + "'collapse runs cancel \(runner.pipeline.name)' takes them out of it, and --point submits others"
      )
    }
    let working = due.filter { $0.folder?.isLocked ?? false }
    if !working.isEmpty {
      throw SlurmError(
        kind: .usage,
        description:
          "\(SlurmExecutor.list(working)) at work already: \(look), and --point submits others")
    }
  }

  /// `point 3 is`, `points 1, 2 and 5 are`.
  private static func list(_ runs: [PlannedRun]) -> String {
    let numbers = runs.map { String($0.number) }
    guard numbers.count > 1 else { return "point \(numbers[0]) is" }
    if numbers.count > 8 { return "\(numbers.count) points are" }
    return "points \(numbers.dropLast().joined(separator: ", ")) and \(numbers.last!) are"
  }

  /// A folder of its own for what is submitted now, named by the time.
  static func newFolder(in place: String) throws -> (path: String, name: String) {
    let digits = Date.now.formatted(.iso8601).filter(\.isNumber)
    let time = "\(digits.prefix(8))-\(digits.dropFirst(8))"
    try Folder.make(place)
    for serial in 1... {
      let name = serial == 1 ? time : "\(time)-\(serial)"
      if mkdir("\(place)/\(name)", 0o777) == 0 { return ("\(place)/\(name)", name) }
      guard errno == EEXIST else { break }
    }
    throw FileError(
      kind: .cannotWrite, operation: "make a folder in", path: place,
      reason: String(cString: strerror(errno)))
  }

  private func fileName(_ path: String) -> String {
    String(path.split(separator: "/").last ?? "study.yaml")
  }
}

extension Array {
  /// The elements in runs of `length`, the last of which may be shorter.
  fileprivate func pieces(of length: Int) -> [[Element]] {
    stride(from: 0, to: count, by: length).map { Array(self[$0..<Swift.min($0 + length, count)]) }
  }
}

extension DataFacts {
  /// Bytes of the samples in memory: images are bytes, points float32.
  fileprivate var byteCount: Int {
    counts.values.reduce(0, +) * sampleShape.elementCount * (sampleShape.rank == 3 ? 1 : 4)
  }
}

/// This program's file.
enum Executable {
  static let path: String =
    RealPath.of("/proc/self/exe") ?? RealPath.of(CommandLine.arguments[0])
    ?? CommandLine.arguments[0]
}
