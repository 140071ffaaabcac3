import ArgumentParser
import CollapseCore
import NeuralCollapse
import Pipeline

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain measures: formula, meaning, ideal value, source.",
    discussion: """
      The keys are those of JSON and CSV. Without an argument all are listed; with one,
      those that begin with it, or the section of that name.

        collapse explain
        collapse explain nc1
        collapse explain variability
        collapse explain cos_intra --json
      """)

  @Argument(
    help: "What a key, or the name of a section, begins with.",
    completion: .custom { _, _, _ in Measure.catalogue.map(\.key) })
  var prefix = ""

  @Flag(help: "Print a table in Markdown.")
  var markdown = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let table = try MeasureTable(prefix: prefix)
    if json {
      print(try JSONText.pretty(table.rows))
    } else {
      print(markdown ? table.markdown : table.text, terminator: markdown ? "" : "\n")
    }
  }
}
