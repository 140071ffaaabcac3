public import CollapseCore
import Files
import FoundationEssentials
package import Training

/// The algorithms that were fastest on this machine, in a file that all trainings share, so that
/// they are timed once.
///
/// The file is JSON: `{"version": 1, "machines": {"AMD EPYC …": {"forward [128, …]": "…"}}}`. A
/// machine is its processor, oneDNN's version, the instruction set oneDNN uses and the revision of
/// our own algorithms; batch size, precision and threads are part of what was timed.
public struct AlgorithmCache: Sendable {
  public let path: String
  private let machine: String

  public init(path: String) { self.init(path: path, machine: AlgorithmCache.thisMachine) }

  package init(path: String, machine: String) {
    self.path = path
    self.machine = machine
  }

  /// The file named by `$COLLAPSE_ALGORITHM_CACHE`; by default `algorithms.json` in the folder of what
  /// can be made again. `nil` when the variable is `off` or there is no home.
  public static var standard: AlgorithmCache? {
    let stated = ProcessInfo.processInfo.environment["COLLAPSE_ALGORITHM_CACHE"] ?? ""
    if !stated.isEmpty { return stated == "off" ? nil : AlgorithmCache(path: stated) }
    return CacheFolder.path.map { AlgorithmCache(path: $0 + "/algorithms.json") }
  }

  private static var thisMachine: String {
    "\(Machine.processor), \(TrainingEngine.instructionSet), oneDNN \(TrainingEngine.version), "
      + "our algorithms \(TrainingEngine.algorithmsRevision)"
  }

  private struct Content: Codable {
    var version = 1
    var machines: [String: [String: String]] = [:]
  }

  /// What earlier trainings found; nothing where there is no file yet.
  ///
  /// - Throws: ``AlgorithmCacheError`` when the file cannot be read or is malformed.
  package func read() throws -> AlgorithmChoices {
    AlgorithmChoices(bySize: try content().machines[machine] ?? [:])
  }

  /// Adds what this training found to what the file holds by now. A malformed file is replaced.
  ///
  /// - Throws: ``FileError`` when it cannot be written.
  package func add(_ choices: AlgorithmChoices) throws {
    var content = (try? content()) ?? Content()
    content.machines[machine, default: [:]].merge(choices.bySize) { $1 }
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    if !folder.isEmpty {
      try? FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    }
    try AtomicFile.write(try JSONText.pretty(content) + "\n", to: path)
  }

  private func content() throws -> Content {
    guard FileManager.default.fileExists(atPath: path) else { return Content() }
    let bytes = try FileContents.read(path)
    guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)) else {
      throw AlgorithmCacheError(path: path, reason: "expected a version and machines in JSON")
    }
    guard content.version == 1 else {
      throw AlgorithmCacheError(
        path: path, reason: "expected version 1, found \(content.version)")
    }
    return content
  }
}

/// A file of algorithms that is not used.
public struct AlgorithmCacheError: ClassifiedError, Hashable {
  public let path: String
  public let reason: String
  public var kind: FailureKind { .badInput }
  public var description: String { "\(path): \(reason)" }
}
