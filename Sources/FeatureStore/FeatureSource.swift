import Arrays
public import CollapseCore
import Files

/// Where features are on disk: a file, or several that are shards of one set.
public struct FeatureSource: Sendable, Hashable {
  /// How tables and messages call it: the path of a file, the pattern that named the shards.
  public let name: String
  /// The files, in the order in which their rows follow each other.
  public let paths: [String]
  /// The file with the labels of each of ``paths``; empty where they hold their own.
  public let labelsFiles: [String]

  /// One file, and another that holds its labels, where it has none itself.
  public init(_ path: String, labelsFile: String? = nil) {
    (name, paths, labelsFiles) = (path, [path], labelsFile.map { [$0] } ?? [])
  }

  /// - Precondition: a file of labels for each shard, or none at all.
  public init(name: String, shards: [String], labelsFiles: [String] = []) {
    precondition(labelsFiles.isEmpty || labelsFiles.count == shards.count)
    (self.name, paths, self.labelsFiles) = (name, shards, labelsFiles)
  }

  /// The features, labels and classifier.
  ///
  /// - Parameters:
  ///   - options: what is where in the files.
  ///   - ranks: those that open the files together, each a share of the shards.
  /// - Throws: `FileError` where there is no readable file; `ArrayFileError` where one is of no
  ///   known format, damaged, lacks an array, holds shapes that do not fit together, or does not
  ///   fit the shards before it.
  public func open(
    _ options: FeatureFileOptions = FeatureFileOptions(),
    over ranks: any Communicator = SingleProcess()
  ) throws -> FeatureSet {
    if paths.count > 1, labelsFiles.isEmpty, let labels = options.labelsFile {
      throw ArrayFileError(
        kind: .usage, file: labels,
        problem: "one file of labels for \(paths.count) shards: name those of each by a pattern "
          + "with the wildcards of the features'")
    }
    let files = paths.indices.map { index in
      var own = options
      if !labelsFiles.isEmpty { own.labelsFile = labelsFiles[index] }
      return ShardPool.File(path: paths[index], options: own)
    }
    guard files.count > 1 else {
      return try ranks.together { try FeatureSet(files[0].path, options: files[0].options) }
    }
    return try FeatureSet(shards: files, name: name, over: ranks)
  }

  /// Whether the files can be read yet: each is of a known format, as long as it says it is, and
  /// no program holds it open for writing.
  ///
  /// Costs a few reads; for watching a folder that another program writes to. A program that
  /// writes HDF5 with file locks turned off and flushes before it is done is not noticed.
  public var isComplete: Bool { paths.allSatisfy { (try? ArrayFile.open($0)) != nil } }
}
