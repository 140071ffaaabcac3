import ArgumentParser
import CollapseCore
import Files
import Pipeline

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Join the parts of an analysis that 'collapse analyze --part' summed up.",
    discussion: """
      An analysis passes over the rows twice. Each pass is done in as many parts as
      there are machines, at once or one after another; the second takes what all
      parts of the first found, and this joins the second. The measures have the bits
      of one 'collapse analyze'. The files of the features must be where they were:
      their shapes, labels and classifier are read again, their rows are not.

        for i in 1 2 3; do
          collapse analyze 'train-*.npz' --shards --part $i/3 --partial first-$i
        done
        for i in 1 2 3; do
          collapse analyze 'train-*.npz' --shards --part $i/3 --partial second-$i --after first-*
        done
        collapse merge second-* -o measures.csv
      """)

  @Argument(help: "Files of the second pass, of all its parts.", completion: .file())
  var partials: [String]

  @OptionGroup var result: ResultOptions

  @Option(
    parsing: .unconditional, help: "Threads to use; the result has the same bits for any number.")
  var threads = Processors.count

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads), expected 1 to 1024")
    }
  }

  func run() throws {
    verbosity.apply()
    Interruption.listen(endingAfter: 0.7)
    let files = try PartialFile.all(partials, to: "merge")
    // What the analysis was told tells how to read the files, and what to measure.
    let arguments = files[0].arguments
    let analysis = try Analyze.parse(arguments)
    var session = try analysis.session()
    session.batch.threads = threads
    session.file = result.file
    let words = ["collapse", "analyze"] + arguments + (result.output.map { ["-o", $0] } ?? [])
    session.command = words.map(\.quotedForShell).joined(separator: " ")
    let outcome = try session.merge(files)
    AnalysisText.show(outcome, result, session.command)
  }
}

extension PartialFile {
  /// The files that patterns name.
  static func all(_ patterns: [String], to operation: String) throws -> [PartialFile] {
    var seen: Set<String> = []
    return try patterns.map(PathPattern.init).flatMap { pattern in
      let paths = pattern.matches()
      guard !paths.isEmpty else {
        throw FileError(
          kind: .missingInput, operation: operation, path: pattern.text, reason: "no file matches")
      }
      return try paths.filter { seen.insert($0).inserted }.map { try PartialFile($0) }
    }
  }
}
