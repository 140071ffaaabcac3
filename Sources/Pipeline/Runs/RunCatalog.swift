import CollapseCore
import Files
import FoundationEssentials
import NeuralCollapse
import Reporting
import Training

/// The runs that stand in a folder, as `collapse runs` lists them.
public struct RunCatalog: Sendable, Encodable {
  /// How far a run has come.
  public enum State: String, Sendable, Hashable, Encodable {
    /// Measured.
    case done
    /// Trained, with stages left to do.
    case trained
    /// A process works on it now.
    case running
    /// In the queue of a cluster, to begin.
    case waiting
    /// In the queue of a cluster again, to go on.
    case requeued
    /// Its training began and ended before its last epoch; the same command continues it.
    case interrupted
    /// The last attempt failed; ``Run/problem`` says why.
    case failed
    /// Made by a version of the program whose files this one cannot read, or not ours at all.
    case otherVersion = "other version"
  }

  public struct Run: Sendable, Encodable {
    /// The folder, as a path.
    public let path: String
    /// The pipeline whose run it is: the folder above; empty for a run of `collapse train`.
    public let pipeline: String
    public let name: String
    public internal(set) var state: State
    /// Epochs trained, and how many the training is to have.
    public let epoch: Int?
    public let epochs: Int?
    /// Of an experiment of the laboratory: its kind, and how many of its parts are done. It has no
    /// epochs.
    public let experiment: String?
    public let parts: Int?
    public let partCount: Int?
    public let trainAccuracy: Double?
    public let cosIntraMin: Double?
    public let cosInterMax: Double?
    public let nc1Pinv: Double?
    public let checkpointBytes: Int
    public let featureBytes: Int
    /// Of everything in the folder.
    public let bytes: Int
    /// Why it failed, or why it cannot be read.
    public let problem: String?
    /// The machine that works on it.
    public internal(set) var host: String?
    /// The job of a cluster that does it or waits to, and why it waits, in the cluster's words.
    public internal(set) var job: String?
    public internal(set) var reason: String?
  }

  public let runs: [Run]

  public init(runs: [Run]) { self.runs = runs }

  /// The runs in `folder`: one run, the runs of a pipeline, or those of all pipelines.
  ///
  /// - Throws: `FileError` when there is no such folder.
  public init(in folder: String) throws {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory), isDirectory
    else {
      throw FileError(
        kind: .missingInput, operation: "list the runs in", path: folder,
        reason: "there is no such folder")
    }
    runs = RunCatalog.folders(in: folder, depth: 2).map { folder in
      folder.isLaboratory ? Run(laboratory: folder) : Run(folder)
    }
  }

  /// The run folders in `folder`, itself included.
  private static func folders(in folder: String, depth: Int) -> [RunFolder] {
    let run = RunFolder(path: folder)
    if run.isRun { return [run] }
    guard depth > 0 else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().flatMap { folders(in: "\(folder)/\($0)", depth: depth - 1) }
  }
}

extension RunFolder {
  /// Whether the folder is that of a run, of a pipeline or of `collapse train`, and not of a report.
  var isRun: Bool {
    if FileManager.default.fileExists(atPath: path + "/index.html") { return false }
    return isLaboratory || FileManager.default.fileExists(atPath: manifestFile)
      || (FileManager.default.fileExists(atPath: configuration) && holdsTraining)
  }

  /// Whether a pipeline made it.
  var hasManifest: Bool { FileManager.default.fileExists(atPath: manifestFile) }
}

extension RunCatalog.Run {
  /// What an experiment of the laboratory observed.
  init(laboratory folder: RunFolder) {
    let names = folder.path.split(separator: "/")
    path = folder.path
    name = String(names.last ?? "")
    pipeline = String(names.dropLast().last ?? "")
    bytes = FolderSize.bytes(in: folder.path)
    (checkpointBytes, featureBytes) = (0, 0)
    (epoch, epochs, trainAccuracy) = (nil, nil, nil)
    (cosIntraMin, cosInterMax, nc1Pinv) = (nil, nil, nil)
    do {
      let manifest = try LaboratoryManifest.read(folder)
      let done = manifest.doneCount(in: folder)
      (experiment, parts, partCount) = (manifest.experiment, done, manifest.parts.count)
      let leftOut = manifest.parts.compactMap { part in
        part.obstacle.map { "\(part.name) was left out: \($0)" }
      }
      problem = leftOut.isEmpty ? nil : leftOut.joined(separator: "; ")
      state = folder.isLocked ? .running : done == manifest.parts.count ? .done : .interrupted
    } catch {
      (experiment, parts, partCount) = (nil, nil, nil)
      problem = "\(error)"
      state = .otherVersion
    }
    let owner = state == .running ? folder.owner : nil
    (host, job) = (owner?.host, owner?.job)
  }

  init(_ folder: RunFolder) {
    (experiment, parts, partCount) = (nil, nil, nil)
    let names = folder.path.split(separator: "/")
    path = folder.path
    name = String(names.last ?? "")
    pipeline = folder.hasManifest ? String(names.dropLast().last ?? "") : ""
    checkpointBytes = FolderSize.bytes(in: folder.checkpoints)
    featureBytes = FolderSize.bytes(in: folder.features)
    bytes = FolderSize.bytes(in: folder.path)
    let rows = (try? MetricsFile(continuing: folder.metrics, after: .max).rows) ?? []
    epoch = rows.last?.epoch
    let headline: MeasurementRecord?
    do {
      let manifest = try folder.readManifest()
      let record =
        FileManager.default.fileExists(atPath: folder.measures)
        ? try RunRecord.read(folder.measures) : nil
      headline = record?.headline
      epochs = manifest.epochs ?? folder.statedEpochs
      problem = manifest.failure
      let isTrained =
        folder.hasManifest
        ? manifest.stages[Stage.train.rawValue] != nil
        : folder.hasEnded
      state =
        folder.isLocked
        ? .running
        : manifest.failure != nil
          ? .failed
          : manifest.stages[Stage.analyze.rawValue] != nil && isTrained && record != nil
            ? .done : isTrained ? .trained : .interrupted
    } catch {
      headline = nil
      epochs = nil
      problem = "\(error)"
      state = .otherVersion
    }
    trainAccuracy = rows.last { $0.trainAccuracy != nil }?.trainAccuracy
    let owner = state == .running ? folder.owner : nil
    (host, job) = (owner?.host, owner?.job)
    cosIntraMin = headline?.value(.cosines.intraMin)
    cosInterMax = headline?.value(.cosines.interMax)
    nc1Pinv = headline?.value(.nc1Pinv)
  }
}

extension RunCatalog {
  /// The runs that `names` mean: a run's name, `pipeline/run`, a path, or the name of a pipeline for
  /// all its runs; `*` stands for any text.
  ///
  /// - Throws: `FileError` for a name that means no run.
  func runs(meantBy names: [String], to operation: String, in folder: String) throws -> [Run] {
    var chosen: Set<String> = []
    for name in names {
      let found = runs.filter { $0.isMeant(by: name) }
      guard !found.isEmpty else {
        let candidates = runs.map(\.name) + runs.map(\.pipeline)
        let remedy =
          Spelling.nearest(to: name, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
        throw FileError(
          kind: .missingInput, operation: operation, path: name,
          reason: "'\(folder)' holds no run of that name\(remedy)")
      }
      chosen.formUnion(found.map(\.path))
    }
    return runs.filter { chosen.contains($0.path) }
  }
}

extension RunCatalog.Run {
  /// Whether a name on a command line means this run.
  func isMeant(by name: String) -> Bool {
    var name = name
    while name.count > 1, name.hasSuffix("/") { name.removeLast() }
    return [path, "\(pipeline)/\(self.name)", self.name, pipeline].contains {
      !$0.isEmpty && PathPattern.matches(name, $0)
    }
  }
}

extension RunFolder {
  /// The epochs its configuration asks for.
  fileprivate var statedEpochs: Int? {
    (try? Settings(file: configuration))?.text(at: "training.epochs").flatMap { Int($0) }
  }

  /// Whether a training here has come to its end: its last epoch has a checkpoint, and no state of
  /// an unfinished one is left.
  fileprivate var hasEnded: Bool {
    !FileManager.default.fileExists(atPath: latestCheckpoint) && !checkpointEpochs().isEmpty
  }
}
