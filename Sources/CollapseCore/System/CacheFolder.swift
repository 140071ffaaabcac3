import FoundationEssentials

/// Where the program keeps what it can make again.
package enum CacheFolder {
  /// `collapse` in `$XDG_CACHE_HOME` or `~/.cache`; `nil` where there is no home.
  package static var path: String? {
    let environment = ProcessInfo.processInfo.environment
    func folder(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    return (folder("XDG_CACHE_HOME") ?? folder("HOME").map { $0 + "/.cache" })
      .map { $0 + "/collapse" }
  }
}
