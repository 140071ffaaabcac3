import Arrays
import CollapseCore
import Files
import Synchronization

extension FeatureSet {
  /// Several files as one set: their rows one after another, in the order of `files`.
  ///
  /// Shards agree on their layers and their classifier; classes that they number in different ways
  /// are matched by name. Of thousands of files no more than some are open at once. Ranks open a share
  /// of them each, and of the others those whose rows they are asked for.
  init(shards files: [ShardPool.File], name: String, over ranks: any Communicator) throws {
    let pool = ShardPool(files)
    let (first, mine) = try ranks.together {
      let first = try pool.set(0)
      if !first.areClassesFromLabels { pool.classNames = first.metadata.classNames }
      let share =
        files.count * ranks.rank / ranks.size..<files.count * (ranks.rank + 1) / ranks.size
      return (first, try ShardFacts.read(share, from: pool, first: first))
    }
    let shards = try ranks.gather(mine).flatMap(\.self)
    let classifier = try ranks.together {
      try ShardFacts.checkClassifiers(shards)
      return try shards.firstIndex { $0.classifier != nil }.flatMap { try pool.set($0).classifier }
    }
    if first.areClassesFromLabels {
      // Classes that nothing but labels names may be missing in a shard.
      pool.classNames = FoundLabels.alphabetical(Set(shards.compactMap(\.ownClasses).joined()))
    }
    pool.areClassifiersNeeded = false
    let spans = RowSpans(counts: shards.map(\.rowCount))
    let layers = first.layers.indices.map { index in
      FeatureLayer(
        name: first.layers[index].name,
        rows: ShardRows(
          pool: pool, layer: index, columnCount: first.layers[index].rows.columnCount,
          precision: shards.contains { $0.precisions[index] != .float32 } ? .float64 : .float32,
          spans: spans))
    }
    var metadata = first.metadata
    metadata.classNames = pool.classNames
    let warnings = FeatureSet.joined(zip(files.map(\.path), shards.map(\.warnings)))
    let haveSamples = shards.allSatisfy(\.hasSamples)
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

  /// Warnings of several files: what is said of more than one, once, of the first.
  private static func joined(_ warnings: Zip2Sequence<[String], [[String]]>) -> [String] {
    var problems: [String] = []
    var said: [String: (text: String, more: Int)] = [:]
    for (path, texts) in warnings {
      for text in texts {
        let place = path + ": "
        let problem = text.hasPrefix(place) ? String(text.dropFirst(place.count)) : text
        if said[problem] == nil {
          problems.append(problem)
          said[problem] = (text, 0)
        } else {
          said[problem]!.more += 1
        }
      }
    }
    return problems.map { problem in
      let (text, more) = said[problem]!
      return more == 0 ? text : "\(text), and so in \(more) more of the shards"
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
