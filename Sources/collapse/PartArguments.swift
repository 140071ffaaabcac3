import ArgumentParser
import NeuralCollapse

/// A part of an analysis, and where its sums go.
struct PartArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Sum up one of so many parts of the rows, to be joined by 'collapse merge'.", valueName: "i/n"
    ))
  var part: PartArgument?

  @Option(help: "The file for the sums of the part.", completion: .file())
  var partial: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The files of the first pass of all parts: do the second. Without, the first is done.",
      valueName: "files"), completion: .file())
  var after: [String] = []

  func validate() throws {
    if (part == nil) != (partial == nil) {
      throw ValidationError("--part says which part, --partial where its sums go: both are needed")
    }
    if !after.isEmpty, part == nil { throw ValidationError("--after needs --part and --partial") }
  }
}

/// `3/8`: the third of eight.
struct PartArgument: ExpressibleByArgument {
  let part: AnalysisPart

  init?(argument: String) {
    let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1],
      1...65536 ~= count, 1...count ~= number
    else { return nil }
    part = AnalysisPart(number - 1, of: count)
  }

  var defaultValueDescription: String { "\(part.index + 1)/\(part.count)" }
}
