import ArgumentParser
import CollapseCore
import Pipeline

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a data set in another format, without loss.",
    discussion: """
      The source is a path or the name of a fetched data set; the target is a
      folder, or a file for hdf5 (one per split).

        collapse convert mnist plain/ --to idx
        collapse convert photos/ photos.h5 --to hdf5
      """)

  @OptionGroup var source: SourceOptions

  @Argument(help: "Where to write.", completion: .file())
  var target: String

  @Option(name: .customLong("to"), help: "The format to write.")
  var format: DatasetConversion.Format

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    verbosity.apply()
    Interruption.listen()
    let dataset = try Interruption.losingNothing { try source.load() }
    let written = try DatasetConversion.write(
      dataset, to: target, as: format, interruption: .shared)
    guard let written else { throw Interrupted(message: "stopped; nothing was written") }
    for (split, place) in zip(dataset.splits, written) {
      Terminal.shared.note("\(split.name): \(split.samples.count) samples → \(place)")
    }
  }
}
