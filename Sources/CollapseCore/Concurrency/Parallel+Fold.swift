import Synchronization

extension Parallel {
  /// The sums of `count` parts, merged along a balanced binary tree over their numbers, from at
  /// most `threads` threads: the order of all additions depends on `count` alone.
  ///
  /// Node k of a level merges nodes 2k and 2k + 1 of the level below, and a last node without a
  /// neighbour goes up as it is. So the parts may be cut among threads, files and machines at will:
  /// the bits of the result are the same.
  ///
  /// - Parameters:
  ///   - leaf: the sum of one part.
  ///   - merge: adds the later of two sums to the earlier.
  /// - Returns: `nil` for no parts.
  public static func fold<Sum: Sendable>(
    _ count: Int, threads: Int, _ leaf: @Sendable (Int) throws -> Sum,
    merge: @Sendable (_ earlier: Sum, _ later: Sum) throws -> Sum
  ) throws -> Sum? {
    try withoutActuallyEscaping(merge) { merge in
      let tree = FoldTree<Sum>(count: count, merge: merge)
      try forEach(count, threads: threads) { index in try tree.add(leaf(index), at: index) }
      return try tree.finish()
    }
  }
}

/// Sums of parts that come in any order and from any thread, merged along a balanced binary tree over
/// their numbers: what ``Parallel/fold(_:threads:_:merge:)`` gives where all parts are there at once.
package final class FoldTree<Sum: Sendable>: Sendable {
  private let tree: Mutex<MergeTree<Sum>>
  private let merge: @Sendable (_ earlier: Sum, _ later: Sum) throws -> Sum

  /// - Parameter count: how many parts there will be; `nil` where that is not known yet.
  package init(
    count: Int?, merge: @escaping @Sendable (_ earlier: Sum, _ later: Sum) throws -> Sum
  ) {
    tree = Mutex(MergeTree(width: count))
    self.merge = merge
  }

  package func add(_ sum: Sum, at index: Int) throws {
    try climb(sum, from: MergeTree.Node(level: 0, index: index))
  }

  /// The sum of all parts; `nil` where there were none.
  ///
  /// - Precondition: the parts are those of `0..<count`, where the count was not known those of any
  ///   such range.
  package func finish() throws -> Sum? {
    if let (last, node) = tree.withLock({ $0.close() }) { try climb(last, from: node) }
    return tree.withLock { $0.root }
  }

  private func climb(_ sum: Sum, from node: MergeTree<Sum>.Node) throws {
    var (sum, node) = (sum, node)
    while true {
      switch tree.withLock({ $0.place(sum, at: node) }) {
      case .waits: return
      case .up(let next): node = next
      case .merges(let other, let next):
        sum = try node.index % 2 == 0 ? merge(sum, other) : merge(other, sum)
        node = next
      }
    }
  }
}

/// The nodes of a balanced tree whose neighbours are not there yet.
private struct MergeTree<Sum: Sendable> {
  struct Node: Hashable {
    let level: Int
    let index: Int
  }
  enum Placement {
    /// For its neighbour, or at the root.
    case waits
    /// There is no neighbour.
    case up(Node)
    case merges(Sum, Node)
  }

  /// How many leaves there are; more than there can be while that is not known.
  private var width: Int
  private var count = 0
  private let isOpen: Bool
  private var waiting: [Node: Sum] = [:]
  private(set) var root: Sum?

  init(width: Int?) {
    self.width = width ?? 1 << 62
    isOpen = width == nil
  }

  /// Where the width was not known, it is now: the last node, which waits for a neighbour in vain.
  mutating func close() -> (Sum, Node)? {
    guard isOpen, let last = waiting.keys.min(by: { $0.level < $1.level }) else { return nil }
    width = count
    return waiting.removeValue(forKey: last).map { ($0, last) }
  }

  mutating func place(_ sum: Sum, at node: Node) -> Placement {
    if node.level == 0, width == 1 << 62 { count = max(count, node.index + 1) }
    let width = (self.width + (1 << node.level) - 1) >> node.level
    if width <= 1 {
      root = sum
      return .waits
    }
    let parent = Node(level: node.level + 1, index: node.index / 2)
    let neighbour = Node(level: node.level, index: node.index ^ 1)
    if neighbour.index >= width { return .up(parent) }
    if let other = waiting.removeValue(forKey: neighbour) { return .merges(other, parent) }
    waiting[node] = sum
    return .waits
  }
}
