import CollapseCore
import LibC
import Messages

/// The processes that a launcher of MPI started to do one command together.
enum Ranks {
  /// Does `body` with them, or alone where there are none.
  ///
  /// A rank that fails while the others work ends them all; what it threw is said by it alone.
  static func perform(_ body: (any Communicator) throws -> Void) throws {
    guard let ranks = try start() else { return try body(SingleProcess()) }
    Terminal.shared.setRank(ranks.rank, host: Host.name)
    do {
      try body(ranks)
    } catch let failure as RankFailure {
      // All have it, and who threw it says it before they part.
      let code = failure.cause.map(ExitStatus.tell) ?? ExitStatus.code(for: failure.kind)
      // A launcher tells the others to stop when the first has ended with a code.
      Terminal.shared.setLevel(.silent)
      ranks.finish()
      ExitStatus.end(code)
    } catch let error where error is SomeInputsFailed || error is Interrupted {
      // The end of work that was done.
      ranks.finish()
      throw error
    } catch {
      ranks.abort(ExitStatus.tell(error))
    }
    ranks.finish()
  }

  private static func start() throws -> MPIRanks? {
    let launcher = Launcher.find()
    do {
      return try MPIRanks.start(launcher)
    } catch let error as MPIError where launcher?.rank ?? 0 > 0 {
      // It is the same for all, and the first of them to end with a code ends the others: that is to be
      // the one that says why.
      sleep(2)
      throw SomeInputsFailed(kind: error.kind)
    }
  }

  /// Does what fails in all processes of a launcher or in none, as they were given the same words: the
  /// first says why, and its code is that of all. The others end as if nothing were wrong, since a
  /// launcher may end the first because another ended with a code.
  static func sayingOnce<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      if let launcher = Launcher.find(), launcher.rank > 0 { ExitStatus.end(0) }
      throw error
    }
  }
}
