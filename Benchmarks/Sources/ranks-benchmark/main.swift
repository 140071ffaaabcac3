// How many sums a rank of an analysis merges at most, as a JSON line: ranks are threads here, and what
// they merge are the names of stripes, so that nothing but the count costs.
import CollapseCore
import NeuralCollapse
import Synchronization

let ranks = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 64
// ImageNet's training set in 2048 rows a stripe, and what a terabyte of features of 2048 would have.
let stripeCounts = [626, 65_536, 59_605]
let turns = (1...).first { 1 << $0 >= ranks }!
let limit = 7 * turns

var most = 0
for stripes in stripeCounts {
  let merges = Mutex([Int](repeating: 0, count: ranks))
  let results = try ThreadRanks.run(ranks) { communicator in
    let part = AnalysisPart(communicator.rank, of: communicator.size).stripes(of: stripes)
    let mine = try Parallel.fold(part, of: stripes, threads: 1) {
      Stripes(first: $0, last: $0)
    } merge: {
      Stripes(first: $0.first, last: $1.last)
    }
    return try communicator.reduce(mine, of: stripes) { earlier, later in
      merges.withLock { $0[communicator.rank] += 1 }
      return Stripes(first: earlier.first, last: later.last)
    }
  }
  guard let root = results[0]?.first?.sum, root.first == 0, root.last == stripes - 1 else {
    fatalError("the tree over \(stripes) stripes is not whole")
  }
  most = max(most, merges.withLock { $0.max()! })
}
print(
  #"{"work": "\#(ranks) ranks: sums that one merges at most, of \#(stripeCounts.max()!) stripes and fewer", "#
    + #""merges": \#(most), "turns": \#(turns), "limit": \#(limit), "reached": \#(most <= limit)}"#)

/// The stripes below a node.
struct Stripes: Sendable, Codable {
  let first: Int
  let last: Int
}
