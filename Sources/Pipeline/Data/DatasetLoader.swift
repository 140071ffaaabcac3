public import CollapseCore
public import Datasets
import FoundationEssentials

/// A data set in memory, whatever it came from.
public struct LoadedDataset: Sendable {
  public struct Split: Sendable {
    public let name: String
    public let samples: any LabeledSamples
  }

  /// What it is, for people and for files: a path, a name, or a description.
  public let origin: String
  /// The format found, or `synthetic`.
  public let format: String
  public let splits: [Split]
  /// The files it was read from; empty for synthetic data.
  public let files: [SourceFile]

  public subscript(split: String) -> Split? { splits.first { $0.name == split } }

  /// The samples of `split`; those of the only split where there is one, called `all`.
  ///
  /// - Throws: ``DatasetError`` that lists the splits there are.
  public func samples(of split: String) throws -> any LabeledSamples {
    if let found = self[split] ?? self["all"] { return found.samples }
    throw DatasetError(
      file: origin,
      problem: "has no split '\(split)', found "
        + splits.map { "'\($0.name)'" }.joined(separator: ", "))
  }
}

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

  /// Reads every split of a source.
  public func load(_ source: SampleSource) throws -> LoadedDataset {
    if let description = source.synthetic {
      let (train, test) = try description.generate(threads: threads)
      return LoadedDataset(
        origin: "\(description.kind) (seed \(description.seed))", format: "synthetic",
        splits: [.init(name: "train", samples: train), .init(name: "test", samples: test)],
        files: [])
    }
    var options = ReadingOptions(hashesFiles: true, threads: threads)
    if let labels = source.labels { options.labelKind = labels }
    if let transposed = source.transposed { options.transposed = transposed }
    if let resize = source.resize { options.resize = resize }
    if let name = source.name {
      guard let entry = Catalog.entry(named: name) else {
        throw DatasetError(
          file: name, problem: "no data set of that name; 'collapse fetch --list' shows the names",
          kind: .missingInput)
      }
      let folder = entry.path(in: dataFolder)
      guard FileManager.default.fileExists(atPath: folder) else {
        throw DatasetError(
          file: folder, problem: "the data set is not here: run 'collapse fetch \(entry.name)'",
          kind: .missingInput)
      }
      if source.transposed == nil { options.transposed = entry.transposed }
      return try read(folder, source, options, origin: entry.name)
    }
    let path = source.path ?? ""
    return try read(path, source, options, origin: path)
  }

  private func read(
    _ path: String, _ source: SampleSource, _ options: ReadingOptions, origin: String
  ) throws -> LoadedDataset {
    if ImageFile.isHDF5(path) {
      try refuseLabels(of: source, origin)
      return LoadedDataset(
        origin: origin, format: "hdf5",
        splits: try ImageFile.readSamples(path).map { .init(name: $0.name, samples: $0.samples) },
        files: [try SourceFile(hashing: path)])
    }
    let dataset = try DatasetReader.read(path, options: options)
    if dataset.splits.contains(where: { $0.companion == nil }) {
      try refuseLabels(of: source, origin)
    }
    return LoadedDataset(
      origin: origin, format: dataset.format.rawValue,
      splits: dataset.splits.map { .init(name: $0.name, samples: $0.images) },
      files: dataset.splits.flatMap(\.files))
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
