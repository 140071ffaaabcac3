import ArgumentParser
import CollapseCore
import Files
import Pipeline
import Reporting

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Make a page with figures and tables from measures.",
    discussion: """
      The measures are those of runs (measures.json in their folders) or of
      'collapse analyze -o'. The page opens offline; each figure keeps its gnuplot
      script and CSV beside it.

        collapse report 'runs/quickstart/*/measures.json' -o report/
        collapse report measures.json --format latex
        collapse report 'runs/**/measures.json' --tensorboard logs
      """)

  @Argument(
    help: "Files of measures; quoted, * and ** are expanded here.",
    completion: .file(extensions: ["json"]))
  var measures: [String]

  @Option(name: .shortAndLong, help: "The folder of the page.", completion: .directory)
  var output = "report"

  @Option(help: "The title of the page.")
  var title = "Neural collapse"

  @Option(help: "Print tables in this format instead of making a page.")
  var format: TableFormat?

  @Option(
    help: "A folder for TensorBoard event files, one folder per run, beside the page.",
    completion: .directory)
  var tensorboard: String?

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    verbosity.apply()
    let paths = try measures.flatMap { text in
      let found = PathPattern(text).matches()
      guard !found.isEmpty else {
        throw FileError(
          kind: .missingInput, operation: "report on", path: text, reason: "no file matches")
      }
      return found
    }
    let report = StudyReport(
      title: title, runs: try AnalysisFile.records(in: paths),
      versions: LibraryVersion.all,
      command: "collapse report \(measures.joined(separator: " "))")
    if let tensorboard { try TensorBoardWriter().write(report, to: tensorboard) }
    if let format {
      print(report.text(as: format), terminator: "")
    } else {
      let written = try report.write(to: output)
      print(report.terminalText)
      print("\nreport: \(written[0])")
    }
  }
}
