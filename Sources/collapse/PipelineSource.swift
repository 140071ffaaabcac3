import ArgumentParser
import Pipeline

/// A pipeline as arguments: its file, one of its profiles, and changes to it.
struct PipelineSource: ParsableArguments {
  @Argument(help: "The pipeline.", completion: .file(extensions: ["yaml", "yml"]))
  var pipeline: String

  @Option(
    help: "Take the changes of one of the file's profiles.",
    completion: .custom { words, _, _ in PipelineSource.profiles(in: words) })
  var profile: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change a field for all runs; one of the grid leaves the grid.", valueName: "key=value"))
  var settings: [String] = []

  func file() throws -> PipelineFile {
    try PipelineFile(path: pipeline, profile: profile, overrides: settings)
  }

  /// The profiles of the pipeline on a command line that is being typed.
  static func profiles(in words: [String]) -> [String] {
    guard let path = words.first(where: { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }) else {
      return []
    }
    return (try? PipelineFile(path: path).profiles) ?? []
  }
}
