import ArgumentParser
import CollapseCore
import Files
import FoundationEssentials
import Pipeline

struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List runs with their state and headline measures, remove or cancel them.",
    discussion: """
        collapse runs
        collapse runs quickstart
        collapse runs pipelines/quickstart.yaml --json
        collapse runs rm quickstart --only features
        collapse runs cancel quickstart
      """,
    subcommands: [List.self, Remove.self, Cancel.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List runs (the default).",
      discussion: """
        A run is done, trained (with measures still to be taken), running, interrupted
        (the same 'collapse run' continues it), failed, or of another version. Where
        points of a study were given to Slurm, the queue is asked as well: a run is
        waiting, running on the machine that is named, or requeued, to go on.
        Measures are those of the training data in the last layer after the last epoch
        measured.

          collapse runs
          collapse runs list quickstart
          collapse runs list pipelines/quickstart.yaml --json
        """)

    @Argument(
      help: "A pipeline's file or name, or a folder; all runs when left out.", completion: .file())
    var place: String?

    @OptionGroup var runs: RunsFolderOption

    @Flag(help: "Write names in full, however wide the table becomes.")
    var full = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let folder = try folder()
      // Before the first run there is no folder of runs.
      let isMissing = place == nil && !FileManager.default.fileExists(atPath: folder)
      var catalog = isMissing ? RunCatalog(runs: []) : try RunCatalog(in: folder)
      if let slurm = Slurm.installed {
        do {
          catalog = try catalog.merged(with: slurm, in: folder)
        } catch let error as SlurmError {
          Terminal.shared.message("the queue is not known: \(error)")
        }
      }
      if json {
        print(try JSONText.pretty(catalog))
      } else {
        StandardOutput.print(CatalogText.table(catalog, whole: full))
      }
    }

    private func folder() throws -> String {
      guard let place else { return runs.folder }
      if place.hasSuffix(".yaml") || place.hasSuffix(".yml") {
        return "\(runs.folder)/\(try PipelineFile(path: place).name)"
      }
      return FileManager.default.fileExists(atPath: place) ? place : "\(runs.folder)/\(place)"
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rm", abstract: "Remove runs, or their checkpoints or features, to free disk.",
      discussion: """
        Names are those that 'collapse runs' lists; that of a pipeline means all its
        runs, and * stands for any text. Only what lies in the folder of runs is ever
        removed. Measures and metrics outlive --only, and the next 'collapse run'
        makes nothing anew for them.

          collapse runs rm quickstart
          collapse runs rm 'quickstart/weightDecay-5e-3*' --yes
          collapse runs rm quickstart --only checkpoints
        """)

    @Argument(help: "Runs, or pipelines.")
    var names: [String]

    @Option(help: "Remove only the checkpoints of finished trainings, or only the features.")
    var only: RunRemoval.Part?

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var runs: RunsFolderOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() throws {
      verbosity.apply()
      let removal = try RunRemoval(names, in: runs.folder, part: only)
      guard !removal.runs.isEmpty else { return try report(removal.skipped) }
      let count = Counted.text(removal.runs.count, "run")
      let what = only.map { "the \($0.rawValue) of \(count)" } ?? count
      let size = ByteCount.text(removal.bytes)
      if !yes {
        for run in removal.runs { Terminal.shared.message(run.path) }
        guard Terminal.shared.canAsk else {
          throw WrongUsage("to remove \(what), \(size), without being asked, say --yes")
        }
        guard Terminal.shared.confirm("remove \(what), \(size)?") else { return }
      }
      try removal.perform()
      Terminal.shared.note("removed \(what): \(size) are free")
      try report(removal.skipped)
    }

    /// The runs that could not be dealt with, after all others.
    private func report(_ skipped: [FileError]) throws {
      for error in skipped { Terminal.shared.error("\(error)") }
      if !skipped.isEmpty { throw SomeInputsFailed(kind: .badInput) }
    }
  }
}

extension Runs {
  struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take points of studies out of the queue of a cluster.",
      discussion: """
        Names are those that 'collapse runs' lists; that of a pipeline means all its
        runs, and their report. What runs is told to stop and saves its state: the
        same 'collapse run' goes on from there.

          collapse runs cancel quickstart
          collapse runs cancel 'quickstart/weightDecay-5e-3*'
        """)

    @Argument(help: "Runs, or pipelines.")
    var names: [String]

    @OptionGroup var runs: RunsFolderOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() throws {
      verbosity.apply()
      let cancellation = try SlurmCancellation(names, in: runs.folder, try Slurm.find())
      try cancellation.perform()
      Terminal.shared.note(
        cancellation.jobs.isEmpty
          ? "none of them is in the queue"
          : "cancelled \(Counted.text(cancellation.points, "point")): "
            + "job\(cancellation.jobs.count == 1 ? "" : "s") \(cancellation.jobs.joined(separator: ", "))"
      )
    }
  }
}

/// Where runs are.
struct RunsFolderOption: ParsableArguments {
  @Option(
    name: .customLong("runs"), help: "The folder that holds all runs.", completion: .directory)
  var folder = "runs"
}
