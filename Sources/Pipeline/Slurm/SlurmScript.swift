import CollapseCore
import FoundationEssentials

/// The scripts that Slurm runs, for a person to read as well.
struct SlurmScript {
  /// The folder in which the study was submitted; paths are relative to it.
  let workingFolder: String
  /// The folder of the submission.
  let folder: String
  /// What the jobs are called.
  let name: String
  /// The path of this program.
  let executable: String
  /// The study, and its copy in the folder.
  let study: String
  let copy: String
  /// The options of every `collapse run`.
  let arguments: [String]
  let command: String

  /// The script of an array: a task does the points of its place in the list.
  func points(
    _ tasks: [[SlurmSubmission.Point]], perTask: Int, threads: Int, megabytes: Int
  ) -> String {
    let points = tasks.flatMap(\.self)
    return """
      \(head)
      #SBATCH --job-name=\(name) --array=0-\(tasks.count - 1) --ntasks=1
      #SBATCH --cpus-per-task=\(threads * perTask) --mem=\(megabytes)M
      #SBATCH --requeue --open-mode=append --signal=B:TERM@120
      #SBATCH --output=\(output("%A_%a"))
      # Points of the grid, \(perTask) for each task, and the folders in which they log.
      points=(\(points.map { String($0.number) }.joined(separator: " ")))
      folders=(
      \(points.map { "  \($0.folder.quotedForShell)" }.joined(separator: "\n"))
      )
      \(place)
      told=0 processes=()
      # Two minutes before the limit Slurm tells this shell, which tells the points: they save their state.
      trap 'told=1; kill -TERM "${processes[@]}" 2>/dev/null' TERM
      first=$((SLURM_ARRAY_TASK_ID * \(perTask)))
      for ((place = first; place < first + \(perTask) && place < ${#points[@]}; place++)); do
        mkdir -p "${folders[place]}"
        \(call) --point "${points[place]}" \\
          >>"${folders[place]}/\(SlurmSubmission.logName)" 2>&1 &
        processes+=($!)
      done
      worst=0
      for process in "${processes[@]}"; do
        wait "$process"; code=$?
        # A signal ends the wait and not the process.
        while [ $told = 1 ]; do
          told=0; wait "$process"; again=$?
          [ $again -eq 127 ] || code=$again
        done
        [ $code -eq 0 ] || [ $worst -eq 130 ] || worst=$code
      done
      # Stopped, and not by who cancelled the job: back into the queue, where it goes on.
      if [ $worst -eq 130 ] && [ "$(squeue --noheader --jobs="$SLURM_JOB_ID" --format=%T)" = RUNNING ]; then
        scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
      fi
      exit $worst

      """
  }

  /// The script of the report, to begin when no task is left.
  func report(after jobs: [String]) -> String {
    """
    \(head)
    #SBATCH --job-name=\(name)\(SlurmSubmission.reportSuffix) --ntasks=1 --cpus-per-task=1 --mem=1024M
    #SBATCH --requeue --open-mode=append --dependency=afterany:\(jobs.joined(separator: ":"))
    #SBATCH --output=\(output("%j"))
    \(place)
    exec \(call) --report-only

    """
  }

  private var head: String {
    """
    #!/bin/bash
    # Written by
    #   \(command.replacing("\n", with: " "))
    """
  }

  /// Where Slurm writes what the script says: in its patterns `%` stands for something.
  private func output(_ pattern: String) -> String {
    let whole = folder.hasPrefix("/") ? folder : "\(workingFolder)/\(folder)"
    return "\"\(whole.replacing("%", with: "%%"))/\(pattern).out\""
  }

  /// Goes to the folder, and to the study as it was when it was submitted.
  private var place: String {
    """
    cd \(workingFolder.quotedForShell) && [ -e \(copy.quotedForShell) ] || {
      echo "error: '\(copy.replacing("'", with: ""))' is not there on $(hostname): the nodes have to share the folder of the runs and that of the study" >&2
      exit 66
    }
    # What was submitted counts, whatever became of the file since.
    study=\(study.quotedForShell)
    cmp -s "$study" \(copy.quotedForShell) || study=\(copy.quotedForShell)
    """
  }

  private var call: String {
    ([executable.quotedForShell, "run", "\"$study\""] + arguments.map(\.quotedForShell))
      .joined(separator: " ")
  }
}
