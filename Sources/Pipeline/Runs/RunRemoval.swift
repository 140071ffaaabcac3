import CollapseCore
public import Files
import FoundationEssentials

/// Freeing the disk of runs, within the folder that holds them and nowhere else.
public struct RunRemoval: Sendable {
  /// What is removed of a run.
  public enum Part: String, Sendable, Hashable, CaseIterable {
    /// The checkpoints of a finished training; measures, metrics and features stay.
    case checkpoints
    /// The feature files; checkpoints and measures stay.
    case features
  }

  /// The runs meant, by ascending path, without those that are skipped.
  public let runs: [RunCatalog.Run]
  /// Why runs meant keep what they have: a part of a run is found by its manifest, and theirs
  /// cannot be read.
  public let skipped: [FileError]
  /// What is removed of them; `nil` for all.
  public let part: Part?

  /// Finds the runs that `names` mean among those in `runsFolder`: a run's name, `pipeline/run`,
  /// a path, or the name of a pipeline for all its runs; `*` stands for any text.
  ///
  /// - Throws: `FileError` for a name that means no run, for a run that a process works on, for
  ///   the checkpoints of a training that is not finished, and for a folder that is a link to
  ///   somewhere else.
  public init(_ names: [String], in runsFolder: String, part: Part? = nil) throws {
    let meant = try RunCatalog(in: runsFolder).runs(
      meantBy: names, to: "remove", in: runsFolder)
    runs = meant.filter { part == nil || $0.state != .otherVersion }
    skipped = meant.filter { part != nil && $0.state == .otherVersion }.map {
      FileError(
        kind: .badInput, operation: "remove the \(part?.rawValue ?? "") of", path: $0.path,
        reason: $0.problem ?? "")
    }
    self.part = part
    for run in runs { try check(run, in: runsFolder) }
  }

  /// Bytes that will be free.
  public var bytes: Int {
    runs.reduce(0) { sum, run in
      switch part {
      case nil: sum + run.bytes
      case .checkpoints: sum + run.checkpointBytes
      case .features: sum + run.featureBytes
      }
    }
  }

  /// Removes them.
  public func perform() throws {
    for run in runs {
      let folder = RunFolder(path: run.path)
      switch part {
      case nil:
        // What makes it a run goes first: a part of a run is none.
        if folder.hasManifest { try remove(folder.manifestFile) }
        if folder.isLaboratory { try remove(folder.laboratoryManifest) }
        try remove(folder.path)
      case .checkpoints: try free(.train, folder.checkpoints, of: folder)
      case .features: try free(.extract, folder.features, of: folder)
      }
    }
  }

  /// Removes the files of a stage, having noted that they are not missed.
  private func free(_ stage: Stage, _ subfolder: String, of folder: RunFolder) throws {
    if folder.hasManifest {
      var manifest = try folder.readManifest()
      manifest.stages[stage.rawValue]?.isFreed = true
      try folder.write(manifest)
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: subfolder)) ?? []
    for name in names { try remove("\(subfolder)/\(name)") }
  }

  private func remove(_ path: String) throws(FileError) {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw FileError(kind: .cannotWrite, operation: "remove", path: path, cause: error)
    }
  }

  private func check(_ run: RunCatalog.Run, in runsFolder: String) throws(FileError) {
    func refuse(_ path: String, _ reason: String) throws(FileError) {
      throw FileError(kind: .usage, operation: "remove", path: path, reason: reason)
    }
    let folder = RunFolder(path: run.path)
    let root = RealPath.of(runsFolder)
    for path in [folder.path, folder.checkpoints, folder.features]
    where FileManager.default.fileExists(atPath: path) {
      guard let root, let real = RealPath.of(path), real.hasPrefix(root + "/") else {
        try refuse(path, "it is a link to a place outside of '\(runsFolder)'")
        return
      }
    }
    if run.state == .running { try refuse(run.path, "a process is at work there") }
    if part == .checkpoints, run.state == .interrupted || run.state == .failed {
      try refuse(
        folder.checkpoints,
        "the training is not finished and continues from them; without --only "
          + "the whole run is removed")
    }
  }
}
