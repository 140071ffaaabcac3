import CollapseCore
import Dispatch
import LibC
import Synchronization

extension Interruption {
  /// The one that SIGINT and SIGTERM request.
  static let shared = Interruption()

  /// Whether nothing that was done would be lost with the process.
  private static let hasNothingToLose = Atomic(false)

  /// Reads or makes what is kept in memory alone: meanwhile a signal ends the process at once.
  static func losingNothing<Value>(_ read: () throws -> Value) throws -> Value {
    hasNothingToLose.store(true, ordering: .relaxed)
    defer { hasNothingToLose.store(false, ordering: .relaxed) }
    if shared.isRequested { throw Interrupted(message: "stopped; nothing was written") }
    return try read()
  }

  /// From now on the first signal asks for a stop at the next safe point, a second one ends the
  /// process at once; but not SIGTERM soon after SIGTERM: a batch system tells every process of a job,
  /// and the shell of the job those that it began.
  ///
  /// - Parameters:
  ///   - work: what is finished after the first signal, for the message: "the step at hand".
  ///   - grace: seconds after which it is ended without waiting for a safe point, where nothing
  ///   that was done could be lost: a decomposition inside a library does not ask.
  static func listen(
    finishing work: String = "the samples at hand", endingAfter grace: Double? = nil
  ) {
    // A queue of its own: all threads of the shared ones may be at work.
    let queue = DispatchQueue(label: "signals")
    let first = Mutex<ContinuousClock.Instant?>(nil)
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if shared.isRequested {
          let isRepetition = first.withLock { $0.map { .now - $0 < .seconds(5) } ?? false }
          if number == SIGTERM, isRepetition { return }
          _exit(130)
        }
        first.withLock { $0 = .now }
        shared.request()
        if hasNothingToLose.load(ordering: .relaxed) {
          Terminal.shared.message("stopped; nothing was written")
          _exit(130)
        }
        guard let grace else {
          return Terminal.shared.message(
            "stopping: finishing \(work); once more to stop at once")
        }
        queue.asyncAfter(deadline: .now() + grace) {
          // A launcher that ends the others, because one has failed, has said so.
          if number == SIGINT || !Terminal.shared.isOfSeveral { Terminal.shared.message("stopped") }
          _exit(130)
        }
      }
      source.resume()
      _ = Unmanaged.passRetained(source as AnyObject)  // it listens as long as the process lives
    }
  }
}
