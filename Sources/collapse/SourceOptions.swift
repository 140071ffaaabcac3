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

  func open() throws -> LoadedDataset { try reading.open(source, hashesFiles: true) }
}

/// How a data set is read.
struct ReadingArguments: ParsableArguments {
  @Option(help: "For CIFAR-100: fine or coarse labels.")
  var labels: LabelKind?

  @Flag(help: "Exchange rows and columns of every image, as EMNIST's files need.")
  var transposed = false

  @Option(
    help: ArgumentHelp(
      "Bring all images to this size, or their shorter sides to this length.",
      valueName: "widthxheight|side"))
  var resize: ResizeArgument?

  @Option(
    help: ArgumentHelp(
      "How class folders are numbered: in natural order (2 before 10), or as torchvision does (10 before 2). (default: natural)",
      discussion: "A file classes.txt beside them, a name a line, comes before both."))
  var classOrder: ClassOrder?

  @Flag(help: "Leave out files that cannot be read, and say which.")
  var skipBad = false

  @OptionGroup var dataFolder: DataFolderArguments

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
    apply(to: &source)
    return source
  }

  private func apply(to source: inout SampleSource) {
    switch resize?.resize {
    case nil: break
    case .exactly(let size): source.resize = size
    case .shorterSide(let side): source.shorterSide = side
    }
    source.classOrder = classOrder
    source.leaveOutBadFiles = skipBad ? true : nil
  }

  /// The data set in memory.
  func load(_ argument: String) throws -> LoadedDataset {
    try loader.load(source(argument)).told()
  }

  /// The data set open, its images read as they are asked for.
  func open(
    _ argument: String, hashesFiles: Bool = false, _ preprocessing: Preprocessing? = nil
  ) throws -> LoadedDataset {
    var source = try source(argument)
    switch preprocessing?.geometry.resize {
    case .exactly(let size) where resize == nil: source.resize = size
    case .shorterSide(let side) where resize == nil: source.shorterSide = side
    default: break
    }
    source.crop = preprocessing?.geometry.crop
    return try loader.open(source, hashesFiles: hashesFiles, channels: preprocessing?.channels)
      .told()
  }

  /// What becomes of images, with the size that is asked for here.
  func completed(_ preprocessing: Preprocessing?) -> Preprocessing? {
    guard let resize else { return preprocessing }
    var result = preprocessing ?? Preprocessing()
    result.geometry.resize = resize.resize
    return result
  }

  var loader: DatasetLoader { DatasetLoader(dataFolder: dataFolder.path, threads: threads) }
}

extension LoadedDataset {
  private static let mostLeftOutShown = 10

  /// The same, once it has been said what was left out of it and taken for granted.
  fileprivate func told() -> LoadedDataset {
    for note in notes { Terminal.shared.note("note: \(note)") }
    if !leftOut.isEmpty {
      Terminal.shared.note(
        "left out \(Counted.text(leftOut.count, "file")) that cannot be read:")
      for file in leftOut.prefix(Self.mostLeftOutShown) { Terminal.shared.note("  \(file)") }
      if leftOut.count > Self.mostLeftOutShown { Terminal.shared.note("  …") }
    }
    return self
  }
}
