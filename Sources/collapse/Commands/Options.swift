import ArgumentParser
import CollapseCore
import Files
import Pipeline

struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "options",
    abstract: "Say what a pipeline can be told: every field with its values and default.",
    discussion: """
      Fields go by dotted paths, as under grid: and in --set. Of something that has
      kinds, a loss or a layer, the kinds are listed with their fields.

        collapse options
        collapse options training.learningRate
        collapse options training.loss
        collapse options network.layers --json
      """)

  @Argument(
    help: "The field to begin at; everything when left out.",
    completion: .custom { _, _, _ in ((try? OptionTable(path: ""))?.rows ?? []).map(\.name) })
  var path = ""

  @Flag(help: "Print a table in Markdown.")
  var markdown = false

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write the tables in a Markdown file anew, each between '<!-- fields of PATH -->' and '<!-- end of fields -->', or 'measures of SECTION'.",
      valueName: "file", visibility: .hidden))
  var update: [String] = []

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    verbosity.apply()
    if !update.isEmpty {
      for file in update {
        let text = String(decoding: try FileContents.read(file), as: UTF8.self)
        let updated = try GeneratedTables.updating(text)
        if updated != text { try AtomicFile.write(updated, to: file) }
      }
      return
    }
    let table = try OptionTable(path: path)
    if json {
      print(try JSONText.pretty(table.rows))
    } else {
      print(markdown ? table.markdown : table.text, terminator: markdown ? "" : "\n")
    }
  }
}
