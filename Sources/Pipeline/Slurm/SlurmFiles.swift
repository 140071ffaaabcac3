public import CollapseCore
import Files
import FoundationEssentials
import LibC

/// Gives measuring many files to Slurm: an array of jobs with a share of the files each, and a job that
/// joins what they have measured.
///
/// Nothing rests on the tasks: what they left stands in tables of their own, and the joining job measures
/// whatever is not there.
public struct SlurmFiles: Sendable {
  let slurm: Slurm
  let options: SlurmOptions
  /// What follows `collapse`: the subcommand, files and options, without tables, threads and shares.
  let arguments: [String]
  /// Where the tables go.
  let output: String
  let fileCount: Int
  /// Of a task.
  let threads: Int
  /// What the user typed.
  let command: String

  public init(
    _ slurm: Slurm, options: SlurmOptions, arguments: [String], output: String, fileCount: Int,
    threads: Int, command: String
  ) {
    self.slurm = slurm
    self.options = options
    self.arguments = arguments
    self.output = output
    self.fileCount = fileCount
    self.threads = threads
    self.command = command
  }

  /// What was submitted.
  public struct Submitted: Sendable {
    /// What the jobs are called.
    let name: String
    /// The folder of scripts, logs, and the tables of the tasks.
    public let folder: String
    public let tasks: Int
    /// The array, and the job that waits for it.
    public let array: String
    public let join: String
  }

  /// Submits all files, whatever stands.
  ///
  /// - Throws: ``SlurmError`` where Slurm refuses: nothing is left in the queue then.
  public func submit() throws -> Submitted {
    // An array that is too long has fewer tasks with more files each.
    let limit = max(1, try slurm.limits().arraySize - 1)
    let tasks = min((fileCount + options.jobsPerTask - 1) / options.jobsPerTask, limit)
    let place = AnalysisFile(output).json.dropLast(".json".count) + ".slurm"
    let (folder, time) = try SlurmExecutor.newFolder(in: String(place))
    let name = "collapse-\(RunFolder.fileName(String(place)))-\(time)"
    var array: String?
    do {
      try AtomicFile.write(share(tasks, name, folder), to: "\(folder)/share.sh")
      let job = try slurm.submit("\(folder)/share.sh", options.words)
      array = job
      try AtomicFile.write(join(after: job, name, folder), to: "\(folder)/join.sh")
      let join = try slurm.submit("\(folder)/join.sh", options.words)
      return Submitted(name: name, folder: folder, tasks: tasks, array: job, join: join)
    } catch {
      try? slurm.cancel([array].compactMap(\.self))
      try? FileManager.default.removeItem(atPath: folder)
      throw error
    }
  }

  /// Looks at the queue until none of the jobs is in it, or until interrupted: they go on then.
  ///
  /// - Parameters:
  ///   - interval: seconds between looks.
  ///   - onLook: is told how many tasks run, and how many wait.
  /// - Returns: the code that the joining job ended with; `nil` where it was left to itself.
  /// - Throws: ``SlurmError`` where that job did not come to its end.
  public func follow(
    _ submitted: Submitted, interruption: Interruption, every interval: Double = 1,
    onLook: (_ running: Int, _ waiting: Int) -> Void
  ) throws -> Int32? {
    while !interruption.isRequested {
      // A controller that is started anew costs the jobs nothing.
      if let text = try? slurm.run(
        "squeue", ["--noheader", "--array", "--format=%T", "--name=\(submitted.name)"])
      {
        let states = text.split(separator: "\n")
        if states.isEmpty { break }
        let running = states.count { $0.contains("RUNNING") }
        onLook(running, states.count - running)
      }
      let end = ContinuousClock.now + .seconds(interval)
      while !interruption.isRequested, ContinuousClock.now < end { usleep(50_000) }
    }
    if interruption.isRequested { return nil }
    guard let bytes = try? FileContents.read("\(submitted.folder)/code"),
      let code = Int32(String(decoding: bytes.filter { $0 != 10 }, as: UTF8.self))
    else {
      throw SlurmError(
        kind: .internalFailure,
        description:
          "job \(submitted.join), which joins the measures, did not end by itself: what stands "
          + "in '\(submitted.folder)' may say why; the same command begins again")
    }
    return code
  }

  // MARK: - Scripts

  private func share(_ tasks: Int, _ name: String, _ folder: String) -> String {
    """
    \(head(name, folder, log: "%A_%a"))
    #SBATCH --array=1-\(tasks) --cpus-per-task=\(threads) --signal=B:TERM@120
    \(place(folder))
    \(call) --threads \(threads) --share "$SLURM_ARRAY_TASK_ID/\(tasks)" \\
      -o \("\(folder)/".quotedForShell)"share-$SLURM_ARRAY_TASK_ID.csv" &
    process=$! told=0
    # Two minutes before the limit Slurm tells this shell, which tells the command: what it has measured stands.
    trap 'told=1; kill -TERM $process 2>/dev/null' TERM
    wait $process; code=$?
    # A signal ends the wait and not the process.
    while [ $told = 1 ]; do told=0; wait $process; again=$?; [ $again -eq 127 ] || code=$again; done
    # Stopped, and not by who cancelled the job: back into the queue, where it goes on.
    if [ $code -eq 130 ] && [ "$(squeue --noheader --jobs="$SLURM_JOB_ID" --format=%T)" = RUNNING ]; then
      scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
    fi
    exit $code

    """
  }

  private func join(after array: String, _ name: String, _ folder: String) -> String {
    """
    \(head(name, folder, log: "%j"))
    #SBATCH --cpus-per-task=\(threads) --dependency=afterany:\(array)
    \(place(folder))
    # What tasks have not measured is measured here.
    \(call) --threads \(threads) -o \(output.quotedForShell) --earlier \("\(folder)/share-*.json".quotedForShell) \\
      >\("\(folder)/join.log".quotedForShell) 2>&1
    code=$?
    echo $code >\("\(folder)/code".quotedForShell)
    exit $code

    """
  }

  private func head(_ name: String, _ folder: String, log: String) -> String {
    let whole =
      folder.hasPrefix("/") ? folder : "\(FileManager.default.currentDirectoryPath)/\(folder)"
    return """
      #!/bin/bash
      # Written by
      #   \(command.replacing("\n", with: " "))
      #SBATCH --job-name=\(name) --ntasks=1 --requeue --open-mode=append
      #SBATCH --output="\(whole.replacing("%", with: "%%"))/\(log).out"
      """
  }

  private func place(_ folder: String) -> String {
    let working = FileManager.default.currentDirectoryPath.quotedForShell
    return """
      cd \(working) && [ -d \(folder.quotedForShell) ] || {
        echo "error: the folder of the command is not there on $(hostname): the nodes have to share it" >&2
        exit 66
      }
      """
  }

  private var call: String {
    ([Executable.path] + arguments).map(\.quotedForShell).joined(separator: " ")
  }
}
