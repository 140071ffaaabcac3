import CollapseCore
import Files

extension PipelineFile {
  /// Where the report goes: a profile has its own, and so has a study with other values than its
  /// file says, so that a quick look costs no long study's page.
  func reportFolder(in runsFolder: String) -> String {
    let parts = [profile].compactMap(\.self) + overrides
    guard !parts.isEmpty else { return "\(runsFolder)/\(name)/report" }
    var suffix = parts.map { RunFolder.fileName($0) }.joined(separator: "_")
    if suffix.utf8.count > 100 {
      let key = Digest.sha256(parts.joined(separator: "\n").utf8).prefix(StageKey.shortLength)
      suffix = String(decoding: suffix.utf8.prefix(90), as: UTF8.self) + "-" + key
    }
    return "\(runsFolder)/\(name)/report-\(suffix)"
  }

  /// What makes the same again.
  var command: String {
    var words = ["collapse", "run", file]
    if let profile { words += ["--profile", profile] }
    for override in overrides { words += ["--set", override] }
    return words.map(\.quotedForShell).joined(separator: " ")
  }
}
