import ArgumentParser
import Pipeline

/// Where measures go; the same for all who measure.
struct ResultOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: "Write tables: measures.csv, measures.pairs.csv, measures.json.",
    completion: .file(extensions: ["csv"]))
  var output: String?

  @Flag(help: "Print the measures as JSON.")
  var json = false

  @Flag(help: "Print every measure, where a summary is printed without.")
  var all = false

  /// The tables that were asked for.
  var file: AnalysisFile? { output.map { AnalysisFile($0) } }
}
