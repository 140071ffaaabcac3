import ArgumentParser
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
    return try sayingOnce(launcher) { try MPIRanks.start(launcher) }
  }

  /// Does what goes wrong for all processes of a launcher where it goes wrong for one.
  ///
  /// The first of them to end with a code ends the others: that is to be the one that says why. Who is
  /// not ended met something that the first did not, and says it after all.
  static func sayingOnce<Result>(
    _ launcher: Launcher? = .find(), _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch {
      guard let launcher, launcher.rank > 0 else { throw error }
      guard Collapse.exitCode(for: error) != .success else { ExitStatus.end(0) }
      sleep(patience)
      throw error
    }
  }

  /// In seconds: much longer than a process takes to begin on a busy machine.
  private static let patience: UInt32 = 30
}
