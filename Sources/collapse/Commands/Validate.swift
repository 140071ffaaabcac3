import ArgumentParser
import CollapseCore
import Pipeline

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a pipeline without running it, and list its grid.",
    discussion: """
      Checks keys and values with line and column, every profile, that the data is
      there (or which command fetches it), that every network takes the samples, and
      that the disk has room. The exit code is 0 when nothing is wrong, 64 for a
      wrong file, 65 for data that does not fit (a test split of another shape), 66
      for missing data, 73 where the disk has no room.

        collapse validate pipelines/quickstart.yaml
        collapse validate study.yaml --profile quick --json
        collapse validate --schema > collapse.schema.json

      An editor that knows JSON Schema completes and checks pipelines with the last.
      """)

  @Argument(help: "The pipeline.", completion: .file(extensions: ["yaml", "yml"]))
  var pipeline: String?

  @Option(
    help: "Check one of the file's profiles; without it, the file itself and every profile.",
    completion: .custom { words, _, _ in PipelineSource.profiles(in: words) })
  var profile: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change a field for all runs.", valueName: "key=value"))
  var settings: [String] = []

  @Option(
    name: .customLong("runs"), help: "The folder that holds all runs.", completion: .directory)
  var runsFolder = "runs"

  @OptionGroup var dataFolder: DataFolderArguments

  @Flag(help: "Print the JSON Schema of pipelines and check nothing.")
  var schema = false

  @Flag(help: "Print what was found as JSON.")
  var json = false

  func validate() throws {
    if pipeline == nil && !schema { throw ValidationError("say which pipeline, or --schema") }
  }

  func run() throws {
    if schema { return print(try PipelineSchema.text(), terminator: "") }
    let validation = try PipelineValidation(
      path: pipeline ?? "", profile: profile, overrides: settings, runsFolder: runsFolder,
      loader: DatasetLoader(dataFolder: dataFolder.path, threads: Processors.count))
    print(json ? try JSONText.pretty(validation) : validation.text)
    if let worst = validation.failure { throw SomeInputsFailed(kind: worst) }
  }
}
