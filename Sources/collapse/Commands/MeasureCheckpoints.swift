import ArgumentParser
import CollapseCore
import Datasets
import FeatureStore
import Files
import LibC
import NeuralCollapse
import Pipeline
import Reporting
import Synchronization
import Training

struct MeasureCheckpoints: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Measure neural collapse in many checkpoints of networks, ours or others'.",
    discussion: """
      Each network is run on the same samples and its last-layer features are measured,
      without a feature file between: data is decoded once, networks of one structure
      are compiled once. A row per checkpoint, layer and split:

        collapse measure 'runs/mlp/checkpoints/*.h5' mnist -o measures.csv
        collapse measure 'checkpoints/epoch-*.pt' cifar-10 --preset cifar10 -o m.csv
        collapse report m.json

      Checkpoints of other frameworks are taken over as 'collapse import' does it; the
      last one is checked, and the others of its structure follow it. Epochs are taken
      from names such as epoch_5.pt or ckpt-00010.pt, or as --name-pattern says. What
      was measured stands: the same command goes on where it stopped. Networks have all
      processors, one after another; with --threads each has so many, and as many are
      measured at a time as there are processors and memory for:

        collapse measure 'ckpt/*.pt' cifar-10 --preset cifar10 --threads 4 -o m.csv

      The split train is measured; with --split test the class means of the same
      checkpoint's split train decide. On a cluster checkpoints may be jobs:

        collapse measure 'ckpt/*.pt' imagenet --preset imagenet -o m.csv --on slurm
      """)

  @Argument(help: "Checkpoints; quoted, * and ** are expanded here. The samples come last.")
  var checkpoints: [String]

  @OptionGroup var result: ResultOptions

  @Option(
    name: .customLong("split"), help: "A split to measure; may be repeated. (default: train)")
  var splits: [String] = []

  @Option(help: "last (the classifier's input), all, or names separated by commas.")
  var layers = "last"

  @Option(help: "What becomes of layers that give maps: mean of each channel, or none.")
  var pooling = FeaturePooling.mean

  @Option(
    help: ArgumentHelp(
      "How paths state run and epoch: 'run={run}/epoch={epoch}'.", valueName: "pattern"))
  var namePattern: String?

  @Option(
    help: "A text file with the class of each output of a foreign classifier, a line each.",
    completion: .file())
  var classNames: String?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Checkpoints at a time. (default: as many as processors and memory allow)")
  var jobs: Int?

  @Flag(help: "Keep looking for new or changed checkpoints; ends with Ctrl-C. Needs -o.")
  var watch = false

  @OptionGroup(title: "Checkpoints of other frameworks") var importing: ImportArguments
  @OptionGroup(title: "Preprocessing") var preprocessing: PreprocessingArguments
  @OptionGroup(title: "Measures") var measures: MeasureOptions
  @OptionGroup(title: "On a cluster") var cluster: SlurmArguments
  @OptionGroup(title: "On a cluster") var share: ShareArguments
  @OptionGroup var reading: ReadingArguments
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if checkpoints.count < 2 {
      throw ValidationError(
        "expected checkpoints and then the samples, a path or a data set's name")
    }
    if let jobs, jobs < 1 { throw ValidationError("--jobs is \(jobs), expected at least 1") }
    if watch && result.output == nil { throw ValidationError("--watch needs -o") }
    try share.check(result)
    if jobs != nil, cluster.place == .slurm {
      throw ValidationError("--jobs is of one machine; --jobs-per-task is that of a job of Slurm")
    }
    if watch, cluster.place == .slurm || share.share != nil {
      throw ValidationError("--watch is of one process, without --on slurm and --share")
    }
    if measures.meansFrom != nil {
      throw ValidationError(
        "--means-from is for files of features; here the split train of each checkpoint decides")
    }
    if !measures.ood.isEmpty { throw ValidationError("--ood is for files of features") }
    if measures.unlabelled { throw ValidationError("--unlabelled is for files of features") }
  }

  func run() throws {
    verbosity.apply()
    Interruption.listen()
    let patterns = checkpoints.dropLast().map { PathPattern($0) }
    if cluster.place == .slurm {
      return try cluster.measure(
        fileCount: paths(patterns).count, threads: reading.statedThreads ?? 1, result)
    }
    let batch = try self.batch(ofData: checkpoints.last!)
    let file = result.file
    if let file { _ = try PendingFile(file.json) }
    var earlier = try share.entries(file)
    guard watch else {
      let outcome = try measure(mine(of: paths(patterns), batch), batch, earlier, file)
      return try finish(outcome, file)
    }
    Terminal.shared.note("watching; Ctrl-C ends")
    while !Interruption.shared.isRequested {
      let paths = patterns.flatMap { $0.matches() }
      if !paths.isEmpty { earlier = try measure(paths, batch, earlier, file).entries }
      for _ in 0..<20 where !Interruption.shared.isRequested { usleep(100_000) }
    }
    throw Interrupted(message: "stopped watching, \(earlier.count) checkpoints measured")
  }

  /// The share of this process. Every one has the last of foreign checkpoints, which confirms how
  /// they are put together.
  private func mine(of paths: [String], _ batch: CheckpointBatch) -> [String] {
    let mine = share.files(paths)
    guard let last = paths.last, batch.importing != nil, mine.last != last else { return mine }
    return mine.isEmpty ? [] : mine + [last]
  }

  private func paths(_ patterns: [PathPattern]) throws -> [String] {
    for pattern in patterns where pattern.isPattern && pattern.matches().isEmpty {
      throw FileError(
        kind: .missingInput, operation: "measure", path: pattern.text, reason: "no file matches")
    }
    var seen: Set<String> = []
    return patterns.flatMap { $0.matches() }.filter { seen.insert($0).inserted }
      .sorted(by: NaturalOrder.precedes)
  }

  private func batch(ofData data: String) throws -> CheckpointBatch {
    let stated = try preprocessing.preprocessing()
    let dataset = try reading.open(data, stated)
    let measured = splits.isEmpty ? ["train"] : splits
    var names = measured
    if !measured.contains("train"), dataset["train"] != nil { names.insert("train", at: 0) }
    names.sort { $0 == "train" && $1 != "train" }
    var batch = CheckpointBatch(
      analysis: FeatureAnalysis(options: measures.analysisOptions),
      splits: try names.map {
        CheckpointBatch.Split(
          name: $0, samples: try dataset.keptSamples(of: $0),
          isMeasured: measured.contains($0))
      }, threads: reading.threads)
    batch.layers = FeatureExtraction.Layers(named: layers)
    batch.pooling = pooling
    batch.jobs = jobs
    batch.names = try namePattern.map(NamePattern.init)
    batch.dataIdentity = [data, "\(String(describing: stated))"]
    if stated?.normalization != nil {
      batch.importing = try importing.options(
        reading.completed(stated), classes: classNames, threads: reading.statedThreads)
    }
    return batch
  }

  private func measure(
    _ paths: [String], _ batch: CheckpointBatch, _ earlier: [AnalysisBatch.Entry],
    _ file: AnalysisFile?
  ) throws -> AnalysisBatch.Outcome {
    let told = Atomic(0)
    let outcome = try batch.run(paths, earlier: earlier, interruption: .shared) { event in
      switch event {
      case .found(let path, let summary):
        Terminal.shared.note("\(path):")
        for line in summary { Terminal.shared.note("  \(line)") }
      case .fewer(let jobs, let wanted):
        Terminal.shared.note(
          "memory lets \(jobs) of \(Counted.text(wanted, "checkpoint")) be measured at a time")
      case .done(let path, let entries):
        let count = told.wrappingAdd(1, ordering: .relaxed).newValue
        if !entries.isEmpty { try file?.write(entries, command: CommandLineText.repeatable) }
        Terminal.shared.progress("\(count)/\(paths.count) \(path)", isLast: count == paths.count)
      }
    }
    Terminal.shared.endProgress()
    return outcome
  }

  private func finish(_ outcome: AnalysisBatch.Outcome, _ file: AnalysisFile?) throws {
    if let file, !outcome.entries.isEmpty {
      try file.write(outcome.entries, command: CommandLineText.repeatable)
      let reused = outcome.reused > 0 ? ", \(outcome.reused) unchanged" : ""
      Terminal.shared.note(
        "\(Counted.text(outcome.entries.count, "checkpoint")) → \(file.table)\(reused)")
    }
    if outcome.remaining > 0 {
      let saved = file == nil ? "" : "; the same command goes on"
      throw Interrupted(
        message: "stopped, \(outcome.remaining) checkpoints not measured" + saved)
    }
    AnalysisText.show(outcome, result, CommandLineText.repeatable)
    try FailureReport.throwing(
      outcome.failures, of: outcome.failures.count + outcome.entries.count, "checkpoints")
  }
}
