import CollapseCore
import Dispatch
import LibC

extension Interruption {
  /// The one that SIGINT and SIGTERM request.
  static let shared = Interruption()

  /// From now on the first signal asks for a stop at the next safe point, a second one ends the
  /// process at once.
  static func listen() {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if shared.isRequested { _exit(130) }
        shared.request()
        Terminal.shared.message("stopping at the next safe point; once more to stop at once")
      }
      source.resume()
      _ = Unmanaged.passRetained(source as AnyObject)  // it listens as long as the process lives
    }
  }
}
