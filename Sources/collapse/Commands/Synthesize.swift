import ArgumentParser
import CollapseCore
import Datasets
import Pipeline

struct Synthesize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthesize",
    abstract: "Make a synthetic data set from a seed.",
    discussion: """
      Kinds: \(SyntheticDescription.kinds.map { $0.kind }.joined(separator: ", ")).
      Their parameters are given with --set; 'collapse synthesize KIND --describe'
      lists them with their values.

        collapse synthesize glyphs digits/ --to idx --set trainPerClass=500 --seed 7
        collapse synthesize conic-hull hull.h5 --to hdf5 --set dimension=32
      """)

  @Argument(
    help: "The kind of data.", completion: .list(SyntheticDescription.kinds.map { $0.kind }))
  var kind: String

  @Argument(help: "Where to write.", completion: .file())
  var target: String?

  @Option(name: .customLong("to"), help: "The format to write.")
  var format: DatasetConversion.Format = .hdf5

  @Option(parsing: .unconditional, help: "Everything random follows from it.")
  var seed: UInt64 = 0

  @Option(
    name: .customLong("set"), help: ArgumentHelp("A parameter of the kind.", valueName: "key=value")
  )
  var settings: [String] = []

  @Flag(help: "Print the full description as JSON and make nothing.")
  var describe = false

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if target == nil && !describe { throw ValidationError("say where to write, or --describe") }
  }

  func run() throws {
    verbosity.apply()
    Interruption.listen()
    var settings = Settings()
    try settings.set("kind", kind)
    try settings.set("seed", String(seed))
    for setting in self.settings { try settings.set(setting) }
    let description = try settings.syntheticDescription()
    if describe { return print(try JSONText.pretty(description)) }
    let loader = DatasetLoader(threads: Processors.count)
    let dataset = try Interruption.losingNothing {
      Terminal.shared.progress("drawing the samples of \(kind)")
      return try loader.load(SampleSource(synthetic: description))
    }
    Terminal.shared.endProgress()
    let written = try DatasetConversion.write(
      dataset, to: target!, as: format, interruption: .shared)
    guard let written else { throw Interrupted(message: "stopped; nothing was written") }
    for (split, place) in zip(dataset.splits, written) {
      Terminal.shared.note("\(split.name): \(split.samples.count) samples → \(place)")
    }
  }
}
