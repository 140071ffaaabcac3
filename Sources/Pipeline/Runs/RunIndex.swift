import Files
import FoundationEssentials

/// The run folders that stand, found by what the runs are.
///
/// A run is its resolved options and its data. The name of its folder says besides what the grid
/// gave it, in the order of the grid; the same run under another pipeline's name, with its axes in
/// another order, or with `--set` in place of a grid, is found all the same and not trained again.
struct RunIndex {
  private let runsFolder: String
  /// By the beginning of their keys, which ends their names.
  private let folders: [String: [RunFolder]]

  init(in runsFolder: String) {
    self.runsFolder = runsFolder
    var folders: [String: [RunFolder]] = [:]
    for pipeline in RunIndex.names(in: runsFolder) {
      for name in RunIndex.names(in: "\(runsFolder)/\(pipeline)") {
        let end = name.suffix(StageKey.shortLength)
        guard end.count == StageKey.shortLength, end.allSatisfy(\.isHexDigit) else { continue }
        folders[String(end), default: []].append(
          RunFolder(path: "\(runsFolder)/\(pipeline)/\(name)"))
      }
    }
    self.folders = folders
  }

  /// The folder of the run whose training has `key`: the one it has by its name, or another that
  /// holds the same run, of the same pipeline first.
  func folder(of key: StageKey, pipeline: String, name: String) -> RunFolder {
    let own = RunFolder(path: "\(runsFolder)/\(pipeline)/\(name)")
    if FileManager.default.fileExists(atPath: own.manifestFile) { return own }
    let candidates = (folders[key.short] ?? []).filter { $0.holds(key) }
    return candidates.first { $0.path.hasPrefix("\(runsFolder)/\(pipeline)/") }
      ?? candidates.first ?? own
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}

extension RunFolder {
  /// Whether the run here, finished or begun, is the one whose training has `key`.
  fileprivate func holds(_ key: StageKey) -> Bool {
    guard FileManager.default.fileExists(atPath: manifestFile), let manifest = try? readManifest()
    else { return false }
    let known = manifest.key ?? manifest.stages[Stage.train.rawValue]?.key
    return known.map { $0 == key } ?? holdsTraining
  }
}
