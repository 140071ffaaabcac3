import Synchronization

/// Objects that serve one stripe after another: memory fresh from the system costs a fault for
/// every page of it.
final class Pool<Value: AnyObject & Sendable>: Sendable {
  private let idle = Mutex<[Value]>([])

  /// One that is idle, or a new one.
  func take(_ make: () throws -> Value) rethrows -> Value {
    try idle.withLock { $0.popLast() } ?? make()
  }

  func giveBack(_ value: Value) { idle.withLock { $0.append(value) } }
}
