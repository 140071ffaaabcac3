import ArgumentParser
import Arrays
import CollapseCore
import FeatureStore
import Networks
import NeuralCollapse
import Pipeline
import Reporting

struct Analyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Measure neural collapse in feature files from any framework.",
    discussion: """
      Reads HDF5, NPZ, NPY or a folder of it, safetensors, PyTorch's .pt and pickles
      of NumPy arrays: features [N,d], labels [N] (numbers, one-hot rows or names),
      and where there is one the classifier's W [C,d] and b [C]. Files in the layout
      of this program, or with the usual names, need nothing said; the output says
      what was taken. Other names are given with --features and --labels.

        collapse analyze features.h5
        collapse analyze features.npz --features h --labels y --weights W --bias b
        collapse analyze h.npy --labels-file y.npy --classifier-file model.pt
        collapse analyze test.h5 --means-from train.h5
        collapse analyze train.h5 --spectrum --convention papyan --ood noise.h5
        collapse analyze 'train-*.npz' --shards
        collapse analyze 'epoch_*_train.npz' -o measures.csv
        collapse analyze 'rank?_h.npy' --shards --labels-file 'rank?_y.npy'
        collapse analyze 'runs/**/features/*.h5' -o measures.csv
        collapse analyze 'runs/**/features/*.h5' -o measures.csv --watch

      With -o there are a tidy CSV with a row per file, layer and split, a
      .pairs.csv with the values per class and per pair, and a .json with
      everything; a second run measures only what changed. A bad file costs the
      others nothing: it is reported at the end, with exit code 65.

      A test split is decided (NC4) by the class means of --means-from, or else of
      the file of split 'train' in the same folder that states the same training and
      epoch.

      Published code disagrees on five choices. A convention sets all five, an
      option of its own replaces one, and every report states them:
        standard        Papyan, Han & Donoho, divided by the number of classes (the default)
        papyan          the notebook of Papyan, Han & Donoho 2020
        zhu             Zhu et al. 2021
        he-su           He & Su 2023, imbalanced data
        he-su-balanced  He & Su 2023, each class weighing the same

      Where one machine is not enough, each does a part, in two passes (see
      'collapse merge --help'): --part 3/8 --partial FILE, and --after for the second.
      Or all do it together, by MPI; of several sets, each its share:
        mpirun -n 4 collapse analyze 'train-*.h5' --shards -o measures.csv
      Many sets may be jobs of a cluster:
        collapse analyze 'runs/**/features/*.h5' -o measures.csv --on slurm

      What each measure is, with its formula and its value under perfect collapse, says
      'collapse explain', and the page that 'collapse report measures.json' makes.
      """)

  @Argument(help: "Feature files; quoted, * and ** are expanded here.", completion: .file())
  var files: [String]

  @OptionGroup var result: ResultOptions

  @Flag(help: "All files are shards of one set, measured as one.")
  var shards = false

  @Option(
    parsing: .unconditional,
    help: "The epoch of files that do not state one; else it may stand in their names.")
  var epoch: Int?

  @Option(help: "The split of files that do not state one; else it may stand in their names.")
  var split: String?

  @Option(
    help: ArgumentHelp(
      "How paths state run and epoch: 'run={run}/epoch={epoch}'.", valueName: "pattern"))
  var namePattern: String?

  @OptionGroup(title: "Where things are in the files") var layout: LayoutOptions
  @OptionGroup(title: "Measures") var measures: MeasureOptions
  @OptionGroup(title: "In parts") var parts: PartArguments
  @OptionGroup(title: "On a cluster") var cluster: SlurmArguments
  @OptionGroup(title: "On a cluster") var share: ShareArguments

  @Flag(help: "Keep looking for new or changed files; ends with Ctrl-C. Needs -o.")
  var watch = false

  @Option(
    parsing: .unconditional,
    help: """
      Threads to use; the result has the same bits for any number. (default: the processors; of \
      ranks by MPI, each its share)
      """)
  var threads: Int?

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if let epoch, epoch < 0 {
      throw ValidationError("--epoch is \(epoch), expected no negative number")
    }
    if watch && result.output == nil { throw ValidationError("--watch needs -o") }
    try share.check(result)
    if cluster.place == .slurm || share.share != nil {
      let flag = cluster.place == .slurm ? "--on slurm" : "--share"
      if isSingle { throw ValidationError("\(flag) is of several files: --part is of one set") }
      if watch { throw ValidationError("\(flag) and --watch exclude each other") }
    }
    if parts.part != nil {
      let others = [
        ("-o", result.output != nil), ("--json", result.json), ("--all", result.all),
        ("--watch", watch),
      ]
      if let (flag, _) = others.first(where: { $0.1 }) {
        throw ValidationError("\(flag) is of a whole analysis: 'collapse merge' makes one of parts")
      }
      if measures.targets != nil { throw ValidationError("--part needs labels") }
      if !isSingle { throw ValidationError("--part is of one set: of one file, or of --shards") }
    }
    if measures.targets != nil, layout.labels != nil || layout.labelsFile != nil {
      throw ValidationError("--targets stand in the place of labels")
    }
    if shards && measures.targets != nil {
      throw ValidationError("--targets are of single files, not of --shards")
    }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads), expected 1 to 1024")
    }
  }

  func run() throws {
    verbosity.apply()
    Interruption.listen(endingAfter: isSingle && !watch ? 0.5 : nil)
    if let part = parts.part, let path = parts.partial {
      let first = try PartialFile.all(parts.after, to: "take up")
      return try session().sumUp(
        part.part, to: path, after: first, CommandLineText.wholeAnalysis)
    }
    if cluster.place == .slurm {
      return try cluster.measure(
        fileCount: session().allSets().count, threads: threads ?? 1, result)
    }
    try Ranks.perform { ranks in
      var session = try ranks.together {
        if watch && ranks.size > 1 {
          throw WrongUsage("--watch is of one process: \(ranks.size) were started")
        }
        if share.share != nil && ranks.size > 1 {
          throw WrongUsage("--share is of one process: ranks share the files as they are")
        }
        return try self.session()
      }
      if watch { try session.watch() }
      if threads == nil { session.batch.threads = try ranks.processorShare() }
      guard let outcome = try session.analyze(over: ranks) else { return }
      AnalysisText.show(outcome, result, CommandLineText.repeatable)
      try FailureReport.throwing(
        outcome.failures, of: outcome.failures.count + outcome.entries.count, "files")
    }
  }

  private var isSingle: Bool {
    shards || (files.count == 1 && !PathPattern(files[0]).hasWildcards)
  }

  /// What the arguments ask for.
  func session() throws -> AnalysisSession {
    var analysis = FeatureAnalysis(options: measures.analysisOptions)
    analysis.isUnlabelled = measures.unlabelled
    analysis.isRegression = measures.targets != nil
    let labels = layout.labelsFile.map(PathPattern.init)
    var reading = layout.options
    if labels?.isPattern == true { reading.labelsFile = nil }  // a file for each, by pairs
    reading.ignoredLabels = Set(measures.ignoredLabels.map { Int64($0) })
    if measures.unlabelled || measures.targets != nil { reading.requiresLabels = false }
    reading.targets = measures.targets
    var batch = AnalysisBatch(
      analysis: analysis, reading: reading, meansFrom: measures.meansFrom,
      outOfDistribution: measures.ood.map { ($0.name, $0.path) },
      threads: threads ?? Processors.count)
    (batch.epoch, batch.split) = (epoch, split)
    batch.names = try namePattern.map(NamePattern.init)
    return AnalysisSession(
      patterns: files.map(PathPattern.init), isOneSet: shards, labels: labels, share: share,
      batch: batch,
      file: result.file, command: CommandLineText.repeatable)
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
    help:
      "Another file that holds the labels: any of these formats, or a text of one per line; a pattern pairs it with that of the features.",
    completion: .file())
  var labelsFile: String?

  @Option(help: "Another file that holds W and b.", completion: .file())
  var classifierFile: String?

  @Flag(help: "W is stored as [d, C], as JAX and Keras do.")
  var transposedWeights = false

  @Flag(help: "Take all numbers of a sample as its features where they have more axes.")
  var flatten = false

  @Flag(
    help: "Take the mean over all axes but that of the features, as global average pooling does.")
  var pool = false

  @Option(
    help: ArgumentHelp(
      "Of sequences take the first token (a class token), the last, or all, a row each with labels [N, tokens].",
      valueName: "first|last|all"))
  var token: TokenChoice?

  @Option(
    parsing: .unconditional,
    help: """
      The axis that features lie along where there are more than two, the samples' being 0: 1 for \
      [N, channels, height, width], -1 for [N, tokens, d].
      """)
  var featureAxis: Int?

  @Option(
    help: """
      The path or name of the number of tokens of each sequence, [N], or of a mask [N, tokens]: the \
      rest is padding. Another file where the features are one.
      """)
  var lengths: String?

  @Option(help: "What 16-bit unsigned integers are: bfloat16 or integer.")
  var uint16: UInt16Meaning?

  func validate() throws {
    let reductions = [("--flatten", flatten), ("--pool", pool), ("--token", token != nil)]
      .filter(\.1).map(\.0)
    if reductions.count > 1 {
      throw ValidationError("\(reductions[0]) and \(reductions[1]) exclude each other")
    }
    if lengths != nil, !pool, token == nil {
      throw ValidationError("--lengths needs --pool or --token: it says which tokens count")
    }
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
    options.reduction = flatten ? .flatten : pool ? .pool : token?.reduction ?? .none
    options.featureAxis = featureAxis
    options.lengths = lengths
    options.uint16Meaning = uint16
    return options
  }
}

/// Which tokens of a sequence are its features.
enum TokenChoice: String, ExpressibleByArgument, CaseIterable {
  case first, last, all

  var reduction: FeatureFileOptions.Reduction {
    switch self {
    case .first: .first
    case .last: .last
    case .all: .tokens
    }
  }
}
