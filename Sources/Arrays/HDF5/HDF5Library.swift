import CHDF5
import Files
import LibC

/// The only door to libhdf5.
///
/// The library need not be built thread-safe: every call runs under one lock of the process. The
/// lock is recursive, so that a handle may be closed wherever its last reference goes.
enum HDF5Library {
  /// Runs `body` alone, with the library's own error printing off.
  static func locked<Result: ~Copyable, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    start
    H5Eset_auto2(chdf5_default(), nil, nil)  // per thread in thread-safe builds
    return try body()
  }

  /// Empties the error stack: "outermost (innermost)" message, or `nil` where there is none.
  ///
  /// The ends of the stack say what was asked for and what stood in its way; the frames between
  /// retell the library's source. Where the system refused, as on a full disk, its reason is the
  /// whole message.
  static func drainErrors() -> String? {
    var messages: [String] = []
    withUnsafeMutablePointer(to: &messages) { target in
      _ = H5Ewalk2(
        chdf5_default(), H5E_WALK_DOWNWARD,
        { _, frame, context in
          guard let description = frame?.pointee.desc, let context else { return 0 }
          context.assumingMemoryBound(to: [String].self).pointee
            .append(String(cString: description))
          return 0
        }, target)
    }
    H5Eclear2(chdf5_default())
    guard let first = messages.first, let last = messages.last else { return nil }
    // "file write failed: time = …, filename = …, errno = 28, error message = '…', …"
    if let code = last.matches(of: #/, errno = (\d+), error message = /#).last.flatMap({
      Int32($0.1)
    }) {
      return FileError.reason(code)
    }
    return messages.count == 1 ? first : "\(first) (\(last))"
  }

  private static let lock = RecursiveLock()

  /// Once, before all else: the library's own clean-up at the end of the process is left out. It
  /// crashes (1.10) on a file that could not be written, as on a full disk, and every handle of
  /// ours is closed by its owner.
  private static let start: Void = {
    H5dont_atexit()
    H5open()
    LZFFilter.register()
  }()
}

/// A lock that the thread that holds it may take again.
private final class RecursiveLock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() {
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
    pthread_mutex_init(mutex, &attributes)
    pthread_mutexattr_destroy(&attributes)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }
}
