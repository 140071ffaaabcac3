import LibC
import Synchronization

/// Threads that begin and end with the work they are for: a loop, or the trainings under way.
///
/// A training waits for its batches, which a pool's thread prepares, and its OpenMP team belongs to
/// the thread that opened it: so it keeps one thread from beginning to end, and none of a pool's.
/// Nor does a pool survive a fork, after which loops go on here as before.
package final class HostThreads: Sendable {
  private let next = Atomic(0)
  private let count: Int
  private let body: @Sendable (Int) -> Void

  private init(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.body = body
  }

  /// Calls `body` once for each index in `0..<count`, begun in order, on at most `threads` threads
  /// of which the calling one is the first; returns when all calls have.
  package static func forEach(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    withoutActuallyEscaping(body) { run(HostThreads(count, $0), threads: threads) }
  }

  private static func run(_ work: HostThreads, threads: Int) {
    let count = work.count
    let context = Unmanaged.passUnretained(work).toOpaque()
    var handles: [pthread_t] = []
    for _ in 1..<max(2, min(threads, count)) where threads > 1 && count > 1 {
      #if canImport(Darwin)
        var handle: pthread_t?
      #else
        var handle = pthread_t()
      #endif
      let status = pthread_create(
        &handle, nil,
        { context in
          let context = context as UnsafeMutableRawPointer?
          Unmanaged<HostThreads>.fromOpaque(context!).takeUnretainedValue().run()
          return nil
        }, context)
      guard status == 0 else { break }  // the threads there are do it all
      #if canImport(Darwin)
        handles.append(handle!)
      #else
        handles.append(handle)
      #endif
    }
    work.run()
    for handle in handles { pthread_join(handle, nil) }
    withExtendedLifetime(work) {}
  }

  private func run() {
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
    }
  }
}
