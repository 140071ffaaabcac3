import ArgumentParser
import CollapseCore
import Datasets
import FeatureStore
import Networks
import Pipeline
import Training

struct Extract: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Write the features of samples under a trained network to HDF5.",
    discussion: """
      A checkpoint of ours is all that is needed: it holds the network, and how samples were
      shaped for it (padding, classes; of the split train the subset and the labels
      too). The file has the features, the labels and the classifier, and is there
      whole or not at all.

        collapse extract runs/mlp/checkpoints/epoch-00010.h5 mnist features.h5
        collapse extract epoch-00010.h5 mnist test.h5 --split test --layers all
        collapse extract epoch-00010.h5 mnist training-mode.h5 --statistics batch

      A checkpoint of another framework is taken over first, as 'collapse import' does
      it, and checked on the samples; how they are prepared has to be said:

        collapse extract model.pt cifar-10 features.h5 --preset cifar10 --split test

      Images are read as the network asks for them: any number takes the memory of
      a batch. Labels are those of the checkpoint's classes of the same names; data
      of other classes is refused, or keeps its own with --own-classes.

      --json prints one object: the number of images, and the seconds it took to open
      the data and the network (openSeconds), to build the network (prepareSeconds),
      and of the rest (seconds) how many the network ran (forwardSeconds), waited for
      samples (waitSeconds), and the file was written (writeSeconds); samples are
      decoded (decodeSeconds) while the network runs.
      """)

  @Argument(help: "A checkpoint, of ours or of another framework.", completion: .file())
  var checkpoint: String

  @Argument(
    help: "The samples: a path, or the name of a fetched data set.",
    completion: DataCompletion.kind)
  var data: String

  @Argument(help: "The feature file to write.", completion: .file(extensions: ["h5"]))
  var output: String

  @Option(
    help: """
      The split to extract. (default: train; of data without splits all samples, as split 'all')
      """)
  var split: String?

  @Option(help: "last (the classifier's input), all, or names separated by commas.")
  var layers = "last"

  @Option(help: "What becomes of layers that give maps: mean of each channel, or none.")
  var pooling = FeaturePooling.mean

  @Option(
    help: """
      The moments that batch normalization divides by: running, or batch (those of each batch, as in
      training; rows then come batch by batch).
      """)
  var statistics = NormalizationStatistics.running

  @Option(
    help: ArgumentHelp(
      "Samples of a batch, with --statistics batch. (default: as in the training)", valueName: "n"))
  var batchSize: Int?

  @Flag(
    inversion: .prefixedNo,
    help: "Whether samples are shaped like those of the training, or taken as they are.")
  var shaping = true

  @Flag(
    help: "Keep the data's own classes, which need not be the checkpoint's, and leave out W and b.")
  var ownClasses = false

  @Option(
    help: "A text file with the class of each output of a foreign classifier, a line each.",
    completion: .file())
  var classes: String?

  @Flag(help: "Print where the time went, as JSON.")
  var json = false

  @OptionGroup(title: "Checkpoints of other frameworks") var importing: ImportArguments
  @OptionGroup(title: "Preprocessing") var preprocessing: PreprocessingArguments
  @OptionGroup var reading: ReadingArguments
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard let batchSize else { return }
    guard statistics == .batch else {
      throw ValidationError("--batch-size goes with --statistics batch")
    }
    guard batchSize >= 1 else {
      throw ValidationError("--batch-size takes a number from 1 on, found \(batchSize)")
    }
  }

  func run() throws {
    verbosity.apply()
    Interruption.listen()
    let start = ContinuousClock.now
    let (extraction, source, split) = try Interruption.losingNothing {
      try reading.network(
        checkpoint, data, split: self.split, preprocessing, importing, classes: classes)
    }
    if statistics == .batch { try extraction.normalizeByBatches(of: batchSize) }
    let samples =
      ownClasses
      ? source
      : shaping
        ? try extraction.shaped(source, split: split) : try extraction.matched(source, split)
    if self.split == nil, split == "all" {
      Terminal.shared.note("\(data) has no splits: all samples are taken, as split 'all'")
    }
    let openSeconds = (ContinuousClock.now - start) / .seconds(1)
    let selected = FeatureExtraction.Layers(named: layers)
    let maps = try extraction.mapLayers(of: selected)
    if pooling == .mean, !maps.isEmpty {
      Terminal.shared.note(
        "of maps the mean of each channel is taken (--pooling none takes every pixel): "
          + maps.joined(separator: ", "))
    }
    let disk = DiskSpace(
      checkpointBytes: 0,
      featureBytes: try extraction.byteCount(
        of: samples.count, layers: selected, pooling: pooling),
      freeBytes: DiskSpace.free(at: output))
    if let announcement = disk.announcement { Terminal.shared.note(announcement) }
    let isComplete = try extraction.write(
      samples, split: split, layers: selected, pooling: pooling, to: output, interruption: .shared
    ) { done in
      Terminal.shared.progress("\(done)/\(samples.count) samples")
    }
    Terminal.shared.endProgress()
    guard isComplete else { throw Interrupted(message: "stopped; nothing was written") }
    Terminal.shared.note("\(samples.count) samples → \(output)")
    if json {
      StandardOutput.print(
        try JSONText.pretty(
          ExtractionRecord(
            checkpoint: checkpoint, data: data, split: split, output: output,
            threads: reading.threads, openSeconds: openSeconds, times: extraction.times)))
    }
  }
}
