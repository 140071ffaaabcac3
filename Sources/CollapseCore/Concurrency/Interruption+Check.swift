extension Interruption {
  /// - Throws: ``WorkInterrupted`` when a stop was requested.
  public func check() throws {
    if isRequested { throw WorkInterrupted() }
  }
}

/// Work ended before it was done, because a stop was requested.
public struct WorkInterrupted: Error {
  /// The error of work that found a stop requested.
  public init() {}
}
