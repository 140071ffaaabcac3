import ArgumentParser
import CollapseCore
import FeatureStore
import Networks
import Pipeline
import Training

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Turn a checkpoint of another framework into one of ours.",
    discussion: """
      State dictionaries (.pt, .pth, .ckpt, .safetensors, NPZ, HDF5) of multilayer
      perceptrons, plain convolutional networks, VGG and residual networks become
      our layers by the order and shapes of their arrays, whatever they are called;
      so do ONNX files of the same operators. Other ONNX files are only checked here:
      ONNX Runtime runs them, for 'extract' and 'measure' too.
      No code in a file is ever run.

        collapse import model.pt cifar-10 --preset cifar10 -o model.h5
        collapse import model.pt cifar-10 --mean 0.49,0.48,0.45 --std 0.2,0.2,0.2 -o m.h5

      Nothing is believed: with data, what each batch normalization takes in is
      compared with the moments it keeps of training, and the accuracy is measured.
      A network that does not fit is refused, unless --trust. The checkpoint keeps
      the file's name and SHA-256, the mapping, and what was taken for granted.
      """)

  @Argument(help: "A checkpoint of another framework.", completion: .file())
  var checkpoint: String

  @Argument(
    help: "Samples to check it on: a path, or the name of a fetched data set.",
    completion: DataCompletion.kind)
  var data: String?

  @Option(
    name: .shortAndLong, help: "The checkpoint to write; without it, it is only checked.",
    completion: .file(extensions: ["h5"]))
  var output: String?

  @Option(help: "The split to check it on.")
  var split = "test"

  @Option(
    help: ArgumentHelp(
      "The shape of a sample, where there is no data: 3x32x32.", valueName: "shape"))
  var input: String?

  @Option(
    help: "A text file with the class of each output of the classifier, a line each.",
    completion: .file())
  var classes: String?

  @Flag(help: "Print the moments of every batch normalization.")
  var moments = false

  @OptionGroup(title: "The network") var importing: ImportArguments
  @OptionGroup(title: "Preprocessing") var preprocessing: PreprocessingArguments
  @OptionGroup var reading: ReadingArguments
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    verbosity.apply()
    Interruption.listen(endingAfter: 0.7)
    if try Checkpoint.isOurs(checkpoint) {
      throw WrongUsage("\(checkpoint) is a checkpoint of ours already")
    }
    let preprocessing = try self.preprocessing.preprocessing()
    let options = try importing.options(
      reading.completed(preprocessing), classes: classes, threads: reading.statedThreads)
    let samples = try data.map { try reading.open($0, preprocessing).samples(of: split) }
    let model = try ForeignModel(
      checkpoint, options, samples: samples, input: try inputShape(isGiven: samples == nil))
    for line in model.summary { Terminal.shared.note(line) }
    switch model {
    case .layers(let network): try finish(network)
    case .graph(let graph):
      guard output == nil else {
        throw NetworkError(
          kind: .badInput, operation: "write it as a checkpoint of ours",
          reason: "\(checkpoint): \(graph.reason); extract and measure take it as it is")
      }
    }
  }

  private func finish(_ network: ImportedNetwork) throws {
    if moments { StandardOutput.print(Import.table(network)) }
    guard let output else { return }
    try CheckpointFile.write(network.checkpoint, to: output)
    Terminal.shared.note("\(checkpoint) → \(output)")
  }

  private func inputShape(isGiven isNeeded: Bool) throws -> Shape {
    guard isNeeded else { return [] }
    let numbers = input?.split(separator: "x").compactMap { Int($0) } ?? []
    guard numbers.count == 3 || numbers.count == 1, numbers.allSatisfy({ (1...65_536) ~= $0 })
    else {
      throw WrongUsage(
        "without data the shape of a sample is needed: --input 3x32x32 (channels, height, width)")
    }
    return Shape(numbers)
  }

  /// A line for each batch normalization, tab-separated.
  private static func table(_ network: ImportedNetwork) -> String {
    let rows = network.probe?.rows ?? []
    return
      (["layer\tchannels\tmean_shift\tlog_variance\tfits"]
      + rows.map {
        "\($0.layer)\t\($0.channels)\t\($0.shift.shortestText)\t\($0.logVariance.shortestText)\t"
          + ($0.fits ? "yes" : "no")
      }).joined(separator: "\n")
  }
}
