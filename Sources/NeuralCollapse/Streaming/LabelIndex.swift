import CollapseCore

/// The classes that occur in the labels, by ascending label, and the number 0..<C of each.
struct LabelIndex: Sendable {
  /// Larger labels are taken for damage, not for classes.
  static let largestLabel = Int64(Int32.max)
  /// More classes than this are taken for damage.
  static let largestClassCount = 1 << 16

  let labels: [Int64]
  private let dense: [Int32]
  private let sparse: [Int64: Int32]

  init(labels: [Int64]) {
    self.labels = labels
    let limit = Int64(1 << 20)
    if let last = labels.last, last < limit {
      var table = [Int32](repeating: -1, count: Int(last) + 1)
      for (index, label) in labels.enumerated() { table[Int(label)] = Int32(index) }
      (dense, sparse) = (table, [:])
    } else {
      dense = []
      sparse = Dictionary(
        uniqueKeysWithValues: labels.enumerated().map { ($0.element, Int32($0.offset)) })
    }
  }

  /// Reads the labels of some rows of the shards, counted through all of them: the pass before the
  /// first.
  init(
    reading shards: [LabeledFeatures], rows: Range<Int>, selection: LabelSelection,
    interruption: Interruption
  ) throws {
    var scan = LabelScan(selection: selection, firstRow: rows.lowerBound)
    var block = [Int64](repeating: 0, count: 1 << 16)
    var first = 0
    for shard in shards {
      let count = shard.labels.labelCount
      let wanted = rows.clamped(to: first..<first + count)
      for start in stride(from: wanted.lowerBound, to: wanted.upperBound, by: block.count) {
        try interruption.check()
        let part = start - first..<min(start + block.count, wanted.upperBound) - first
        try block.withUnsafeMutableBufferPointer { buffer in
          let labels = UnsafeMutableBufferPointer(rebasing: buffer[..<part.count])
          try shard.labels.read(part, into: labels)
          try scan.add(UnsafeBufferPointer(labels))
        }
      }
      first += count
    }
    self = scan.index
  }

  var count: Int { labels.count }

  /// The number of the class, or −1 for a label that is left out.
  func callAsFunction(_ label: Int64) -> Int32 {
    if !dense.isEmpty {
      return label >= 0 && label < Int64(dense.count) ? dense[Int(label)] : -1
    }
    return sparse[label] ?? -1
  }
}

/// The labels of rows that follow each other, for the classes among them.
struct LabelScan: Sendable {
  /// The row of the whole set that comes next.
  private var nextRow: Int
  private let selection: LabelSelection
  private var seen: Set<Int64> = []
  // Small labels are looked up without hashing.
  private var isSeen = [Bool](repeating: false, count: 1 << 12)

  init(selection: LabelSelection, firstRow: Int = 0) {
    self.selection = selection
    nextRow = firstRow
  }

  var index: LabelIndex { LabelIndex(labels: seen.sorted()) }

  /// - Throws: ``AnalysisError`` for labels that are none of classes.
  mutating func add(_ labels: UnsafeBufferPointer<Int64>) throws {
    var previous: Int64 = -1
    for (offset, label) in labels.enumerated() where label != previous {
      guard selection.contains(label) else { continue }
      guard label >= 0 else {
        throw AnalysisError.negativeLabel(row: nextRow + offset, label: label)
      }
      guard label <= LabelIndex.largestLabel else {
        throw AnalysisError.absurdLabel(row: nextRow + offset, label: label)
      }
      previous = label
      if label < isSeen.count {
        if isSeen[Int(label)] { continue }
        isSeen[Int(label)] = true
      }
      seen.insert(label)
    }
    guard seen.count <= LabelIndex.largestClassCount else {
      throw AnalysisError.tooManyClasses(limit: LabelIndex.largestClassCount)
    }
    nextRow += labels.count
  }
}
