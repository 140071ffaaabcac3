import CollapseCore
import Files
import FoundationEssentials
import LibC

/// The process that works in a run folder, as it says itself in the folder: locks of many file
/// systems do not reach from one machine to another.
public struct RunOwner: Sendable, Hashable, Codable {
  /// The machine's name.
  public var host: String
  /// Tells the running system from others of its name, containers among them: numbers of processes
  /// mean something within one alone.
  package var system: String
  public var process: Int32
  /// When the process began, in the system's own count: numbers of processes come again.
  package var begun: String
  /// Tells this hold of the folder from all others.
  package var token: String
  /// The job of a batch system that the process is.
  public var job: String?

  package init(
    host: String, system: String, process: Int32, begun: String = "",
    token: String = UUID().uuidString, job: String? = nil
  ) {
    self.host = host
    self.system = system
    self.process = process
    self.begun = begun
    self.token = token
    self.job = job
  }

  /// This process, with a hold of its own.
  package static var thisProcess: RunOwner {
    RunOwner(
      host: Host.name, system: thisSystem, process: getpid(),
      begun: RunOwner.beginning(of: getpid()),
      job: Slurm.thisJob)
  }

  /// Whether the process lives, as far as this system can tell; `nil` for one of another.
  package var isAlive: Bool? {
    guard system == RunOwner.thisSystem else { return nil }
    guard kill(process, 0) == 0 || errno == EPERM else { return false }
    return RunOwner.beginning(of: process) == begun
  }

  /// `process 4711 on node2, job 12_3`.
  public var text: String {
    "process \(process) on \(host)" + (job.map { ", job \($0)" } ?? "")
  }

  /// The host, its start, and the processes that can be seen from here.
  package static let thisSystem: String = {
    let start = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))
    let view = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
    return [Host.name, start?.filter { !$0.isNewline }, view].compactMap(\.self)
      .joined(separator: " ")
  }()

  private static func beginning(of process: Int32) -> String {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    // The name in parentheses may hold anything; the beginning is the twentieth field behind it.
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    return fields.count > 20 ? String(fields[20]) : ""
  }
}
