import CollapseCore
import Datasets
import FoundationEssentials

/// Finds and reads data sets: paths, names of the catalog, descriptions of synthetic data.
public struct DatasetLoader: Sendable {
  /// Where `collapse fetch` puts data sets, one folder each.
  public let dataFolder: String
  public let threads: Int

  public init(dataFolder: String = "data", threads: Int) {
    self.dataFolder = dataFolder
    self.threads = threads
  }

  /// The source that a command-line argument names: a path where one is, else a name of the
  /// catalog.
  public func source(of argument: String) throws -> SampleSource {
    if FileManager.default.fileExists(atPath: argument) { return SampleSource(path: argument) }
    if Catalog.entry(named: argument) != nil { return SampleSource(name: argument) }
    let nearest = Spelling.nearest(to: argument, among: Catalog.entries.map(\.name))
    throw DatasetError(
      file: argument,
      problem: "no such file or folder, and no data set of that name"
        + (nearest.map { "; did you mean '\($0)'?" } ?? "; 'collapse fetch --list' shows the names"),
      kind: .missingInput)
  }

  /// Reads every split of a source into memory.
  public func load(_ source: SampleSource) throws -> LoadedDataset {
    try read(source, hashesFiles: true) { path, dataset, options in
      let loaded = try DatasetReader.load(dataset, path, options)
      return LoadedDataset(
        origin: path, format: dataset.format.name,
        splits: loaded.splits.map { .init(name: $0.name, samples: $0.images) },
        files: loaded.splits.flatMap(\.files))
    }
  }

  /// Opens a source: images in files are read when they are asked for, in the memory of one batch;
  /// HDF5 files and synthetic samples are in memory.
  public func open(
    _ source: SampleSource, hashesFiles: Bool = false, channels: Int? = nil
  ) throws -> LoadedDataset {
    try read(source, hashesFiles: hashesFiles, channels: channels) { path, dataset, options in
      var opened = LoadedDataset(
        origin: path, format: dataset.format.name,
        splits: dataset.splits.map { .init(name: $0.name, samples: $0.images) }, files: [])
      opened.open = (dataset.splits, options)
      return opened
    }
  }

  private func read(
    _ source: SampleSource, hashesFiles: Bool, channels: Int? = nil,
    _ body: (String, OpenDataset, ReadingOptions) throws -> LoadedDataset
  ) throws -> LoadedDataset {
    if let description = source.synthetic {
      let (train, test) = try description.generate(threads: threads)
      return LoadedDataset(
        origin: "\(description.kind) (seed \(description.seed))", format: "synthetic",
        splits: [.init(name: "train", samples: train), .init(name: "test", samples: test)],
        files: [])
    }
    var options = ReadingOptions(
      channels: channels, hashesFiles: hashesFiles, memoryLimit: Machine.availableMemory,
      threads: threads)
    var path = source.path ?? ""
    if let name = source.name {
      guard let entry = Catalog.entry(named: name) else {
        throw DatasetError(
          file: name, problem: "no data set of that name; 'collapse fetch --list' shows the names",
          kind: .missingInput)
      }
      path = entry.path(in: dataFolder)
      guard FileManager.default.fileExists(atPath: path) else {
        throw DatasetError(
          file: path, problem: "the data set is not here: run 'collapse fetch \(entry.name)'",
          kind: .missingInput)
      }
      options.transposed = entry.transposed
    }
    if source.name == nil, !path.hasPrefix("/"), !FileManager.default.fileExists(atPath: path) {
      throw DatasetError(
        file: path,
        problem: "no such file or folder in '\(FileManager.default.currentDirectoryPath)', where "
          + "the relative paths of a pipeline begin", kind: .missingInput)
    }
    options = source.applied(to: options)
    if ImageFile.isHDF5(path) {
      try refuseLabels(of: source, source.name ?? path)
      return LoadedDataset(
        origin: source.name ?? path, format: "hdf5",
        splits: try ImageFile.readSamples(path).map { .init(name: $0.name, samples: $0.samples) },
        files: [try SourceFile(hashing: path)])
    }
    let dataset = try DatasetReader.open(path, options: options)
    if dataset.splits.contains(where: { $0.companion == nil }) {
      try refuseLabels(of: source, source.name ?? path)
    }
    var loaded = try body(source.name ?? path, dataset, options)
    loaded.leftOut = dataset.leftOut
    loaded.notes = dataset.notes
    return loaded
  }

  /// Refuses a choice of labels where there is none.
  private func refuseLabels(of source: SampleSource, _ origin: String) throws(DatasetError) {
    guard let labels = source.labels else { return }
    throw DatasetError(
      file: origin,
      problem: "it has no '\(labels.rawValue)' labels to choose; those of CIFAR-100 are fine and "
        + "coarse", kind: .usage)
  }
}
