import ArgumentParser
import CollapseCore
import Datasets
import Pipeline

/// A data set as an argument: a path, or the name of one that was fetched.
struct SourceOptions: ParsableArguments {
  @Argument(
    help: "A file, a folder, or the name of a fetched data set.", completion: DataCompletion.kind)
  var source: String

  @OptionGroup var reading: ReadingArguments

  func load() throws -> LoadedDataset { try reading.load(source) }
}

/// How a data set is read.
struct ReadingArguments: ParsableArguments {
  @Option(help: "For CIFAR-100: fine or coarse labels.")
  var labels: LabelKind?

  @Flag(help: "Exchange rows and columns of every image, as EMNIST's files need.")
  var transposed = false

  @Option(
    help: ArgumentHelp(
      "Bring all images to this size, as PNG images of different sizes need.",
      valueName: "widthxheight"))
  var resize: ImageSize?

  @Option(help: "The folder that fetched data sets are in.", completion: .directory)
  var dataFolder = "data"

  @Option(
    name: .customLong("threads"), parsing: .unconditional,
    help: "Threads to work with. (default: one per processor)")
  var statedThreads: Int?

  var threads: Int { statedThreads ?? Processors.count }

  func validate() throws {
    if let statedThreads, !(1...1024).contains(statedThreads) {
      throw ValidationError("--threads is \(statedThreads), expected 1 to 1024")
    }
  }

  func source(_ argument: String) throws -> SampleSource {
    var source = try loader.source(of: argument)
    source.labels = labels
    source.transposed = transposed ? true : nil
    source.resize = resize
    return source
  }

  func load(_ argument: String) throws -> LoadedDataset {
    try loader.load(source(argument))
  }

  var loader: DatasetLoader { DatasetLoader(dataFolder: dataFolder, threads: threads) }
}
