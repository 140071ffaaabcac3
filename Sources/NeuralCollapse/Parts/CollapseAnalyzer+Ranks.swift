public import CollapseCore

extension CollapseAnalyzer {
  /// Every measure of the union of shards, found by all ranks together: each passes over a part of the
  /// rows, the same in both passes. All are given the same shards and read features, and labels, of
  /// their own part alone.
  ///
  /// Sums are merged along the tree over all stripes, for each pass once, in ⌈log₂ ranks⌉ turns.
  ///
  /// - Returns: the report on rank 0, with the bits of ``analyze(_:classifier:)``; `nil` on the others.
  /// - Throws: `RankFailure` on all ranks for what one of them refuses before a pass begins or after it
  ///   has ended; what a reader throws during a pass, on that rank alone.
  public func analyze(
    _ shards: [LabeledFeatures], classifier: LinearClassifier? = nil, over ranks: any Communicator
  ) throws -> CollapseReport? {
    guard ranks.size > 1 else { return try analyze(shards, classifier: classifier) }
    let rows = try ranks.together {
      try refuseWhatTakesAllRows()
      return try RowSource(shards, options: options)
    }
    let means = try means(rows, over: ranks)
    let pass = try ranks.together {
      try measuring(rows, classifier: classifier, after: [means])
    }
    // That pass counts stripes from the last row on.
    let mine = try pass.sums(
      of: AnalysisPart(ranks.rank, of: ranks.size).mirrored, threads: options.threads)
    let nodes = try ranks.reduce(mine.scatter, of: mine.frame.stripes) { earlier, later in
      try earlier.merge(later)
      return earlier
    }
    return try ranks.together {
      try nodes.map { nodes in
        try report(
          of: shards, classifier: classifier, means: [means],
          scatter: [mine.replacing(scatter: nodes)])
      }
    }
  }

  /// Class counts and means of the union of shards, found by all ranks together, on all of them.
  ///
  /// - Throws: as ``analyze(_:classifier:over:)``.
  public func statistics(
    of shards: [LabeledFeatures], over ranks: any Communicator
  ) throws -> ClassStatistics {
    guard ranks.size > 1 else { return try statistics(of: shards) }
    let rows = try ranks.together { try RowSource(shards, options: options) }
    let means = try means(rows, over: ranks)
    return try ranks.together { try analysis(rows.shape, [means]).0.statistics }
  }

  /// The sums of the first pass over all rows, on all ranks.
  private func means(_ rows: RowSource, over ranks: any Communicator) throws -> PartialSums {
    let pass = FirstPass(rows, try labels(rows, over: ranks))
    let frame = try ArrayCoding.decode(
      PartialSums.Frame.self, from: try ranks.broadcast(try ArrayCoding.encode(pass.frame)))
    try ranks.together {
      guard frame == pass.frame else { throw PartialSumsError.otherRows(rank: ranks.rank) }
    }
    let mine = try pass.sums(
      of: AnalysisPart(ranks.rank, of: ranks.size), threads: options.threads)
    let nodes = try ranks.reduce(mine.means, of: frame.stripes) { earlier, later in
      earlier.merge(later)
      return earlier
    }
    // On rank 0 they are there, and no other is asked.
    return try ArrayCoding.decode(
      PartialSums.self,
      from: try ranks.broadcast(try ArrayCoding.encode(mine.replacing(means: nodes ?? []))))
  }

  /// The classes among all rows: each rank looks at the labels of its own.
  private func labels(_ rows: RowSource, over ranks: any Communicator) throws -> LabelIndex {
    let count = rows.shape.rowCount
    func bound(_ rank: Int) -> Int {
      count / ranks.size * rank + min(rank, count % ranks.size)
    }
    let mine = try ranks.together {
      try rows.labels(in: bound(ranks.rank)..<bound(ranks.rank + 1)).labels
    }
    let all = Set(try ranks.gather(mine).joined())
    return try ranks.together {
      guard all.count <= LabelIndex.largestClassCount else {
        throw AnalysisError.tooManyClasses(limit: LabelIndex.largestClassCount)
      }
      return LabelIndex(labels: all.sorted())
    }
  }
}
