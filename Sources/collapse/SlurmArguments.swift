import ArgumentParser
import Pipeline

/// Where the points of a study are done, or files measured.
enum Place: String, ExpressibleByArgument, CaseIterable {
  case here
  case slurm
}

/// How the points of a study, or files to be measured, are given to a cluster.
struct SlurmArguments: ParsableArguments {
  @Option(
    name: .customLong("on"),
    help: """
      Do it here, or as jobs of a Slurm cluster: an array for the points of a study or for files, and a job \
      after them for the report or the tables.
      """)
  var place = Place.here

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What sbatch is told besides, such as \"--partition=long --time=12:00:00\".",
      valueName: "options"))
  var slurmOptions: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Points of the grid that a job does side by side, or files one after another.",
      valueName: "n"))
  var jobsPerTask: Int?

  @Flag(help: "Submit the jobs and return, where they are followed to their end without.")
  var detach = false

  func validate() throws {
    if let jobsPerTask, jobsPerTask < 1 {
      throw ValidationError("--jobs-per-task is \(jobsPerTask), expected at least 1")
    }
    guard place == .here else { return }
    let given = [
      ("--slurm-options", slurmOptions != nil), ("--jobs-per-task", jobsPerTask != nil),
      ("--detach", detach),
    ]
    if let (flag, _) = given.first(where: { $0.1 }) {
      throw ValidationError("\(flag) needs --on slurm")
    }
  }

  func options() throws -> SlurmOptions {
    try SlurmOptions(slurmOptions ?? "", jobsPerTask: jobsPerTask ?? 1)
  }
}
