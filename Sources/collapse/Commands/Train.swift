import ArgumentParser
import FoundationEssentials
import Pipeline
import Training

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network and keep checkpoints.",
    discussion: """
      The folder gets checkpoints/epoch-00010.h5, metrics.csv and configuration.yaml. Ctrl-C saves
      the state; --resume continues to the same bits as a training that was never stopped.

        collapse train mnist runs/mlp --widths 512,512,512 --epochs 10
        collapse train data/sample/idx runs/plain --batch-normalization none --weight-decay 5e-3
        collapse train mnist runs/mlp --resume
        collapse train cifar-10 runs/vgg --network vgg11 --precision bfloat16
        collapse train mnist runs/adam --set 'training.optimizer={kind: adam}' \\
          --set training.checkpoints.logarithmic=8
      """)

  @Argument(help: "Training data: a path, or the name of a fetched data set.", completion: .file())
  var data: String

  @Argument(help: "The folder to write to.", completion: .directory)
  var folder: String

  @Option(help: "Test data, where it is not a split of the training data.", completion: .file())
  var test: String?

  @Option(help: "The kind of network.")
  var network = "mlp"

  @Option(help: "Widths of an mlp's hidden layers.")
  var widths = "512,512,512"

  @Option(help: "Batch normalization: all, last or none.")
  var batchNormalization = "all"

  @Option(
    help:
      "Batch normalization directly before the classifier: withShift, withoutShift, withoutAffine or none."
  )
  var lastLayer = "none"

  @Option(help: "λ of the penalty λ/2 ‖parameters‖².")
  var weightDecay = "0"

  @Option(help: "The first learning rate.")
  var learningRate = "0.05"

  @Option(help: "Passes over the training data.")
  var epochs = 10

  @Option(help: "Samples per step.")
  var batchSize = 128

  @Option(help: "What a training step is computed in: float32 or bfloat16.")
  var precision = "float32"

  @Option(help: "Decides everything random.")
  var seed: UInt64 = 0

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Any other field of a run.", valueName: "key=value"))
  var settings: [String] = []

  @Flag(help: "Continue from what is in the folder.")
  var resume = false

  @OptionGroup var reading: ReadingArguments
  @OptionGroup var algorithms: AlgorithmCacheOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    verbosity.apply()
    Interruption.listen()
    let configuration = try configuration()
    let runFolder = RunFolder(path: folder)
    let isStarted =
      FileManager.default.fileExists(atPath: runFolder.metrics)
      || FileManager.default.fileExists(atPath: runFolder.latestCheckpoint)
    if isStarted, !resume {
      throw ValidationError("'\(folder)' holds a training already: --resume continues it")
    }
    var options = configuration.training
    options.threads = options.threads ?? reading.threads
    let training = CheckpointedTraining(
      folder: runFolder, network: configuration.network, options: options,
      data: try reading.loader.load(configuration.dataset),
      algorithmCache: algorithms.cache)
    let display = TrainingDisplay()
    let outcome = try training.run(resuming: resume, interruption: .shared) { event in
      display.show(event)
    }
    Terminal.shared.endProgress()
    switch outcome {
    case .finished(let epoch):
      Terminal.shared.note("done after epoch \(epoch): \(runFolder.checkpoint(epoch: epoch))")
    case .interrupted(let epoch):
      throw Interrupted(
        message: "stopped after \(epoch) epochs; the state is in \(runFolder.latestCheckpoint): "
          + "--resume continues")
    }
  }

  private func configuration() throws -> RunConfiguration {
    var settings = Settings()
    try settings.set("network.kind", network)
    if network == "mlp" { try settings.set("network.widths", "[\(widths)]") }
    try settings.set("network.batchNormalization", batchNormalization)
    try settings.set("network.lastLayerBatchNormalization", lastLayer)
    try settings.set("training.weightDecay", weightDecay)
    try settings.set("training.learningRate", "{initial: \(learningRate)}")
    try settings.set("training.epochs", String(epochs))
    try settings.set("training.batchSize", String(batchSize))
    try settings.set("training.precision", precision)
    try settings.set("training.seed", String(seed))
    try settings.set("dataset.train.path", "unset")
    for setting in self.settings { try settings.set(setting) }
    var configuration = try settings.runConfiguration()
    configuration.dataset.train = try reading.source(data)
    if let test { configuration.dataset.test = try reading.source(test) }
    return configuration
  }
}
