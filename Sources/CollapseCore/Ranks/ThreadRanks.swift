import Synchronization

/// Ranks that are threads of one process: what several processes do, without them.
public final class ThreadRanks: Sendable {
  private struct Route: Hashable {
    let from: Int
    let to: Int
  }

  private let mail = Monitor<State>(State())
  /// How many ranks there are, a thread each.
  public let size: Int

  private struct State: Sendable {
    var letters: [Route: [[UInt8]]] = [:]
    var failure: (any Error)?
  }

  private init(_ size: Int) { self.size = size }

  /// What each of `size` ranks makes of `body`, by rank.
  ///
  /// - Throws: the error of the first rank that failed; those that wait for it end with it.
  public static func run<Result: Sendable>(
    _ size: Int, _ body: @escaping @Sendable (any Communicator) throws -> Result
  ) throws -> [Result] {
    let ranks = ThreadRanks(size)
    let results = Mutex([Result?](repeating: nil, count: size))
    // A thread each: they wait for each other.
    HostThreads.forEach(size, threads: size) { rank in
      do {
        let result = try body(Rank(rank: rank, ranks: ranks))
        results.withLock { $0[rank] = result }
      } catch {
        ranks.mail.change { $0.failure = $0.failure ?? error }
      }
    }
    if let failure = ranks.mail.change({ $0.failure }) { throw failure }
    return results.withLock { $0.compactMap(\.self) }
  }

  private struct Rank: Communicator {
    let rank: Int
    let ranks: ThreadRanks
    var size: Int { ranks.size }

    func send(_ bytes: [UInt8], to other: Int) {
      ranks.mail.change { $0.letters[Route(from: rank, to: other), default: []].append(bytes) }
    }

    func receive(from other: Int) throws -> [UInt8] {
      try ranks.mail.wait { state -> Swift.Result<[UInt8], any Error>? in
        let route = Route(from: other, to: rank)
        if var waiting = state.letters[route], !waiting.isEmpty {
          let first = waiting.removeFirst()
          state.letters[route] = waiting
          return .success(first)
        }
        return state.failure.map { .failure($0) }
      }.get()
    }
  }
}
