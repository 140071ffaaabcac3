import CollapseCore
import FeatureStore
import Files

/// What is measured as one: a feature file, or several that are shards of one set.
public struct FeatureSet: Sendable, Hashable {
  /// How tables and messages call it: the path of a file, the pattern that named the shards.
  public let name: String
  public let paths: [String]

  public init(_ path: String) { (name, paths) = (path, [path]) }

  public init(name: String, shards: [String]) { (self.name, paths) = (name, shards) }

  /// The files, open.
  func open(_ options: FeatureFileOptions) throws -> OpenFeatureSet {
    try OpenFeatureSet(paths.map { try FeatureFile($0, options: options) })
  }
}

/// The open files of one set, which agree on their layers and their classifier.
struct OpenFeatureSet {
  let shards: [FeatureFile]

  /// - Throws: `FileError` naming the shard that does not fit the first.
  init(_ shards: [FeatureFile]) throws {
    self.shards = shards
    let first = shards[0]
    let names = first.layers.map(\.name)
    for shard in shards.dropFirst() {
      func fault(_ reason: String) -> FileError {
        FileError(
          kind: .badInput, operation: "take for a shard", path: shard.path, reason: reason)
      }
      guard shard.layers.map(\.name) == names else {
        throw fault(
          "its layers are \(OpenFeatureSet.list(shard.layers.map(\.name))), those of the first, "
            + "'\(first.path)', \(OpenFeatureSet.list(names))")
      }
      for (own, other) in zip(shard.layers, first.layers)
      where own.rows.columnCount != other.rows.columnCount {
        throw fault(
          "layer '\(own.name)' has \(own.rows.columnCount) features, that of the first, "
            + "'\(first.path)', \(other.rows.columnCount)")
      }
      if let own = shard.classifier, let known = classifier, own != known {
        throw fault("its classifier is another than that of the shards before")
      }
    }
  }

  /// That of the first shard.
  var metadata: FeatureMetadata { shards[0].metadata }

  /// That of the first shard that has one.
  var classifier: LinearClassifier? { shards.lazy.compactMap(\.classifier).first }

  private static func list(_ names: [String]) -> String {
    names.map { "'\($0)'" }.joined(separator: ", ")
  }
}
