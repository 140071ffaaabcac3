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
        collapse report measures.json --format latex -o table.tex --columns run,nc1_pinv
        collapse report 'runs/**/measures.json' --tensorboard logs
      """)

  @Argument(
    help: "Files of measures; quoted, * and ** are expanded here.",
    completion: .file(extensions: ["json"]))
  var measures: [String]

  @Option(
    name: .shortAndLong,
    help: "The folder of the page, by default 'report'; with --format the file of the tables.",
    completion: .file())
  var output: String?

  @Option(help: "The title of the page.")
  var title = "Neural collapse"

  @Option(help: "Tables in this format instead of a page, printed or written to -o.")
  var format: TableFormat?

  @Option(
    help: ArgumentHelp(
      "Of the tables these columns, by their names in CSV.", valueName: "name,name,…"))
  var columns: String?

  @Option(
    help: "A folder for TensorBoard event files, one folder per run, beside the page.",
    completion: .directory)
  var tensorboard: String?

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if columns != nil, format == nil { throw ValidationError("--columns needs --format") }
  }

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
    let (runs, commands) = try AnalysisFile.records(in: paths)
    let report = StudyReport(
      title: title, runs: runs, versions: LibraryVersion.all,
      command: (commands.uniqued() + [CommandLineText.repeatable]).joined(separator: "\n"))
    if let tensorboard { try TensorBoardWriter().write(report, to: tensorboard) }
    if let format {
      let text = try text(of: report, as: format)
      if let output {
        try AtomicFile.write(text, to: output)
      } else {
        StandardOutput.print(text, terminator: "")
      }
    } else {
      let written = try report.write(to: output ?? "report")
      if !Terminal.shared.isQuiet {
        StandardOutput.print(report.terminalText)
        print("\nreport: \(written[0])")
      }
    }
  }

  private func text(of report: StudyReport, as format: TableFormat) throws -> String {
    let names = columns.map { $0.split(separator: ",").map(String.init) }
    do throws(UnknownColumn) {
      return try report.text(as: format, columns: names)
    } catch {
      throw WrongUsage(
        "--columns: there is no column '\(error.name)'; there are "
          + error.known.joined(separator: ", "))
    }
  }
}
