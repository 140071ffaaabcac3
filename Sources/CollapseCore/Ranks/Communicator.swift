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
    try join(nodes) { nodes, others in
      nodes = try Parallel.merge(nodes + others, of: count, merge)
    }
  }

  /// What every rank has, by rank, on all of them.
  ///
  /// - Throws: what sending and receiving throw.
  public func gather<Value: Codable>(_ value: Value) throws -> [Value] {
    if size == 1 { return [value] }
    let all = try join([value]) { $0 += $1 }
    // On rank 0 they are all there, and no other is asked.
    return try ArrayCoding.decode(
      [Value].self, from: try broadcast(try ArrayCoding.encode(all ?? [])))
  }

  /// Joins what ranks have, neighbours first, in ⌈log₂ size⌉ turns; all of it is on rank 0, `nil` on
  /// the others.
  private func join<Value: Codable>(
    _ value: Value, _ take: (inout Value, _ later: Value) throws -> Void
  ) throws -> Value? {
    var value = value
    var step = 1
    while step < size {
      if rank % (2 * step) == step {
        try send(try ArrayCoding.encode(value), to: rank - step)
        return nil
      }
      if rank + step < size {
        try take(
          &value, try ArrayCoding.decode(Value.self, from: try receive(from: rank + step)))
      }
      step *= 2
    }
    return value
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
