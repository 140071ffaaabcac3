import ArgumentParser
import FeatureStore
import NeuralCollapse
import Pipeline
import Reporting
import Tensors

struct Analyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure neural collapse in feature files from any framework.",
    discussion: """
      Reads HDF5, NPZ, NPY, safetensors and PyTorch's .pt: features [N,d], labels [N], and where
      there is one the classifier's W [C,d] and b [C]. Files in the layout of this program, or with
      the usual names, need nothing said; other names are given with --features and --labels.

        collapse analyze features.h5
        collapse analyze features.npz --features h --labels y --weights W --bias b
        collapse analyze test.h5 --means-from train.h5
        collapse analyze 'runs/**/features/*.h5' -o measures.csv

      With -o there are a tidy CSV with a row per file, layer and split, a .pairs.csv with the values
      per class and per pair, and a .json with everything; a second run measures only what changed.
      """)

  @Argument(help: "Feature files; quoted, * and ** are expanded here.", completion: .file())
  var files: [String]

  @Option(
    name: .shortAndLong, help: "Write tables: measures.csv, measures.pairs.csv, measures.json.",
    completion: .file(extensions: ["csv"]))
  var output: String?

  @Flag(help: "Print the measures as JSON.")
  var json = false

  @OptionGroup(title: "Where things are in the files") var layout: LayoutOptions
  @OptionGroup(title: "Measures") var measures: MeasureOptions

  @Flag(help: "Keep looking for new or changed files; ends with Ctrl-C. Needs -o.")
  var watch = false

  @Option(help: "Threads to use.")
  var threads = Machine.processorCount

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if watch && output == nil { throw ValidationError("--watch needs -o") }
  }

  func run() throws {
    verbosity.apply()
    let batch = AnalysisBatch(
      analysis: FeatureAnalysis(options: measures.analysisOptions(threads: threads)),
      reading: layout.options, meansFrom: measures.meansFrom, outOfDistribution: measures.ood,
      jobs: threads)
    let session = AnalysisSession(
      patterns: files.map(PathPattern.init), batch: batch, file: output.map(AnalysisFile.init))
    if watch { return try session.watch() }
    let outcome = try session.analyze()
    if json {
      print(try AnalysisText.json(outcome.entries), terminator: "")
    } else if output == nil {
      for entry in outcome.entries { print(AnalysisText.plain(entry.record)) }
    }
    if let first = outcome.failures.first {
      for failure in outcome.failures { Terminal.shared.message("error: \(failure.message)") }
      if files.count > 1 || outcome.entries.count > 0 {
        Terminal.shared.message(
          "\(outcome.failures.count) of \(outcome.failures.count + outcome.entries.count) files failed"
        )
        throw SomeInputsFailed(kind: .badInput)
      }
      throw SomeInputsFailed(kind: first.kind)
    }
  }
}

/// Where features, labels and classifier are in a file.
struct LayoutOptions: ParsableArguments {
  @Option(help: "The features' path or name; may be repeated, first layer first.")
  var features: [String] = []

  @Option(help: "The labels' path or name.")
  var labels: String?

  @Option(help: "The path or name of W.")
  var weights: String?

  @Option(help: "The path or name of b.")
  var bias: String?

  @Option(
    help: "Another file that holds the labels, for a plain .npy of features.", completion: .file())
  var labelsFile: String?

  @Option(help: "Another file that holds W and b.", completion: .file())
  var classifierFile: String?

  @Flag(help: "W is stored as [d, C], as JAX and Keras do.")
  var transposedWeights = false

  @Flag(help: "Take all numbers of a sample as its features where they have more axes.")
  var flatten = false

  @Flag(help: "Take the mean over all axes behind the second, as global average pooling does.")
  var pool = false

  @Option(help: "What 16-bit unsigned integers are: bfloat16 or integer.")
  var uint16: FeatureFileOptions.UInt16Meaning?

  func validate() throws {
    if flatten && pool { throw ValidationError("--flatten and --pool exclude each other") }
  }

  var options: FeatureFileOptions {
    var options = FeatureFileOptions()
    options.features = features
    options.labels = labels
    options.weights = weights
    options.bias = bias
    options.labelsFile = labelsFile
    options.classifierFile = classifierFile

    options.weightsAreTransposed = transposedWeights
    options.reduction = flatten ? .flatten : pool ? .pool : .none
    options.uint16Meaning = uint16
    return options
  }
}
