import Synchronization

/// A request to end long work at its next safe point, after the step or the block of rows at hand;
/// to be made from any thread or a signal handler.
public final class Interruption: Sendable {
  private let flag = Atomic(false)

  public init() {}

  public func request() { flag.store(true, ordering: .relaxed) }

  public var isRequested: Bool { flag.load(ordering: .relaxed) }
}
