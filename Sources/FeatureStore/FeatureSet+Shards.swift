import Arrays
import CollapseCore
import Files
import Synchronization

extension FeatureSet {
  /// Several files as one set: their rows one after another, in the order of `files`.
  ///
  /// Shards agree on their layers and their classifier; classes that they number in different ways
  /// are matched by name. Of thousands of files no more than some are open at once.
  init(shards files: [ShardPool.File], name: String) throws {
    let pool = ShardPool(files)
    var first: FeatureSet?
    var counts: [Int] = []
    var precisions: [RowPrecision] = []
    var classifier: LinearClassifier?
    var haveSamples = true
    var warnings: [String] = []
    // Classes that nothing but labels names may be missing in a shard.
    var seen: Set<String> = []
    for index in files.indices {
      let shard = try pool.set(index)
      if let known = first {
        try shard.checkLayers(as: known)
      } else {
        first = shard
        if !shard.areClassesFromLabels { pool.classNames = shard.metadata.classNames }
      }
      if shard.areClassesFromLabels { seen.formUnion(shard.metadata.classNames ?? []) }
      counts.append(shard.rowCount)
      let all = shard.layers.map(\.rows.precision)
      precisions =
        precisions.isEmpty ? all : zip(precisions, all).map { $0 == .float32 ? $1 : $0 }
      haveSamples = haveSamples && shard.sampleIndices != nil
      warnings += shard.warnings
      guard let own = shard.classifier else { continue }
      if let known = classifier, own != known {
        throw FileError(
          kind: .badInput, operation: "take for a shard", path: shard.name,
          reason: "its classifier is another than that of the shards before")
      }
      classifier = classifier ?? own
    }
    guard let first else { throw ArrayFileError(kind: .usage, file: name, problem: "no shards") }
    if first.areClassesFromLabels { pool.classNames = FoundLabels.alphabetical(seen) }
    pool.areClassifiersNeeded = false
    let spans = RowSpans(counts: counts)
    let layers = first.layers.indices.map { index in
      FeatureLayer(
        name: first.layers[index].name,
        rows: ShardRows(
          pool: pool, layer: index, columnCount: first.layers[index].rows.columnCount,
          precision: precisions[index], spans: spans))
    }
    var metadata = first.metadata
    metadata.classNames = pool.classNames
    self.init(
      name: name, hidden: first.hasLast ? layers.dropLast() : layers,
      last: first.hasLast ? layers.last : nil, classifier: classifier,
      labels: ShardLabels(pool: pool, spans: spans, areSamples: false),
      sampleIndices: haveSamples ? ShardLabels(pool: pool, spans: spans, areSamples: true) : nil,
      metadata: metadata, notes: first.notes,
      warnings: warnings.count > 20
        ? warnings.prefix(20) + ["and \(warnings.count - 20) warnings more of the shards"]
        : warnings)
    ignoredLabels = first.ignoredLabels
  }

  /// - Throws: `FileError` naming the shard that does not fit the first.
  private func checkLayers(as first: FeatureSet) throws(FileError) {
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

/// The shards of a set, of which no more are open at once than a process may have.
final class ShardPool: Sendable {
  struct File: Sendable {
    let path: String
    let options: FeatureFileOptions
  }

  private let files: [File]
  private let state: Mutex<State>
  /// The classes as the first shard numbers them.
  var classNames: [String]? {
    get { state.withLock { $0.classNames } }
    set {
      state.withLock {
        $0.classNames = newValue
        // The first was numbered by itself; those of texts are now numbered together.
        if $0.open.count > 1 { ($0.open, $0.order) = ([:], []) }
      }
    }
  }
  /// Whether a shard that is opened again is asked for its classifier.
  var areClassifiersNeeded: Bool {
    get { state.withLock { $0.areClassifiersNeeded } }
    set { state.withLock { $0.areClassifiersNeeded = newValue } }
  }

  private struct State {
    var open: [Int: FeatureSet] = [:]
    /// The one not asked for longest comes first.
    var order: [Int] = []
    var identities: [Int: FileIdentity] = [:]
    var classNames: [String]?
    var areClassifiersNeeded = true
  }

  /// Descriptors are needed for other things than shards, and a system's usual limit is 1024.
  private static let capacity = 128

  init(_ files: [File]) {
    self.files = files
    state = Mutex(State())
  }

  func set(_ index: Int) throws -> FeatureSet {
    try state.withLock { state in
      if let set = state.open[index] {
        if let place = state.order.firstIndex(of: index) { state.order.remove(at: place) }
        state.order.append(index)
        return set
      }
      let file = files[index]
      let identity = try FileIdentity(file.path)
      guard state.identities[index] ?? identity == identity else {
        throw FileError(
          kind: .badInput, operation: "read", path: file.path,
          reason: "it has changed since it was opened")
      }
      state.identities[index] = identity
      var set = try FeatureSet(
        file.path, options: file.options, hasClassifier: state.areClassifiersNeeded)
      if index > 0 || set.areClassesFromLabels {
        set = try set.matchingClasses(of: state.classNames, statedBy: files[0].path)
      }
      if state.order.count >= Self.capacity {
        state.open[state.order.removeFirst()] = nil
      }
      state.open[index] = set
      state.order.append(index)
      return set
    }
  }
}

/// The rows of one layer in all shards.
private struct ShardRows: RowBlocks {
  let pool: ShardPool
  let layer: Int
  let columnCount: Int
  let precision: RowPrecision
  let spans: RowSpans

  var rowCount: Int { spans.rowCount }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    try spans.forEach(in: rows) { part, partRows, offset in
      let place = offset * columnCount..<(offset + partRows.count) * columnCount
      try pool.set(part).layers[layer].rows.read(
        partRows, into: UnsafeMutableBufferPointer(rebasing: buffer[place]))
    }
  }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) throws {
    try spans.forEach(in: rows) { part, partRows, offset in
      let place = offset * columnCount..<(offset + partRows.count) * columnCount
      try pool.set(part).layers[layer].rows.read(
        partRows, into: UnsafeMutableBufferPointer(rebasing: buffer[place]))
    }
  }
}

/// The labels, or the sample indices, of all shards.
private struct ShardLabels: LabelBlocks {
  let pool: ShardPool
  let spans: RowSpans
  let areSamples: Bool

  var labelCount: Int { spans.rowCount }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) throws {
    try spans.forEach(in: rows) { part, partRows, offset in
      let set = try pool.set(part)
      let target = UnsafeMutableBufferPointer(
        rebasing: buffer[offset..<offset + partRows.count])
      try (areSamples ? set.sampleIndices ?? set.labels : set.labels).read(partRows, into: target)
    }
  }
}
