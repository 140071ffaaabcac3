import ArgumentParser
import CollapseCore
import Pipeline

/// The command `collapse`: one subcommand for each thing the rooms can do.
@main
struct Collapse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collapse",
    abstract: "Measure neural collapse: decode data, train, dump features, analyze, report.",
    discussion: """
      A first look, on the sample that comes with the project:
        collapse run pipelines/quickstart.yaml

      Measures of features from any framework (HDF5, NPZ, safetensors, .pt):
        collapse analyze features.h5

      Tab completion:
        collapse --generate-completion-script bash > ~/.local/share/bash-completion/completions/collapse
      """,
    version: CollapseVersion.current,
    groupedSubcommands: [
      CommandGroup(
        name: "Data", subcommands: [Fetch.self, Inspect.self, Convert.self, Synthesize.self]),
      CommandGroup(
        name: "Features",
        subcommands: [
          Networks.self, Train.self, Import.self, Extract.self, Analyze.self, Merge.self,
          MeasureCheckpoints.self, Curvature.self, Explain.self,
        ]),
      CommandGroup(
        name: "Studies",
        subcommands: [Run.self, Validate.self, Options.self, Runs.self, Report.self]),
      CommandGroup(name: "This machine", subcommands: [Doctor.self, Profile.self]),
    ])

  /// Runs the command the arguments name; a failure prints one message and exits with its code.
  static func main() {
    do {
      var command = try Ranks.sayingOnce { try parseAsRoot() }
      try command.run()
    } catch {
      ExitStatus.exit(with: error)
    }
  }
}
