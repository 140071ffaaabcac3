extension Parallel {
  /// The sums of `count` parts, merged along a balanced binary tree over their numbers, from at
  /// most `threads` threads: the order of all additions depends on `count` alone.
  ///
  /// So the parts may be cut among threads, files and machines at will: the bits of the result are
  /// the same.
  ///
  /// - Parameters:
  ///   - leaf: the sum of one part.
  ///   - merge: adds the later of two sums to the earlier.
  /// - Returns: `nil` for no parts.
  public static func fold<Sum: Sendable>(
    _ count: Int, threads: Int, _ leaf: @Sendable (Int) throws -> Sum,
    merge: @Sendable (_ earlier: Sum, _ later: Sum) throws -> Sum
  ) throws -> Sum? {
    try fold(0..<count, of: count, threads: threads, leaf, merge: merge).first?.sum
  }

  /// The sums of some of `count` parts, merged as far as the tree over all of them goes without the
  /// others.
  ///
  /// - Returns: the nodes that wait for parts elsewhere, by their first part: at most two for each
  ///   level of the tree; the root alone where the parts are all.
  public static func fold<Sum: Sendable>(
    _ parts: Range<Int>, of count: Int, threads: Int, _ leaf: @Sendable (Int) throws -> Sum,
    merge: @Sendable (_ earlier: Sum, _ later: Sum) throws -> Sum
  ) throws -> [SumNode<Sum>] {
    try climb(parts.count, of: count, threads: threads, merge) { place in
      let part = parts.lowerBound + place
      return SumNode(level: 0, index: part, sum: try leaf(part))
    }
  }

  /// Nodes of one tree over `count` parts, from wherever, merged as far as they go.
  ///
  /// - Throws: what `merge` throws.
  public static func merge<Sum: Sendable>(
    _ nodes: [SumNode<Sum>], of count: Int, threads: Int = 1,
    _ merge: @Sendable (_ earlier: Sum, _ later: Sum) throws -> Sum
  ) throws -> [SumNode<Sum>] {
    try climb(nodes.count, of: count, threads: threads, merge) { nodes[$0] }
  }

  private static func climb<Sum: Sendable>(
    _ nodeCount: Int, of width: Int, threads: Int,
    _ merge: @Sendable (_ earlier: Sum, _ later: Sum) throws -> Sum,
    _ node: @Sendable (Int) throws -> SumNode<Sum>
  ) throws -> [SumNode<Sum>] {
    try withoutActuallyEscaping(merge) { merge in
      let tree = MergeTree<Sum>(width: width, merge: merge)
      try forEach(nodeCount, threads: threads) { try tree.add(node($0)) }
      return try tree.finish()
    }
  }
}
