import Synchronization

/// A request to end long work at its next safe point, after the step or the block of rows at hand;
/// to be made from any thread or a signal handler.
public final class Interruption: Sendable {
  private let flag = Atomic(false)

  /// A request that was not made yet.
  public init() {}

  /// Asks for the end of the work. Safe in a signal handler; asking again changes nothing.
  public func request() { flag.store(true, ordering: .relaxed) }

  /// Whether the end was asked for; once true it stays so.
  public var isRequested: Bool { flag.load(ordering: .relaxed) }
}
