import FoundationEssentials

/// The processors this process may use.
public enum Processors {
  /// How many there are: what a container or `taskset` leaves of the machine's, at least 1.
  public static var count: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

  /// Which of the machine's they are, as Linux lists them: `0-3,8`; `nil` where the system does not say.
  static var list: String? {
    let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return line.map { String($0.drop { $0 != ":" }.dropFirst().filter { !$0.isWhitespace }) }
  }
}
