extension Communicator {
  /// What `body` makes on this rank, where it succeeds on all: who fails lets none go on, and what is
  /// wrong for all is told once.
  ///
  /// - Throws: ``RankFailure`` on every rank, of the lowest that failed; ``WorkInterrupted`` where that
  ///   was interrupted.
  public func together<Result>(_ body: () throws -> Result) throws -> Result {
    guard size > 1 else { return try body() }
    let mine = Swift.Result { try body() }
    var failure: RankFailure.Account?
    if case .failure(let error) = mine { failure = RankFailure.Account(error) }
    let all = try gather(failure)
    guard let first = all.firstIndex(where: { $0 != nil }), let account = all[first] else {
      return try mine.get()
    }
    if account.isInterruption { throw WorkInterrupted() }
    var cause: (any Error)?
    if first == rank, case .failure(let error) = mine { cause = error }
    throw RankFailure(
      rank: first, kind: account.kind, description: account.text, cause: cause)
  }
}

/// What one of several ranks could not do: the end of the work of all.
public struct RankFailure: ClassifiedError {
  /// The lowest rank that failed.
  public let rank: Int
  public let kind: FailureKind
  public let description: String
  /// What it threw, on that rank alone.
  public let cause: (any Error)?

  /// The same with another cause, where this rank knows one.
  package func explaining(_ explain: (any Error) -> any Error) -> RankFailure {
    RankFailure(rank: rank, kind: kind, description: description, cause: cause.map(explain))
  }

  /// An error as it goes from rank to rank.
  struct Account: Codable {
    let kind: FailureKind
    let text: String
    let isInterruption: Bool

    init(_ error: any Error) {
      kind = (error as? any ClassifiedError)?.kind ?? .internalFailure
      text = "\(error)"
      isInterruption = error is WorkInterrupted
    }
  }
}
