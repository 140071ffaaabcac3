import ArgumentParser
import FeatureStore
import Files
import NeuralCollapse
import Pipeline

/// What one task of a scheduler measures of many files, and what stands that others measured.
struct ShareArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Measure one of so many shares of the files, as a task of a scheduler does. Needs -o.",
      valueName: "i/n"))
  var share: PartArgument?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Tables (.json) whose measures stand where files and options are the same, as those at -o do.",
      valueName: "files"), completion: .file(extensions: ["json"]))
  var earlier: [String] = []

  /// - Throws: where nothing says where the measures of a share go.
  func check(_ result: ResultOptions) throws {
    if share != nil, result.output == nil { throw ValidationError("--share needs -o") }
  }

  var files: SetShare { share.map { SetShare($0.part.index, of: $0.part.count) } ?? .all }

  /// What stands: in the tables that were named, and in those that will be written.
  func entries(_ file: AnalysisFile?) throws -> [AnalysisBatch.Entry] {
    try earlier.map(PathPattern.init).flatMap { $0.matches() }
      .flatMap { try AnalysisFile($0).entries() } + (file?.entries() ?? [])
  }
}
