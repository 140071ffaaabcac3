import ArgumentParser
import CollapseCore
import Pipeline

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show the libraries, processors and tools this program finds here.",
    discussion: """
      The exit code is 0 when nothing is missing.

        collapse doctor
        collapse doctor --json
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let diagnosis = Diagnosis.ofThisMachine()
    print(json ? try JSONText.pretty(diagnosis) : diagnosis.text)
    if !diagnosis.isComplete { throw SomeInputsFailed(kind: .missingInput) }
  }
}
