import CollapseCore
package import Files
import FoundationEssentials
import LibC

/// The folder of one run: `runs/<pipeline>/<run key>/`.
///
/// ```
/// configuration.yaml   resolved
/// manifest.json        which stages are done, with which key
/// metrics.csv          loss and accuracy per epoch
/// checkpoints/         epoch-00010.h5, step-0000123.h5 inside of an epoch, and latest.h5 while a
///                      training is unfinished
/// features/            epoch-00010.train.h5
/// trajectory/          epoch-00010.json, where measures are taken during training
/// measures.json
/// curvature.json       where it is asked for
/// ```
public struct RunFolder: Sendable, Hashable {
  public let path: String

  public init(path: String) { self.path = path }

  public var configuration: String { path + "/configuration.yaml" }
  public var manifestFile: String { path + "/manifest.json" }
  public var metrics: String { path + "/metrics.csv" }
  public var measures: String { path + "/measures.json" }
  public var curvature: String { path + "/curvature.json" }
  public var checkpoints: String { path + "/checkpoints" }
  public var features: String { path + "/features" }
  public var trajectory: String { path + "/trajectory" }
  public var latestCheckpoint: String { checkpoints + "/latest.h5" }

  public func checkpoint(epoch: Int) -> String {
    "\(checkpoints)/epoch-\(RunFolder.padded(epoch)).h5"
  }

  /// The checkpoint inside an epoch, after so many steps in all.
  public func checkpoint(step: Int) -> String {
    let digits = String(step)
    return
      "\(checkpoints)/step-\(String(repeating: "0", count: max(0, 7 - digits.count)))\(digits).h5"
  }

  public func features(epoch: Int, split: String) -> String {
    "\(features)/epoch-\(RunFolder.padded(epoch)).\(split).h5"
  }

  /// The measures that were taken after an epoch, while it trained.
  public func trajectory(epoch: Int) -> String {
    "\(trajectory)/epoch-\(RunFolder.padded(epoch)).json"
  }

  /// The epochs with a checkpoint, ascending.
  public func checkpointEpochs() -> [Int] { numbers("epoch-", in: checkpoints) }

  /// The steps inside an epoch with a checkpoint, ascending.
  public func checkpointSteps() -> [Int] { numbers("step-", in: checkpoints) }

  /// The epochs with features of any split, ascending.
  public func featureEpochs() -> [Int] { numbers("epoch-", in: features) }

  /// The epochs with measures taken while it trained, ascending.
  public func trajectoryEpochs() -> [Int] { numbers("epoch-", in: trajectory) }

  /// The numbers in names like `epoch-00010.h5`, `epoch-00010.train.h5` and `epoch-00010.json`.
  private func numbers(_ prefix: String, in folder: String) -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let numbers = names.compactMap { name -> Int? in
      guard name.hasPrefix(prefix), !AtomicFile.isTemporary(name) else { return nil }
      return Int(name.dropFirst(prefix.count).prefix { $0 != "." })
    }
    return Set(numbers).sorted()
  }

  /// Whether a training was begun here.
  public var holdsTraining: Bool {
    [metrics, latestCheckpoint].contains { FileManager.default.fileExists(atPath: $0) }
      || !checkpointEpochs().isEmpty || !checkpointSteps().isEmpty
  }

  /// Writes `configuration.yaml`.
  public func write(_ configuration: RunConfiguration) throws {
    try prepare()
    try AtomicFile.write(try configuration.node.yaml(), to: self.configuration)
  }

  /// Makes the folder and those named in it, and clears away what a killed process left
  /// half-written.
  package func prepare(_ subfolders: String...) throws(FileError) {
    for folder in [path] + subfolders { try Folder.make(folder) }
    for folder in [path, checkpoints, features, trajectory] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      where AtomicFile.isTemporary(name) {
        try? FileManager.default.removeItem(atPath: folder + "/" + name)
      }
    }
  }

  /// The manifest, or a new one where there is none.
  ///
  /// - Throws: ``FileError`` for a manifest that is not ours, or newer than this program.
  public func readManifest() throws -> RunManifest {
    guard FileManager.default.fileExists(atPath: manifestFile) else { return RunManifest() }
    let bytes = try FileContents.read(manifestFile)
    struct Header: Decodable {
      let format: String
      let version: Int
    }
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(bytes)),
      header.format == RunManifest.format
    else {
      throw FileError(
        kind: .badInput, operation: "read", path: manifestFile,
        reason: "it is not the manifest of a run; move it away to start afresh")
    }
    guard header.version <= RunManifest.currentVersion else {
      throw FileError(
        kind: .badInput, operation: "read", path: manifestFile,
        reason: "it has version \(header.version), written by a newer collapse; "
          + "this one reads up to \(RunManifest.currentVersion)")
    }
    do {
      return try JSONDecoder().decode(RunManifest.self, from: Data(bytes))
    } catch {
      throw FileError(
        kind: .badInput, operation: "read", path: manifestFile, reason: "it is damaged: \(error)")
    }
  }

  func write(_ manifest: RunManifest) throws {
    try AtomicFile.write(try JSONText.pretty(manifest) + "\n", to: manifestFile)
  }

  /// The name of the folder of a run: what the grid gave it, and the beginning of its key.
  static func name(gridValues: [(field: String, value: String)], key: StageKey) -> String {
    let label = gridValues.map { field, value in
      "\(field.split(separator: ".").last ?? "")-\(RunFolder.fileName(value))"
    }.joined(separator: "_")
    // File systems take 255 bytes; temporary names need some of them.
    let short = String(decoding: label.utf8.prefix(180), as: UTF8.self)
    return short.isEmpty ? key.short : "\(short)-\(key.short)"
  }

  /// `value` as a part of a file name: `[128, 64]` is `128-64`, `{kind: he, scale: 2}` is `he-2`;
  /// what file systems and shells take amiss is replaced.
  static func fileName(_ value: String) -> String {
    let parts = value.split { "[]{},".contains($0) }.map { part in
      part.split(separator: ": ").last.map { $0.filter { !$0.isWhitespace } } ?? ""
    }
    let name = parts.filter { !$0.isEmpty }.joined(separator: "-")
    return String(name.map { $0.isLetter || $0.isNumber || "-.+".contains($0) ? $0 : "_" })
  }

  /// Whether every output of a finished stage is there with the size it was written with.
  func stands(_ record: RunManifest.StageRecord) -> Bool {
    record.outputs.allSatisfy { output in
      (try? FileContents.size("\(path)/\(output.path)")) == output.byteCount
    }
  }

  func output(_ file: String) throws -> RunManifest.Output {
    RunManifest.Output(
      path: String(file.dropFirst(path.count + 1)), byteCount: try FileContents.size(file))
  }

  private static func padded(_ epoch: Int) -> String {
    let digits = String(epoch)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}
