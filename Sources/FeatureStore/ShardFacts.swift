import CollapseCore
import Files

/// What all must know of a shard that one has opened.
struct ShardFacts: Codable {
  let name: String
  let rowCount: Int
  /// By layer.
  let precisions: [RowPrecision]
  let hasSamples: Bool
  let warnings: [String]
  /// The classes, where nothing but its labels names them.
  let ownClasses: [String]?
  /// Tells its classifier from others.
  let classifier: String?

  private init(_ shard: FeatureSet) throws {
    name = shard.name
    rowCount = shard.rowCount
    precisions = shard.layers.map(\.rows.precision)
    hasSamples = shard.sampleIndices != nil
    warnings = shard.warnings
    ownClasses = shard.areClassesFromLabels ? shard.metadata.classNames ?? [] : nil
    classifier = try shard.classifier.map { classifier in
      Digest.sha256(try ArrayCoding.encode([classifier.weights.elements, classifier.bias ?? []]))
    }
  }

  /// The facts of some shards.
  ///
  /// - Throws: `FileError` naming the shard that does not fit the first.
  static func read(
    _ places: Range<Int>, from pool: ShardPool, first: FeatureSet
  ) throws -> [ShardFacts] {
    try places.map { place in
      let shard = try pool.set(place)
      try shard.checkLayers(as: first)
      return try ShardFacts(shard)
    }
  }

  /// - Throws: `FileError` naming the shard whose classifier is another.
  static func checkClassifiers(_ shards: [ShardFacts]) throws {
    let known = shards.lazy.compactMap(\.classifier).first
    for shard in shards where shard.classifier ?? known != known {
      throw FileError(
        kind: .badInput, operation: "take for a shard", path: shard.name,
        reason: "its classifier is another than that of the shards before")
    }
  }
}

extension FeatureSet {
  /// - Throws: `FileError` naming the shard that does not fit the first.
  fileprivate func checkLayers(as first: FeatureSet) throws(FileError) {
    func fault(_ reason: String) -> FileError {
      FileError(kind: .badInput, operation: "take for a shard", path: name, reason: reason)
    }
    func list(_ set: FeatureSet) -> String {
      set.layers.map { "'\($0.name)'" }.joined(separator: ", ")
    }
    guard layers.map(\.name) == first.layers.map(\.name) else {
      throw fault(
        "its layers are \(list(self)), those of the first, '\(first.name)', \(list(first))")
    }
    for (own, other) in zip(layers, first.layers)
    where own.rows.columnCount != other.rows.columnCount {
      throw fault(
        "layer '\(own.name)' has \(own.rows.columnCount) features, that of the first, "
          + "'\(first.name)', \(other.rows.columnCount)")
    }
  }
}
