/// Processes that do one work together, each with a number: its rank.
///
/// What they do with each other is made of messages from one to one, in an order that hangs on their
/// number alone. Each takes part in the same calls in the same order.
public protocol Communicator: Sendable {
  /// Which of them this is, from 0.
  var rank: Int { get }
  /// How many they are.
  var size: Int { get }
  /// Sends bytes to another; may wait until they are received.
  ///
  /// - Throws: where the other cannot be reached, or has failed.
  func send(_ bytes: [UInt8], to rank: Int) throws
  /// The next bytes that another sends here; waits for them.
  ///
  /// - Throws: where the other cannot be reached, or has failed.
  func receive(from rank: Int) throws -> [UInt8]
}

extension Communicator {
  /// What rank 0 has, on all of them.
  ///
  /// In ⌈log₂ size⌉ turns, at each of which whoever has it sends it to one more.
  ///
  /// - Parameter bytes: read on rank 0 alone.
  /// - Throws: what `bytes` throws on rank 0, and what sending and receiving throw.
  public func broadcast(_ bytes: @autoclosure () throws -> [UInt8]) throws -> [UInt8] {
    var content = rank == 0 ? try bytes() : nil
    var distance = 1
    while distance < size { distance *= 2 }
    while distance > 1 {
      let step = distance / 2
      if rank % distance == 0, let content, rank + step < size {
        try send(content, to: rank + step)
      } else if rank % distance == step {
        content = try receive(from: rank - step)
      }
      distance = step
    }
    // Each rank but 0 has received once.
    return content ?? []
  }

  /// Sums of parts, merged along the balanced tree over all parts, on rank 0; `nil` on the others.
  ///
  /// Ranks have parts that follow each other, so neighbours in the tree are of neighbouring ranks, and
  /// each takes in the nodes of ⌈log₂ size⌉ others at the most.
  ///
  /// - Parameters:
  ///   - nodes: those of this rank.
  ///   - count: parts of all ranks.
  /// - Throws: what `merge`, sending and receiving throw.
  public func reduce<Sum: Sendable & Codable>(
    _ nodes: [SumNode<Sum>], of count: Int,
    merge: @Sendable (_ earlier: Sum, _ later: Sum) throws -> Sum
  ) throws -> [SumNode<Sum>]? {
    var nodes = nodes
    var step = 1
    while step < size {
      if rank % (2 * step) == step {
        try send(try ArrayCoding.encode(nodes), to: rank - step)
        return nil
      }
      if rank + step < size {
        nodes += try ArrayCoding.decode(
          [SumNode<Sum>].self, from: try receive(from: rank + step))
        nodes = try Parallel.merge(nodes, of: count, merge)
      }
      step *= 2
    }
    return nodes
  }
}

/// A process alone.
public struct SingleProcess: Communicator {
  /// Rank 0 of 1.
  public init() {}
  public var rank: Int { 0 }
  public var size: Int { 1 }
  public func send(_ bytes: [UInt8], to rank: Int) {
    preconditionFailure("a process alone sends nothing")
  }
  public func receive(from rank: Int) -> [UInt8] {
    preconditionFailure("a process alone receives nothing")
  }
}
