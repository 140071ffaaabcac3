import CollapseCore
import FoundationEssentials
import LibC

/// The machine this process runs on.
public enum Machine {
  /// The processor's name, as Linux tells it, with the numbers that tell generations of one name
  /// apart: `AMD EPYC (family 26, model 2)`.
  public static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    var fields: [Substring: Substring] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let end = parts[0].lastIndex(where: { $0 != "\t" && $0 != " " })
      else { continue }
      let name = parts[0][...end]
      if fields[name] == nil { fields[name] = parts[1].drop { $0 == " " } }
    }
    guard let name = fields["model name"] else { return "unknown processor" }
    return "\(name) (family \(fields["cpu family"] ?? "?"), model \(fields["model"] ?? "?"))"
  }

  /// Bytes of physical memory.
  public static var memory: Int { PhysicalMemory.byteCount }

  /// Bytes of memory that programs could use now: what is free, and what only caches files.
  public static var availableMemory: Int {
    // Not as other files are read: the system says that it has no bytes.
    let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return kibibytes.map { $0 << 10 } ?? memory
  }

  /// Tells this build of the program from others: its version, size and time.
  static var executableStamp: String {
    var status = stat()
    #if canImport(Darwin)
      let isKnown = stat(CommandLine.arguments[0], &status) == 0
      let modified = status.st_mtimespec.tv_sec
    #else
      let isKnown = stat("/proc/self/exe", &status) == 0
      let modified = status.st_mtim.tv_sec
    #endif
    return CollapseVersion.current + (isKnown ? " \(status.st_size) \(modified)" : "")
  }

  /// The system's name and release: `Linux 6.1.0`.
  public static var system: String {
    var name = utsname()
    guard uname(&name) == 0 else { return "unknown" }
    func text<Field>(_ field: Field) -> String {
      withUnsafeBytes(of: field) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
  }
}
