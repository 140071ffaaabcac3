public import CollapseCore
public import Datasets

/// A data set, whatever it came from: in memory, or open to be read as it is asked for.
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
  /// The files it was read from; empty for synthetic data, and for what is only open.
  public let files: [SourceFile]
  /// The files that were left out because they cannot be read, and why.
  public var leftOut: [String] = []
  /// What was taken for granted where the files can be read in two ways.
  public var notes: [String] = []
  /// The splits that are only open, and how they are read.
  package var open: (splits: [OpenSplit], options: ReadingOptions)?

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

  /// The samples of `split`, for who runs through them several times: images that are decoded as
  /// they are asked for are decoded once, where a quarter of the free memory holds them.
  ///
  /// - Throws: as ``samples(of:)``, and what keeps images from being read.
  public func keptSamples(of split: String) throws -> any LabeledSamples {
    let samples = try samples(of: split)
    guard let images = samples as? StreamedImages,
      images.count * images.sampleShape.elementCount <= Machine.availableMemory / 4
    else { return samples }
    return try images.loaded(Array(0..<images.count))
  }
}
