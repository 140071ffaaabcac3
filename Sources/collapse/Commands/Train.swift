import ArgumentParser
import CollapseCore
import Files
import FoundationEssentials
import Networks
import Pipeline
import Training

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network and keep checkpoints.",
    discussion: """
      The folder gets checkpoints/epoch-00010.h5, metrics.csv and
      configuration.yaml. Ctrl-C saves the state; --resume continues to the same
      bits as a training that was never stopped, with the options it began with;
      others given beside it hold from there on.

        collapse train mnist runs/mlp --widths 512,512,512 --epochs 10
        collapse train mnist runs/mlp --resume
        collapse train mnist runs/mlp --resume --stop-after 10000
        collapse train data/sample/idx runs/plain --batch-normalization none
        collapse train cifar-10 runs/vgg --network vgg11 --crop 4 --flip \\
          --learning-rate 0.05 --cosine --warm-up 5 --weight-decay 5e-4 \\
          --epochs 200 --checkpoints 12 --precision bfloat16
        collapse train mnist runs/vgg-mnist --network vgg11 --pad 32 \\
          --batch-normalization none --initialization he --learning-rate 0.01
        collapse train mnist runs/adamw --optimizer adamw \\
          --learning-rate 1e-3 --weight-decay 0.01
        collapse train mnist runs/supcon --loss supervisedContrastive

      An options file has the keys of a pipeline's network:, training: and
      dataset.shaping:, as the configuration.yaml of any run does. Options beside it
      take precedence, and --set over all.

        collapse train mnist runs/again --options runs/mlp/configuration.yaml \\
          --seed 2
        collapse train mnist runs/two --set dataset.shaping.classes='["3", "8"]'
        collapse train mnist runs/mlp --test-set usps=usps/ --test-set drawn=glyphs.h5
      """)

  @Argument(
    help: "Training data: a path, or the name of a fetched data set.",
    completion: DataCompletion.kind)
  var data: String

  @Argument(help: "The folder to write to.", completion: .directory)
  var folder: String

  @Option(help: "A YAML or JSON file of options.", completion: .file(extensions: ["yaml", "json"]))
  var options: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Any field of the options.", valueName: "key=value"))
  var settings: [String] = []

  @Option(
    help: "mlp, convnet, vgg11, resnet18, …: 'collapse networks' lists them. (default: mlp)",
    completion: .list(NetworkCatalog.entries.map(\.name)))
  var network: String?

  @Flag(help: "Continue the training in the folder.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Stop after so many more steps as if by Ctrl-C: the state is saved, the exit code is 130.",
      valueName: "steps"))
  var stopAfter: Int?

  @OptionGroup(title: "Network") var fields: NetworkArguments
  @OptionGroup(title: "Training") var training: FieldArguments<TrainingScope>
  @Option(
    help: "Test data, where it is not a split of the training data.",
    completion: DataCompletion.kind)
  var test: String?

  @Option(
    name: .customLong("test-set"),
    help: ArgumentHelp(
      "More data to test on after each epoch, under a name; may be repeated.",
      valueName: "name=data"))
  var testSets: [String] = []

  @OptionGroup(title: "Data") var shaping: FieldArguments<ShapingScope>
  @OptionGroup(title: "Data") var reading: ReadingArguments
  @OptionGroup var algorithms: AlgorithmCacheOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if let stopAfter, stopAfter < 1 {
      throw ValidationError("--stop-after takes a number of steps from 1 on, found \(stopAfter)")
    }
  }

  func run() throws {
    verbosity.apply()
    Interruption.listen(finishing: "the step at hand and its checkpoint")
    let runFolder = RunFolder(path: folder)
    if runFolder.holdsTraining, !resume {
      throw WrongUsage("'\(folder)' holds a training already: --resume continues it")
    }
    if resume, !runFolder.holdsTraining {
      // Stopped before its first checkpoint, it begins again as it had begun.
      guard FileManager.default.fileExists(atPath: runFolder.configuration) else {
        throw WrongUsage(
          "cannot resume: '\(folder)' holds no training; without --resume one begins")
      }
      Terminal.shared.note(
        "no checkpoint yet: it begins again with the options of \(runFolder.configuration)")
    }
    let configuration = try configuration(runFolder)
    let data = try Interruption.losingNothing {
      try reading.loader.load(configuration.dataset)
    }
    announce(configuration, data)
    let training = try CheckpointedTraining(
      configuration, folder: runFolder, data: data, threads: reading.threads,
      algorithmCache: algorithms.cache)
    let display = TrainingDisplay()
    var stepsLeft = stopAfter
    let outcome = try training.run(
      resuming: resume, interruption: .shared, onStart: { try runFolder.write(configuration) }
    ) { event in
      display.show(event)
      guard case .step = event, let left = stepsLeft else { return }
      stepsLeft = left - 1
      if left == 1 { Interruption.shared.request() }
    }
    Terminal.shared.endProgress()
    switch outcome {
    case .finished(let epoch):
      Terminal.shared.note("done after epoch \(epoch): \(runFolder.checkpoint(epoch: epoch))")
    case .interrupted(let epoch):
      throw Interrupted(
        message: "stopped after \(Counted.text(epoch, "epoch")); the state is in "
          + "\(runFolder.latestCheckpoint): --resume continues")
    }
  }

  /// Says what will be written, where it is much. What keeps the training from beginning is the
  /// trainer's to say.
  private func announce(_ configuration: RunConfiguration, _ data: TrainingData) {
    guard let estimate = try? ResourceEstimate(configuration, data: data.facts) else { return }
    let disk = DiskSpace(
      checkpointBytes: estimate.checkpointBytes, featureBytes: 0,
      freeBytes: DiskSpace.free(at: folder))
    if let announcement = disk.announcement { Terminal.shared.note(announcement) }
  }

  /// What the options file says, or the training that goes on, and over it the command line.
  private func configuration(_ runFolder: RunFolder) throws -> RunConfiguration {
    let goesOn = resume && FileManager.default.fileExists(atPath: runFolder.configuration)
    let file = options ?? (goesOn ? runFolder.configuration : nil)
    var settings = try file.map { try Settings(file: $0) } ?? Settings(origin: "options")
    settings.keep(["shaping", "testSets"], of: "dataset")
    try settings.set("dataset.train.path", "unset")
    try fields.apply(kind: network, to: &settings)
    try training.apply(to: &settings)
    try shaping.apply(to: &settings)
    try settings.set("training.threads", ifGiven: reading.statedThreads)
    for setting in self.settings { try settings.set(setting) }
    try training.checkKinds(in: settings)
    var configuration = try settings.runConfiguration()
    configuration.dataset.train = try reading.source(data)
    configuration.dataset.test = try test.map { try reading.source($0) }
    try addTestSets(to: &configuration.dataset)
    configuration.training.threads = configuration.training.threads ?? reading.threads
    return configuration
  }

  /// The sets that `--test-set` names; one of a name that the options have takes its place.
  private func addTestSets(to dataset: inout DatasetConfiguration) throws {
    for text in testSets {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw WrongUsage("--test-set takes a name and data, 'name=data', found '\(text)'")
      }
      let set = try TestSetConfiguration(naming: parts[0], reading.source(parts[1]))
      dataset.testSets = (dataset.testSets ?? []).filter { $0.name != set.name } + [set]
    }
  }
}
