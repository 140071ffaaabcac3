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
    let tree = Mutex(MergeTree<Sum>(width: count))
    try forEach(count, threads: threads) { index in
      var node = MergeTree<Sum>.Node(level: 0, index: index)
      var sum = try leaf(index)
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
    return tree.withLock { $0.root }
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

  let width: Int
  private var waiting: [Node: Sum] = [:]
  private(set) var root: Sum?

  init(width: Int) { self.width = width }

  mutating func place(_ sum: Sum, at node: Node) -> Placement {
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
