import CollapseCore

/// One of the passes over the rows: how those of a stripe are summed up.
protocol RowPass: Sendable {
  associatedtype Sums: Accumulator

  /// Sums that have been merged into others, for the next stripes.
  var spare: Pool<Sums> { get }
  func emptySums() throws -> Sums
  /// Adds rows of a stripe, which may come in several parts.
  func add(
    _ stripe: RowPartition.Stripe, of reader: BlockReader, to sums: Sums, threads: Int) throws
  /// Is told when the last rows of the stripe have been added.
  func finishStripe(_ sums: Sums) throws
}

extension RowPass {
  /// The sums of every row that the reader has, the same for any number of threads.
  func run(_ reader: BlockReader, threads: Int) throws -> Sums {
    try run(reader, part: .whole, threads: threads).first?.sum ?? emptySums()
  }

  /// The sums of the rows of a part, merged as far as they go without the others.
  func run(_ reader: BlockReader, part: AnalysisPart, threads: Int) throws -> [SumNode<Sums>] {
    try reader.partition.fold(part, threads: threads) { stripe, threads in
      try sum(stripe, of: reader, threads: threads)
    } merge: { earlier, later in
      try merge(earlier, later)
    }
  }

  /// The sums of one stripe.
  func sum(
    _ stripe: RowPartition.Stripe, of reader: BlockReader, threads: Int
  ) throws -> Sums {
    let sums = try begin()
    try add(stripe, of: reader, to: sums, threads: threads)
    try finishStripe(sums)
    return sums
  }

  func begin() throws -> Sums {
    let sums = try spare.take { try emptySums() }
    sums.removeAll()
    return sums
  }

  func merge(_ earlier: Sums, _ later: Sums) throws -> Sums {
    try earlier.merge(later)
    spare.giveBack(later)
    return earlier
  }
}
