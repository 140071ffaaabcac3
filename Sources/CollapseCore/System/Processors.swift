import FoundationEssentials

/// The processors this process may use.
public enum Processors {
  /// How many there are: what a container or `taskset` leaves of the machine's, at least 1.
  public static var count: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}
