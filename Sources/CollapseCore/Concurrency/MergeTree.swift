import Synchronization

/// A node of the balanced tree along which sums are merged, with the sum below it.
///
/// The leaves are the parts 0..<n; node k of a level merges nodes 2k and 2k + 1 of the level below,
/// and a last node without a neighbour goes up as it is.
public struct SumNode<Sum: Sendable>: Sendable {
  /// 0 for a part alone.
  public let level: Int
  /// The place in its level, from 0.
  public let index: Int
  /// The sum of all parts below the node.
  public let sum: Sum

  /// Node `index` of `level`, with the sum of the parts below it.
  public init(level: Int, index: Int, sum: Sum) {
    self.level = level
    self.index = index
    self.sum = sum
  }

  /// The parts below it, of `count` in all.
  public func parts(of count: Int) -> Range<Int> {
    let first = min(count, index << level)
    return first..<min(count, (index + 1) << level)
  }
}

extension SumNode: Codable where Sum: Codable {}

/// Sums that come in any order, from any thread and as any nodes, merged along one balanced tree.
package final class MergeTree<Sum: Sendable>: Sendable {
  private let waiting: Mutex<WaitingNodes<Sum>>
  private let merge: @Sendable (_ earlier: Sum, _ later: Sum) throws -> Sum

  /// - Parameters:
  ///   - width: how many parts there are in all; `nil` where that is known when all have come.
  ///   - merge: adds the later of two sums to the earlier.
  package init(
    width: Int?, merge: @escaping @Sendable (_ earlier: Sum, _ later: Sum) throws -> Sum
  ) {
    waiting = Mutex(WaitingNodes(width: width))
    self.merge = merge
  }

  /// Takes a sum up the tree until it waits, merging what waits for it on the way.
  package func add(_ node: SumNode<Sum>) throws {
    var (level, index, sum) = (node.level, node.index, node.sum)
    while true {
      switch waiting.withLock({ $0.place(SumNode(level: level, index: index, sum: sum)) }) {
      case .waits: return
      case .up: break
      case .merges(let other):
        sum = try index % 2 == 0 ? merge(sum, other) : merge(other, sum)
      }
      (level, index) = (level + 1, index / 2)
    }
  }

  /// The nodes that wait for parts that did not come, by their first part: at most two for each
  /// level of the tree, and the root alone where all came.
  ///
  /// - Precondition: where the width was not known, the parts are all from 0 to the last that came.
  package func finish() throws -> [SumNode<Sum>] {
    if let last = waiting.withLock({ $0.close() }) { try add(last) }
    return waiting.withLock { $0.nodes }
  }
}

/// The nodes of a balanced tree whose neighbours are not there yet.
private struct WaitingNodes<Sum: Sendable> {
  private struct Place: Hashable {
    let level: Int
    let index: Int
  }
  enum Placement {
    /// For its neighbour, or at the root.
    case waits
    /// There is no neighbour.
    case up
    case merges(Sum)
  }

  private var width: Int?
  /// The parts up to the last that came, while the width is not known.
  private var count = 0
  private var sums: [Place: Sum] = [:]

  init(width: Int?) { self.width = width }

  /// What waits, by its first part.
  var nodes: [SumNode<Sum>] {
    sums.map { SumNode(level: $0.key.level, index: $0.key.index, sum: $0.value) }
      .sorted { $0.index << $0.level < $1.index << $1.level }
  }

  /// Where the width was not known, it is now: takes out the last node, which waited in vain.
  mutating func close() -> SumNode<Sum>? {
    guard width == nil else { return nil }
    width = count
    return sums.keys.min { $0.level < $1.level }.flatMap { last in
      sums.removeValue(forKey: last).map {
        SumNode(level: last.level, index: last.index, sum: $0)
      }
    }
  }

  mutating func place(_ node: SumNode<Sum>) -> Placement {
    let neighbour = Place(level: node.level, index: node.index ^ 1)
    let width = self.width.map { ($0 + (1 << node.level) - 1) >> node.level }
    if width == nil { count = max(count, (node.index + 1) << node.level) }
    if width ?? .max > 1 {
      if let width, neighbour.index >= width { return .up }
      if let other = sums.removeValue(forKey: neighbour) { return .merges(other) }
    }
    sums[Place(level: node.level, index: node.index)] = node.sum
    return .waits
  }
}
