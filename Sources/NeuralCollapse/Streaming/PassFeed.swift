import CollapseCore

/// One pass over rows that come in pieces of any size: they are summed up as if all had come at once,
/// in the same stripes and blocks, by all threads.
///
/// A piece with rows enough for all threads is worked on where it lies; smaller ones are gathered
/// first. Up to ``RowPartition/fewClasses`` classes that is a stripe for each thread. Beyond, and
/// where rows are so long that stripes are too much to gather, blocks go to a stripe that stays open.
final class PassFeed<Pass: RowPass> {
  private let pass: Pass
  private let partition: RowPartition
  private let index: LabelIndex
  private let options: AnalysisOptions
  /// How many stripes there are, where the tree counts them from the last as ``SecondPass`` does.
  private let mirroredStripes: Int?
  private let tree: MergeTree<Pass.Sums>
  private let gathered: GatheredRows
  /// Rows that are worked on together, and the number of which that is a multiple.
  private let enough: Int
  private let unit: Int
  /// The stripe that is not complete.
  private var open: Pass.Sums?
  /// Rows that have been summed up.
  private var done = 0

  /// - Parameters:
  ///   - partition: how rows are cut; its stripes do not count.
  ///   - mirroring: how many stripes there will be, where the last is the first of the tree.
  init(
    _ pass: Pass, partition: RowPartition, index: LabelIndex, columns: Int, element: RowElement,
    options: AnalysisOptions, mirroring stripeCount: Int? = nil
  ) {
    self.pass = pass
    self.partition = partition
    self.index = index
    self.options = options
    mirroredStripes = stripeCount
    tree = MergeTree(width: mirroredStripes) { try pass.merge($0, $1) }
    let most = max(1, (64 << 20) / (columns * element.byteCount))
    if partition.sharesStripes {
      unit = partition.blockRows
      enough = unit * BlockReader.groupSize(threads: options.threads)
    } else if partition.height <= most {
      unit = partition.height
      enough = unit * min(options.threads, most / unit)
    } else {
      unit = partition.readRows
      enough = unit
    }
    gathered = GatheredRows(capacity: enough, columnCount: columns, element: element)
  }

  /// The next rows.
  func add(_ rows: BorrowedRows) throws {
    var next = 0
    if gathered.rowCount > 0 {
      next = gathered.append(rows)
      guard gathered.isFull else { return }
      try sumUp(gathered.takeAll())
    }
    let left = rows.rowCount - next
    if left >= enough {
      let whole = next..<next + left / unit * unit
      try sumUp(rows[whole])
      next = whole.upperBound
    }
    if next < rows.rowCount { _ = gathered.append(rows[next..<rows.rowCount]) }
  }

  /// The sums of all rows.
  func finish() throws -> Pass.Sums {
    if gathered.rowCount > 0 { try sumUp(gathered.takeAll()) }
    if let open { try close(open, stripe: done / partition.height) }
    return try tree.finish().first?.sum ?? pass.emptySums()
  }

  private func sumUp(_ rows: BorrowedRows) throws {
    var next = 0
    while next < rows.rowCount {
      let left = rows.rowCount - next
      let inStripe = done % partition.height
      if !partition.sharesStripes, inStripe == 0, left >= partition.height {
        let whole = next..<next + left / partition.height * partition.height
        try sumUpStripes(rows[whole])
        next = whole.upperBound
        continue
      }
      let part = next..<next + min(partition.height - inStripe, left)
      let sums = try open ?? pass.begin()
      open = sums
      let segment = RowPartition.Segment(shard: 0, rows: part, firstRow: done)
      try pass.add(
        RowPartition.Stripe(segments: [segment]), of: reader(rows, partition), to: sums,
        threads: options.threads)
      done += part.count
      next = part.upperBound
      if done % partition.height == 0 { try close(sums, stripe: done / partition.height - 1) }
    }
  }

  private func sumUpStripes(_ rows: BorrowedRows) throws {
    let cut = partition.piece(first: done, count: rows.rowCount)
    let reader = reader(rows, cut)
    let first = done / partition.height
    let work = Work(pass: pass, tree: tree, stripeCount: mirroredStripes)
    try Parallel.forEach(cut.stripes.count, threads: options.threads) { index in
      let sums = try work.pass.sum(cut.stripes[index], of: reader, threads: 1)
      try work.place(sums, stripe: first + index)
    }
    done += rows.rowCount
  }

  private func reader(_ rows: BorrowedRows, _ cut: RowPartition) -> BlockReader {
    BlockReader(
      shards: [rows.labeled(options)], partition: cut, index: index,
      interruption: options.interruption)
  }

  private func close(_ sums: Pass.Sums, stripe: Int) throws {
    open = nil
    try pass.finishStripe(sums)
    try Work(pass: pass, tree: tree, stripeCount: mirroredStripes).place(sums, stripe: stripe)
  }

  /// What threads share.
  private struct Work: Sendable {
    let pass: Pass
    let tree: MergeTree<Pass.Sums>
    let stripeCount: Int?

    func place(_ sums: Pass.Sums, stripe: Int) throws {
      let index = stripeCount.map { $0 - 1 - stripe } ?? stripe
      try tree.add(SumNode(level: 0, index: index, sum: sums))
    }
  }
}
